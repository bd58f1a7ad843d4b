import type { Placed } from '../facts.js';
import type { Device, Host } from '../host/host.js';
import { intendedWays } from '../intent/index.js';
import { tunnelKind } from './decapsulate.js';
import { type Ground, leaseOf } from './ground.js';
import type { Packet } from './packet.js';

/** The tunnel end that a peer's own device, its lease or its announcement tells, where the sender's tables are not shown. */
export interface PresumedEnd {
  readonly node: string;
  readonly dst: string;
  readonly mac: string | undefined;
  readonly at: readonly Placed[];
}

/**
 * Whom a VXLAN device most probably sends to: the node whose tunnel device has this MAC, or the next hop's address; else what
 * the CNI intends. Most collectors take neither `bridge fdb` nor the neighbours of tunnel devices. It is an assumption, and
 * must be said as one: a stale entry would be seen in the sender's own tables alone.
 */
export function presumedEnd(
  ground: Ground,
  host: Host,
  device: Device,
  nextHop: string,
  packet: Packet,
  mac?: string,
): PresumedEnd | undefined {
  const owner = ground.cluster.owner(nextHop);
  for (const peer of ground.hosts.values()) {
    if (peer === host) continue;
    const end = [...peer.devices.values()].find(
      (d) =>
        tunnelKind(d) === 'vxlan' &&
        (d.vxlan?.vni === undefined || device.vxlan?.vni === undefined || d.vxlan.vni === device.vxlan.vni) &&
        (mac === undefined ? owner.role === 'vtep' && owner.node === peer.name : d.mac === mac.toLowerCase()),
    );
    if (end === undefined) continue;
    const announced = announcedBy(ground, peer.name);
    const dst = end.vxlan?.local ?? announced?.dst;
    if (dst !== undefined)
      return { node: peer.name, dst, mac: end.mac, at: end.vxlan?.local === undefined ? announced!.at : end.links };
  }
  const intended = intendedEnd(ground, host, device, nextHop, mac);
  if (intended !== undefined) return intended;
  const lease = leaseOf(ground, packet.dst);
  const node = lease === undefined ? undefined : ground.cluster.nodeWithAddress(lease.address);
  return lease === undefined || node === undefined
    ? undefined
    : { node, dst: lease.address, mac: undefined, at: [lease.at] };
}

/** What the CNI's agent would have written for this next hop, by what the peer announces. */
function intendedEnd(
  { cluster }: Ground,
  host: Host,
  device: Device,
  nextHop: string,
  mac: string | undefined,
): PresumedEnd | undefined {
  const { node } = cluster.owner(nextHop);
  const way =
    node === undefined || node === host.name
      ? undefined
      : intendedWays(cluster, host.name, node).find(
          ({ neighbour, fdb }) => neighbour?.address === nextHop && fdb?.dev === device.name,
        );
  if (way?.fdb === undefined || (mac !== undefined && way.fdb.mac !== mac.toLowerCase())) return undefined;
  return { node: way.to, dst: way.fdb.dst, mac: way.fdb.mac, at: way.fdb.at };
}

/** The only address that a node is known by; with several nobody knows which of them the tunnel uses. */
export function announcedBy(
  ground: Ground,
  node: string,
): { readonly dst: string; readonly at: readonly Placed[] } | undefined {
  const known = [...(ground.cluster.nodes.get(node)?.addresses ?? [])];
  const [only] = known;
  return only !== undefined && known.length === 1 ? { dst: only[0], at: [only[1]] } : undefined;
}
