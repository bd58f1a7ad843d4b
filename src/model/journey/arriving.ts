import { lookup } from '../host/policy-routing.js';
import { collectNode, type Ground, walkable } from './ground.js';
import type { Packet } from './packet.js';
import type { Origin } from './step.js';
import { assuming, type Moved, stepped } from './walking.js';

/**
 * A packet at the node that it is for, or whose pod it is for, where the sender's node is not in the bundle: many tickets show
 * only the node that somebody suspects. It is taken to come in as its answer would leave, which is how every CNI lays it, and to
 * have the addresses that the sender gave it. Undefined where the sender can be walked, and where it asked neither by its address.
 */
export function arriving(ground: Ground, from: Origin, packet: Packet): Moved | undefined {
  if (from.kind === 'outside' || packet.src === '' || walkable(ground.hosts.get(from.node))) return undefined;
  const owner = ground.cluster.owner(packet.dst);
  const asked = owner.role === 'pod' || owner.role === 'pod-range' || owner.role === 'node';
  const host = asked && owner.node !== from.node ? ground.hosts.get(owner.node ?? '') : undefined;
  if (!walkable(host)) return undefined;
  // Programs at the pods' devices leave what is for the node itself to its own tables.
  if (host.dataPlane !== undefined && owner.role !== 'node') return undefined;
  const back = lookup(host, { family: packet.family, dst: packet.src, mark: 0 });
  const [hop, ...others] = back.kind === 'unicast' ? back.hops : [];
  if (back.kind !== 'unicast' || hop?.dev === undefined || others.length > 0) return undefined;
  const role = host.devices.get(hop.dev)?.role ?? ground.cluster.device(host.name, hop.dev);
  if (role !== 'uplink' && (role !== 'overlay' || owner.role === 'node')) return undefined;
  const start = stepped(
    { steps: [], packet, assumptions: [], tracked: [], known: [], hops: 0 },
    { node: host.name, stage: 'start', dev: hop.dev, says: `should come from ${from.node} by ${hop.dev}`, at: back.at },
  );
  const unseen = { what: `the configuration of ${from.node}`, collect: collectNode(from.node) };
  return {
    walking: assuming(start, [...back.assumptions, unseen]),
    position: { at: 'receive', node: host.name, iif: hop.dev },
  };
}
