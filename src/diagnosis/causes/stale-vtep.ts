import type { Cite, FindingDraft, Remedy } from '../../core/finding.js';
import { announcedFor } from '../../model/announced.js';
import type { Placed } from '../../model/facts.js';
import type { Host } from '../../model/host/host.js';
import { interfacesOf } from '../../model/interfaces.js';
import { rowsBy } from '../../model/rows-by.js';
import { type Vtep, vteps } from '../../model/vteps.js';
import { restartAgent } from '../agent.js';
import { type Case, type Cause, type CauseDraft, cannotTell, found, quiet, ruledOut } from '../cause.js';
import { crosses } from '../flow-end.js';
import { missingEntries } from '../missing-entry.js';
import { peerThatIsDown } from '../peer-down.js';
import { rewritten } from '../shown-cni.js';
import { doubtfulWays, type PeerWay } from '../stale-route.js';
import { staleWay } from '../stale-way.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * An FDB, neighbour or route entry for a peer differs from what the peer has, or is not there (missing-entry.ts).
 *
 * Physics: the peer's device gets a new random MAC when it is made anew, and the CNI must replace the permanent entries
 * on all other nodes. With the old MAC the envelope arrives and the peer's device drops the packet inside, because it is
 * not addressed to it; with an old outer address, or an old next hop of a route from node to node, it arrives elsewhere or
 * nowhere.
 *
 * Innocent: entries that are faithful to what the peer announces (then the announcement is at fault); addresses that the
 * network translates; a peer whose device is not shown and whose annotation is older than the entry; entries for MACs that
 * nobody has any more (left behind, never used); next hops that are routers; a peer that is down.
 *
 * Proven: entry, the peer's device, and packets that get lost. Entry against device, or against two announcements that
 * agree, makes it likely. Ruled out: the entries are those of the peer's device.
 */
export const staleVtep: Cause = {
  code: 'stale-vtep',
  diagnose(given) {
    const truth = peers(given);
    const drafts: CauseDraft[] = [];
    const told = new Set<string>();
    let faithful: { readonly host: string; readonly peer: string; readonly at: Placed } | undefined;
    for (const host of given.hosts.values())
      for (const peer of truth) {
        if (peer.node === host.name) continue;
        const [mac, outer] = [macDiffers(given, host, peer), addressDiffers(given, host, peer)];
        if (mac?.kind === 'faithful') faithful ??= { host: host.name, peer: peer.node, at: mac.at };
        const wrong = mac === undefined || mac.kind === 'faithful' ? outer : mac;
        if (wrong === undefined) continue;
        drafts.push(draft(given, host, peer, wrong));
        told.add(`${host.name} ${peer.node}`);
      }
    const ways = doubtfulWays(given);
    for (const way of ways) {
      const stale = told.has(`${way.host.name} ${way.peer}`) ? undefined : staleWay(given, way);
      if (stale !== undefined) drafts.push(stale);
    }
    const down = peerThatIsDown(given);
    if (drafts.length === 0 && down === undefined) drafts.push(...missingEntries(given));
    if (drafts.length > 0) return found(drafts);
    if (down !== undefined) return ruledOut(down.because, ...down.cites);
    const dark = ways.find(
      (way) => way.end.kind === 'unknown' && way.end.missing !== undefined && concerned(given, way),
    );
    if (dark?.end.kind === 'unknown' && dark.end.missing !== undefined)
      return cannotTell(dark.end.missing.collect, dark.end.missing.what);
    const suspicious = given.symptoms.some(
      (s) => s.code === 'vxlan-wrong-outer-dst' || s.code === 'lost-between-captures',
    );
    const open = unshown(given, truth);
    if (open !== undefined)
      return cannotTell(
        `ip -d link show ${open.dev}    # on ${open.peer}`,
        `the MAC address of ${open.peer}'s ${open.dev}`,
      );
    if (faithful === undefined || !suspicious) return quiet;
    return ruledOut(`${faithful.host}'s entry for ${faithful.peer} has the MAC address of ${faithful.peer}'s device`, {
      role: 'the entry',
      at: faithful.at,
    });
  },
};

/** Somebody tried and failed to reach the peer's pods from the host, or the other way round. */
const concerned = ({ cluster, symptoms }: Case, { host, peer }: PeerWay): boolean =>
  symptoms.some(
    (s) =>
      /^(unreplied-|lost-)/.test(s.code) &&
      allFlows(s, (flow) => crosses(cluster, flow, host.name) && crosses(cluster, flow, peer)),
  );

