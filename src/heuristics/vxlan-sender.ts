import { familyOf } from '../core/address.js';
import type { Cite } from '../core/finding.js';
import type { Scene } from '../model/scene.js';
import type { Envelope } from './vxlan-envelope.js';
import type { Wrong } from './vxlan-misplaced.js';
import { programmed, type Tables } from './vxlan-tables.js';

/** Host that sends an envelope, as `Tables` names it. */
export function senderHost(scene: Scene, tables: Tables, envelope: Envelope): string {
  const tap = scene.tap(envelope.tap);
  return tables.hostOf(scene.cluster.nodeWithAddress(scene.address(envelope.outerSrc)) ?? tap.node, tap.source);
}

/**
 * True unless the tap is the sender's: on the way, and at a receiver behind address translation, another outer address is
 * seen than the one that was sent to. Where names do not tell, a tap that hears the outer destination may be that receiver.
 */
export function mayBeTranslated(scene: Scene, envelope: Envelope, seenFrom: ReadonlySet<string>): boolean {
  const { node, direction } = scene.tap(envelope.tap);
  const sender = scene.cluster.nodeWithAddress(scene.address(envelope.outerSrc));
  if (node !== undefined && sender !== undefined) return node !== sender;
  if (node !== undefined && scene.cluster.showsInterfaces(node)) return true;
  if (direction !== 'unknown') return direction !== 'out';
  return seenFrom.has(`${node ?? ''} ${envelope.outerDst}`);
}

/** The sender's own FDB entry for the inner MAC, and the neighbour entry that leads packets to this MAC. */
export function senderEntries(scene: Scene, tables: Tables, envelope: Envelope): Cite[] {
  if (envelope.mac === undefined) return [];
  const host = senderHost(scene, tables, envelope);
  const outer = scene.address(envelope.outerDst);
  const entries = tables.entries(host, envelope.mac).filter((entry) => entry.dst !== undefined);
  const entry = entries.find(({ dst }) => dst === outer) ?? entries[0];
  const neighbour = tables.programs(host, envelope.mac, entry?.dev);
  const cites: Cite[] = [];
  if (entry !== undefined) {
    const then = entry.dst === outer ? '' : ` when it was dumped: ${entry.dst}`;
    cites.push({ role: `the sender\u2019s FDB entry for ${envelope.mac}${then}`, at: entry });
  }
  if (neighbour !== undefined)
    cites.push({ role: `the sender\u2019s neighbour entry with ${envelope.mac}`, at: neighbour });
  return cites;
}

/**
 * An envelope that does not go where the sender's own programmed FDB entry says. The dump has no time, so the entry may be
 * newer or older than the packets: one of the two was wrong when it was used, but not which. Never said of entries that are learnt,
 * nor of what is seen anywhere but at the sender.
 */
export function contradicted(scene: Scene, tables: Tables, envelope: Envelope): Wrong | undefined {
  if (envelope.mac === undefined) return undefined;
  const outer = scene.address(envelope.outerDst);
  const entries = tables.entries(senderHost(scene, tables, envelope), envelope.mac);
  const [entry] = entries;
  if (entry?.dst === undefined || entries.some((e) => e.dst !== entry.dst || !programmed(e))) return undefined;
  if (entry.dst === outer || familyOf(entry.dst) !== familyOf(outer)) return undefined;
  if (entry.vni !== undefined && entry.vni !== envelope.vni) return undefined;
  // Two addresses of one node.
  const holder = scene.cluster.nodeWithAddress(outer);
  if (holder !== undefined && scene.cluster.nodes.get(holder)?.addresses.has(entry.dst)) return undefined;
  return {
    why: `the sender\u2019s own forwarding database sends ${envelope.mac} to ${entry.dst}, not to ${outer}, and nothing came back; the dump may be older or newer than the capture, so the entry was changed in between or something rewrites the address`,
    instead: entry.dst,
    whose: scene.address(envelope.dst),
    confidence: 'possible',
    cites: [],
  };
}
