import { contains } from '../core/prefix.js';
import type { Case } from './cause.js';
import type { DecidingRoute } from './deciding-route.js';
import { isForPods } from './way-to-node.js';

/**
 * The device of a route for other nodes' pods that takes them to be neighbours: no next hop, an uplink, and none of the uplink's own
 * networks has them. The kernel asks for each pod by ARP there.
 *
 * Innocent, and not meant: tunnel devices and cables of pods, which ask nobody; pods that have addresses of the uplink's network
 * (macvlan, ipvlan); whoever answers (proxy ARP of the peer) is told by the neighbour table, which the walk has read.
 */
export function podsOnLink(given: Case, node: string, taken: DecidingRoute): string | undefined {
  const { route, step, table } = taken;
  const hop = route.hops.find(({ dev }) => dev === step.dev);
  const host = given.hosts.get(node);
  if (host === undefined || hop?.dev === undefined || hop.via !== undefined || table !== 'main') return undefined;
  if (!isForPods(given, route.prefix) || host.devices.get(hop.dev)?.role !== 'uplink') return undefined;
  const home = given.cluster.owner(step.packet.dst);
  if (home.role !== 'pod' || home.node === undefined || home.node === node) return undefined;
  const own = host.addresses[step.packet.family].value.filter(({ ifname }) => ifname === hop.dev);
  return own.length === 0 || own.some(({ prefix }) => contains(prefix, step.packet.dst)) ? undefined : hop.dev;
}