/** A failing flow whose next hop has a neighbour entry, of a peer whose device nothing shows. */
function unshown(
  { cluster, hosts, symptoms }: Case,
  truth: readonly Peer[],
): { dev: string; peer: string } | undefined {
  for (const host of hosts.values())
    for (const entry of host.neighbours.value) {
      if (entry.mac === undefined || !/^(flannel|vxlan)/.test(entry.dev)) continue;
      // Whose the next hop is: by its address, or by where the envelopes for its MAC address go.
      const end = fdbOf(host.fdb.value, entry.mac).find((f) => f.dst !== undefined)?.dst;
      const node = cluster.owner(entry.address).node ?? (end === undefined ? undefined : cluster.nodeWithAddress(end));
      if (node === undefined || node === host.name) continue;
      if (truth.some((peer) => peer.node === node)) continue;
      const concerned = symptoms.some(
        (s) =>
          /^(unreplied-|lost-)/.test(s.code) &&
          allFlows(s, (flow) => crosses(cluster, flow, host.name) && crosses(cluster, flow, node)),
      );
      if (concerned) return { dev: entry.dev, peer: node };
    }
  return undefined;
}

/** Each node has an entry for each other one: searching all of them for each would take the cube of their number. */
const fdbOf = rowsBy((entry: Host['fdb']['value'][number]) => entry.mac);
const neighboursAt = rowsBy((entry: Host['neighbours']['value'][number]) => entry.address);

interface Peer {
  readonly node: string;
  readonly device: string;
  readonly mac: string;
  readonly at: Placed;
  /** `device` when the peer's own dump shows it. */
  readonly told: Vtep['told'];
  /** Addresses of its overlay device, which the routes of others name. */
  readonly inner: readonly string[];
}

type Entry = Wrong | { readonly kind: 'faithful'; readonly at: Placed };

interface Wrong {
  readonly kind: 'mac' | 'address';
  readonly has: string;
  readonly should: string;
  readonly at: Placed;
  /** Next hop whose neighbour entry it is. */
  readonly next?: string;
  /** The announcement that says otherwise. */
  readonly also?: Placed | undefined;
}

/** What each node's VXLAN device is: by its own dump; else by its annotation, where no log or lease contradicts. */
function peers({ cluster }: Case): readonly Peer[] {
  const all = vteps(cluster).filter((v) => v.mac !== undefined);
  const found: Peer[] = [];
  for (const node of cluster.nodes.keys()) {
    const own = all.filter((v) => v.node === node && v.told === 'device');
    const told = all.filter((v) => v.node === node && v.told === 'annotation');
    const best = own.length > 0 ? own : told;
    const macs = new Set(best.map((v) => v.mac));
    // A device that changed between two dumps, or devices of two overlays: no single truth.
    if (macs.size !== 1 || (own.length > 0 && new Set(own.map((v) => v.ifname)).size > 1)) continue;
    const [v] = best as [Vtep, ...Vtep[]];
    const device = v.ifname ?? 'flannel.1';
    const inner = [...(cluster.nodes.get(node)?.overlayAddresses.keys() ?? [])];
    const ranges = cluster.nodes.get(node)?.podRanges.map((r) => r.text.replace(/\/\d+$/, '')) ?? [];
    // flannel gives its device the first address of the node's subnet.
    const addresses = device.startsWith('flannel') ? [...new Set([...inner, ...ranges])] : inner;
    found.push({ node, device, mac: v.mac!, at: v.at, told: v.told, inner: addresses });
  }
  return found;
}

function macDiffers({ cluster }: Case, host: Host, peer: Peer): Entry | undefined {
  const entry = peer.inner
    .flatMap((address) => neighboursAt(host.neighbours.value, address))
    .filter((n) => n.dev === peer.device && n.mac !== undefined && !/FAILED|INCOMPLETE/.test(n.state))
    .sort((a, b) => a.source - b.source || a.line - b.line)[0];
  if (entry === undefined || cluster.nodeOf(entry) !== host.name) return undefined;
  if (entry.mac === peer.mac) return { kind: 'faithful', at: entry };
  return { kind: 'mac', has: entry.mac!, should: peer.mac, at: entry, next: entry.address };
}

/** The outer address for the peer's MAC is none of the peer's, and the peer announces another one. */
function addressDiffers({ cluster }: Case, host: Host, peer: Peer): Wrong | undefined {
  const entries = fdbOf(host.fdb.value, peer.mac).filter(
    (f) => f.dst !== undefined && (f.dev ?? peer.device) === peer.device,
  );
  const says = announcedFor(cluster, peer.node).filter((a) => a.use === 'overlay');
  const [entry] = entries;
  if (entry === undefined || says.length === 0 || entries.some((f) => says.some((a) => a.address === f.dst)))
    return undefined;
  const own = interfacesOf(cluster, peer.node);
  if (own.list.some((i) => i.address === entry.dst) || cluster.nodes.get(peer.node)?.addresses.has(entry.dst!) === true)
    return undefined;
  return { kind: 'address', has: entry.dst!, should: says[0]!.address, at: entry, also: says[0]!.at };
}

