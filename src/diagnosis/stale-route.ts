import type { Cite } from '../core/finding.js';
import type { Placed } from '../model/facts.js';
import type { Host, HostRoute, NextHop } from '../model/host/host.js';
import { resolveNeighbour } from '../model/host/neighbour.js';
import { lookup } from '../model/host/policy-routing.js';
import { tunnelEnd } from '../model/host/tunnel-end.js';
import { tunnelKind } from '../model/journey/decapsulate.js';
import { ownerOfSubnet, type SubnetOwner } from '../model/subnet-owner.js';
import type { Case } from './cause.js';
import { endOf, type Lead, type PeerEnd } from './peer-end.js';

/** A host's way to the pods of a peer, and whether it ends there. */
export interface PeerWay extends Lead {
  readonly owner: SubnetOwner;
  readonly route: HostRoute;
  readonly hop: NextHop;
  /** What names the address: the route itself, the FDB's entries for the route's next hop, or the tunnel device, as its `remote`. */
  readonly by: 'route' | 'fdb' | 'remote';
  /** The MAC address that the FDB's entry is for. */
  readonly mac?: string | undefined;
  readonly cites: readonly [Cite, ...Cite[]];
  readonly end: PeerEnd;
}

/**
 * The ways of all hosts to other nodes' pods whose address is in question: every route that decides, and that has one next
 * hop. Ways to an address that the peer is known by, and that answers, are left out.
 */
export function doubtfulWays(given: Case): readonly PeerWay[] {
  const found: PeerWay[] = [];
  for (const host of given.hosts.values()) {
    if (host.dataPlane !== undefined) continue;
    for (const [name, table] of host.tables) {
      if (/ local$/.test(name)) continue;
      for (const route of table.value) {
        const way = wayOf(given, host, route);
        if (way !== undefined && (way.end.kind !== 'own' || way.end.silent !== undefined)) found.push(way);
      }
    }
  }
  return found;
}

function wayOf(given: Case, host: Host, route: HostRoute): PeerWay | undefined {
  const [hop, ...others] = route.hops;
  // One of several next hops takes a share of the packets.
  if (route.type !== 'unicast' || route.prefix.length === 0 || hop?.dev === undefined || others.length > 0)
    return undefined;
  const owner = ownerOfSubnet(given.cluster, route.prefix);
  if (owner === undefined || owner.node === host.name) return undefined;
  const own: Cite = { role: `the route of ${host.name}`, at: route.at[0] };
  const device = host.devices.get(hop.dev);
  const kind = device === undefined ? undefined : tunnelKind(device);
  const role = device?.role ?? given.cluster.device(host.name, hop.dev);
  const lead = { host, peer: owner.node, prefix: route.prefix, sample: owner.sample, owner, route, hop };
  const ended = (
    address: string,
    by: PeerWay['by'],
    tunnel: string | undefined,
    cites: PeerWay['cites'],
    mac?: string,
  ) => {
    const end = endOf(given, { ...lead, address, tunnel });
    if (end.kind === 'own' && end.silent === undefined) return undefined;
    return decides(host, route, owner) ? { ...lead, address, tunnel, by, mac, cites, end } : undefined;
  };
  const remote = isTunnelOfTwo(kind) ? device?.links.findLast((link) => link.vxlan_remote !== undefined) : undefined;
  if (remote?.vxlan_remote !== undefined)
    return ended(remote.vxlan_remote, 'remote', hop.dev, [{ role: `the tunnel of ${host.name}`, at: remote }, own]);
  // An address of the link alone has no owner that can be told.
  if (hop.via === undefined || /^fe80:/i.test(hop.via) || hop.via.includes(':') !== (route.prefix.family === 6))
    return undefined;
  if (kind === 'ipip') return ended(hop.via, 'route', hop.dev, [own]);
  if (kind !== 'vxlan') return role === 'uplink' ? ended(hop.via, 'route', undefined, [own]) : undefined;
  const mac = resolveNeighbour(host, hop.dev, hop.via);
  const end = mac.kind === 'found' ? tunnelEnd(host, hop.dev, mac.value) : undefined;
  if (mac.kind !== 'found' || end?.kind !== 'found' || end.value.copies.length > 0) return undefined;
  const cited =
    (role_: string) =>
    (at: Placed): Cite => ({ role: role_, at });
  const [entry, ...more] = end.at.map(cited(`the FDB entry of ${host.name}`));
  return entry === undefined
    ? undefined
    : ended(
        end.value.dst,
        'fdb',
        hop.dev,
        [entry, ...more, ...mac.at.map(cited(`its entry for ${hop.via}`)), own],
        mac.value,
      );
}

/** Kinds of devices whose `remote` is the only other end. */
const isTunnelOfTwo = (kind: string | undefined): boolean => /^(?:ipip|gre|gretap|geneve)$/.test(kind ?? '');

/** True when the kernel takes this route to the peer's pods, and no other for the same prefix. */
function decides(host: Host, route: HostRoute, { sample }: SubnetOwner): boolean {
  const answer = lookup(host, { family: route.prefix.family, dst: sample, mark: 0 });
  return answer.kind === 'unicast' && answer.route === route;
}
