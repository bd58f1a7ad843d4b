import { formatPrefix, type Prefix, parsePrefix } from '../core/prefix.js';
import type { Cluster } from './cluster.js';
import { perCluster } from './per-cluster.js';
import { someAddress } from './pod-networks.js';
import { ownerOfSubnet } from './subnet-owner.js';

/** A subnet that a node's own devices and routes show to be its pods'. */
export interface OwnSubnet {
  readonly node: string;
  readonly prefix: Prefix;
  /** An address in it: where each pod has a route of its own, that of a pod which is there. */
  readonly sample: string;
}

/** Subnets that nodes show by themselves, and which of these nodes are of one cluster. */
export interface OwnSubnets {
  readonly list: readonly OwnSubnet[];
  /** True when routes between pod subnets lead from one to the other, over further nodes perhaps. */
  related(a: string, b: string): boolean;
}

/** Bridges that only CNI plugins make: Docker's and libvirt's have networks that end at their host. */
const CNI_BRIDGE = /^route dev (?:cni|cbr)\d+$/;

/**
 * What dumps of nodes tell of pods' subnets where no list of nodes, pods or leases is in the bundle: the network of the CNI's bridge
 * (the plugin `bridge`, which flannel calls); Calico's blocks, of which the node keeps a blackhole route, with a route to each pod; Canal's
 * subnets, likewise.
 *
 * Nodes are of one cluster when one has a route to just the other's subnet over a next hop. That is asked in both
 * directions, and over others: the fault may be the very route that is missing. Without any such route nothing tells that they belong
 * together: a bundle may hold nodes of two clusters, and routers of a cloud may know the pods in the nodes' place.
 */
export const ownSubnets = perCluster((cluster): OwnSubnets => {
  const list: OwnSubnet[] = [];
  const pods = podsWithRoutes(cluster);
  for (const { node, prefix, what } of cluster.podRanges) {
    if (node === undefined) continue;
    if (CNI_BRIDGE.test(what)) {
      if (ownerOfSubnet(cluster, prefix)?.node === node) list.push({ node, prefix, sample: someAddress(prefix) });
      continue;
    }
    if (what !== 'Calico block' && !(what === 'route' && tunnelBegins(cluster, node, prefix))) continue;
    const byNode = pods.get(formatPrefix(prefix));
    const sample = byNode?.get(node);
    // A block that is left behind is a blackhole on its former owner too; its pods are on one node, unless some are borrowed.
    if (sample !== undefined && byNode?.size === 1) list.push({ node, prefix, sample });
  }
  const groups = groupsOf(cluster, list);
  return { list, related: (a, b) => groups.has(a) && groups.get(a) === groups.get(b) };
});

/** Canal has no bridge: a peer's route tells the subnet, and its first address stands on the node's own tunnel device. */
const tunnelBegins = (cluster: Cluster, node: string, prefix: Prefix): boolean =>
  cluster.nodes.get(node)?.overlayAddresses.has(formatPrefix(prefix).replace(/\/\d+$/, '')) === true;

/** Of each subnet in which nodes have routes to cables of pods: the first such pod of each node. */
function podsWithRoutes(cluster: Cluster): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const found = new Map<string, Map<string, string>>();
  for (const route of cluster.facts.routes) {
    const address = /^(.*)\/(?:32|128)$/.exec(route.dst)?.[1];
    const node = cluster.nodeOf(route);
    if (address === undefined || node === undefined || route.dev === undefined || route.via !== undefined) continue;
    if (route.type !== 'unicast' || route.table === 'local' || cluster.device(node, route.dev) !== 'workload') continue;
    for (const { prefix } of cluster.podRangesHolding(address)) {
      const text = formatPrefix(prefix);
      const byNode = found.get(text) ?? new Map<string, string>();
      if (!byNode.has(node)) byNode.set(node, address);
      found.set(text, byNode);
    }
  }
  return found;
}

/** Nodes by the group that their routes make of them. */
function groupsOf(cluster: Cluster, list: readonly OwnSubnet[]): ReadonlyMap<string, number> {
  const ownerOf = new Map(list.map(({ node, prefix }) => [formatPrefix(prefix), node]));
  const groups = new Map<string, number>();
  let next = 0;
  for (const route of cluster.facts.routes) {
    if (route.type !== 'unicast' || route.via === undefined) continue;
    const from = cluster.nodeOf(route);
    const prefix = parsePrefix(route.dst);
    const to = prefix === undefined ? undefined : ownerOf.get(formatPrefix(prefix));
    if (from === undefined || to === undefined || from === to) continue;
    const joined = new Set([groups.get(from), groups.get(to)]);
    const group = next++;
    for (const [node, old] of groups) if (joined.has(old)) groups.set(node, group);
    groups.set(from, group).set(to, group);
  }
  return groups;
}
