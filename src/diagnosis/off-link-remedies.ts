import type { Remedy } from '../core/finding.js';
import { contains, formatPrefix } from '../core/prefix.js';
import type { Cluster } from '../model/cluster.js';
import type { Host } from '../model/host/host.js';
import type { Case } from './cause.js';
import { shownCnis } from './shown-cni.js';

/** A route whose next hop is on none of the node's networks. */
export interface OffLinkRoute {
  readonly node: string;
  readonly prefix: string;
  readonly via: string;
  readonly dev: string;
  readonly proto?: string | undefined;
}

/**
 * The ways out: the routers of both ends, with routes of the router between them; or, for good, tunnels between networks.
 * The other end has the same fault as a rule.
 */
export function offLinkRemedies(
  given: Case,
  route: OffLinkRoute,
  peer: string | undefined,
  dst: string,
): readonly Remedy[] {
  const back =
    peer === undefined ? undefined : (sameFault(given, peer, route.node) ?? guessed(given, peer, route.node));
  const there = byRouter(given, route);
  return [
    ...there,
    ...(back === undefined || there.length === 0 ? [] : byRouter(given, back)),
    ...(back === undefined || there.length === 0 ? [] : [betweenThem(route, back)]),
    {
      command: tunnelsBetween(given.cluster),
      why: 'the lasting way where the router between the nodes knows no pods: tunnels between networks, plain routes within one',
      verify: `ip route get ${dst}    # on ${route.node}: by the tunnel's device`,
      rollback: '# set the former backend or mode again',
    },
  ];
}

/** The setting that puts tunnels between networks, of the CNI that is shown. */
export function tunnelsBetween(cluster: Cluster): string {
  const cnis = shownCnis(cluster);
  if (cnis.has('calico')) return `calicoctl patch ippool POOL --patch '{"spec":{"ipipMode":"CrossSubnet"}}'`;
  if (cnis.has('flannel'))
    return 'kubectl -n kube-flannel edit configmap kube-flannel-cfg    # "Type":"vxlan","DirectRouting":true';
  return 'ls /etc/cni/net.d; kubectl get daemonsets -A    # which CNI it is, then its setting for tunnels between networks';
}

/** The peer's route back, when its own list has the same fault. */
function sameFault({ hosts, cluster }: Case, peer: string, node: string): OffLinkRoute | undefined {
  const host: Host | undefined = hosts.get(peer);
  for (const table of host?.tables.values() ?? [])
    for (const { hops, prefix, proto } of table.value) {
      const [hop] = hops;
      if (hop?.via === undefined || hop.dev === undefined || cluster.nodeWithAddress(hop.via) !== node) continue;
      const own = host!.addresses[prefix.family].value.filter((a) => a.ifname === hop.dev);
      if (own.length > 0 && !own.some((a) => contains(a.prefix, hop.via!)))
        return { node: peer, prefix: formatPrefix(prefix), via: hop.via, dev: hop.dev, proto };
    }
  return undefined;
}

/** The same of a peer whose routes are not in the bundle. */
function guessed({ hosts, cluster }: Case, peer: string, node: string): OffLinkRoute | undefined {
  if ([...(hosts.get(peer)?.tables ?? [])].some(([table, { shown }]) => / main$/.test(table) && shown !== 'none'))
    return undefined;
  const subnet = cluster.nodes.get(node)?.podRanges[0];
  const address = [...(cluster.nodes.get(node)?.addresses.keys() ?? [])].find(
    (a) => subnet !== undefined && a.includes(':') === (subnet.prefix.family === 6),
  );
  return subnet === undefined || address === undefined
    ? undefined
    : { node: peer, prefix: formatPrefix(subnet.prefix), via: address, dev: 'UPLINK' };
}

/** The route by the node's own router, where it has one on that device. */
function byRouter({ hosts }: Case, { node, prefix, via, dev, proto }: OffLinkRoute): readonly Remedy[] {
  const router =
    dev === 'UPLINK'
      ? 'ROUTER'
      : hosts
          .get(node)
          ?.tables.get(`${prefix.includes(':') ? 6 : 4} main`)
          ?.value.find((route) => route.prefix.length === 0)
          ?.hops.find((hop) => hop.dev === dev)?.via;
  if (router === undefined) return [];
  const how = dev === 'UPLINK' ? `ROUTER and UPLINK are those of ip route show default on ${node}. ` : '';
  return [
    {
      command: `ip route replace ${prefix} via ${router} dev ${dev}    # on ${node}`,
      why: `${how}${router} is on the link; it has to know that ${prefix} is behind ${via} (ask for a route there), and the CNI's agent must not write its own again`,
      verify: `ip route get ${prefix.replace(/\/\d+$/, '')}; ip neigh show ${router}    # on ${node}: REACHABLE`,
      rollback: `ip route replace ${prefix} via ${via} dev ${dev}${proto === undefined ? '' : ` proto ${proto}`} onlink    # on ${node}`,
    },
  ];
}

/** What the router between the two has to know; of another make than Linux the same in its own words. */
const betweenThem = (route: OffLinkRoute, back: OffLinkRoute): Remedy => ({
  command: `ip route add ${route.prefix} via ${route.via} && ip route add ${back.prefix} via ${back.via}    # on the router between ${route.node} and ${back.node}`,
  why: 'without these the router sends what is for pods to its own default gateway; every pair of nodes on different networks needs them',
  verify: `ip route get ${route.prefix.replace(/\/\d+$/, '')}    # on the router: by ${route.via}; then try the connection again`,
  rollback: `ip route del ${route.prefix} && ip route del ${back.prefix}    # on the router`,
});