function draft(given: Case, host: Host, peer: Peer, wrong: Wrong): CauseDraft {
  const { cluster } = given;
  const explains = (s: FindingDraft): boolean => {
    if (s.code === 'vxlan-wrong-outer-dst')
      return wrong.kind === 'address' && s.subjects[0] === wrong.has && s.subjects[1] === peer.node;
    return (
      SILENCE.has(s.code) &&
      allFlows(s, (flow) => crosses(cluster, flow, peer.node) && crosses(cluster, flow, host.name))
    );
  };
  const shown = given.symptoms.filter(explains);
  const what = wrong.kind === 'mac' ? 'MAC address' : 'outer address';
  const where = wrong.kind === 'mac' ? 'neighbour' : 'FDB';
  return {
    code: 'stale-vtep',
    severity: shown.length > 0 ? 'critical' : 'warning',
    confidence:
      peer.told === 'device' ? (shown.length > 0 ? 'proven' : 'likely') : shown.length > 0 ? 'likely' : 'possible',
    title: `${host.name}'s ${where} entry for ${peer.node} has the ${what} ${wrong.has}, not ${wrong.should}`,
    summary: `${host.name} has an old ${what} for ${peer.node} on ${peer.device}: ${wrong.has} in its ${where} table, while ${peer.node} ${wrong.kind === 'mac' ? 'has' : 'announces'} ${wrong.should}, so packets for its pods are dropped there or go elsewhere.`,
    explanation:
      wrong.kind === 'mac'
        ? `The envelope arrives at ${peer.node}, but the packet inside is addressed to a MAC address that ${peer.device} does not have any more, so it is dropped without a word.`
        : `The envelopes for ${peer.node} go to an address that it does not announce any more.`,
    subjects: subjects(wrong.has, host.name, peer.node, wrong.should, peer.device),
    count: 1,
    evidence: evidence(
      { role: `${where} entry of ${host.name}`, at: wrong.at },
      { role: `what ${peer.node} has`, at: wrong.also ?? peer.at } as Cite,
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: rewritten(
      cluster,
      {
        command: restartAgent(cluster, host.name),
        why: `The agent on ${host.name} writes all entries anew when it starts.`,
        verify: `ip neigh show dev ${peer.device}; bridge fdb show dev ${peer.device} | grep ${wrong.should}    # on ${host.name}`,
        rollback: 'none needed: the agent keeps the entries',
      },
      [byHand(given, host, peer, wrong)],
    ),
    wants:
      peer.told === 'device'
        ? []
        : [
            {
              what: `the device ${peer.device} of ${peer.node}`,
              collect: `ip -d link show ${peer.device}    # on ${peer.node}`,
            },
          ],
    explains,
  };
}

/** The entry as it should be, at once: what the agent would write. */
function byHand({ cluster }: Case, host: Host, peer: Peer, wrong: Wrong): Remedy {
  const fdb = (mac: string, dst: string): string =>
    `bridge fdb replace ${mac} dev ${peer.device} dst ${dst} self permanent`;
  const neighbour = (mac: string): string =>
    `ip neigh replace ${wrong.next ?? peer.inner[0] ?? 'VTEP_ADDRESS'} lladdr ${mac} dev ${peer.device} nud permanent`;
  const end =
    announcedFor(cluster, peer.node).find((a) => a.use === 'overlay')?.address ??
    [...(cluster.nodes.get(peer.node)?.addresses.keys() ?? [])][0] ??
    'NODE_ADDRESS';
  const entry = host.fdb.value.find(
    (f) => f.mac === wrong.should && f.dst !== undefined && (f.dev ?? peer.device) === peer.device,
  );
  const whole = host.fdb.shown === 'whole' || host.fdb.wholeFor?.has(peer.device) === true;
  const unknown = wrong.kind === 'mac' && entry === undefined && !whole;
  /** What the command does to the FDB, undone: an entry that was not there is taken away again. */
  const backInFdb = (): string => {
    if (entry === undefined) return ` && bridge fdb del ${wrong.should} dev ${peer.device} dst ${end} self`;
    return entry.dst === end ? '' : ` && ${fdb(wrong.should, entry.dst!)}`;
  };
  const [now, before] =
    wrong.kind === 'mac'
      ? [`${neighbour(wrong.should)} && ${fdb(wrong.should, end)}`, `${neighbour(wrong.has)}${backInFdb()}`]
      : [fdb(peer.mac, wrong.should), fdb(peer.mac, wrong.has)];
  return {
    command: `${now}    # on ${host.name}`,
    why: `At once: the entr${wrong.kind === 'mac' ? 'ies' : 'y'} as ${peer.node} needs ${wrong.kind === 'mac' ? 'them' : 'it'}. By hand ${wrong.kind === 'mac' ? 'they stay' : 'it stays'} until somebody writes another.`,
    verify: `bridge fdb show dev ${peer.device} | grep ${wrong.kind === 'mac' ? wrong.should : peer.mac}    # on ${host.name}; then try the connection again`,
    rollback: `${before}    # on ${host.name}${unknown ? `; the bundle does not show whether that entry was there: bridge fdb show dev ${peer.device} | grep ${wrong.should}, before it is changed` : ''}`,
  };
}
