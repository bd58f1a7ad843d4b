import { covers, formatPrefix, overlaps, type Prefix, parsePrefix } from '../core/prefix.js';
import type { Cluster } from '../model/cluster.js';
import { podSubnets, usedSubnets } from '../model/pod-networks.js';

/**
 * By node, the prefixes that its pods have addresses from: leases and podCIDRs in use, blocks of Calico; where nothing tells,
 * what peers route to it.
 */
export function podPrefixes(cluster: Cluster): ReadonlyMap<string, readonly Prefix[]> {
  const pods = podSubnets(cluster).filter(({ what }) => what === 'pod');
  const lived = (node: string, prefix: Prefix): boolean =>
    pods.some((pod) => pod.node === node && covers(prefix, pod.prefix));
  const found = new Map<string, Map<string, Prefix>>();
  const add = (node: string | undefined, prefix: Prefix | undefined): void => {
    if (node === undefined || prefix === undefined) return;
    found.set(node, (found.get(node) ?? new Map<string, Prefix>()).set(formatPrefix(prefix), prefix));
  };
  for (const { node, prefix, what } of usedSubnets(cluster))
    if (what === 'lease' || lived(node, prefix) || !isIdle(cluster, node, prefix)) add(node, prefix);
  for (const block of cluster.facts.ipamBlocks)
    if (block.node !== undefined && block.state !== 'pendingDeletion')
      add(cluster.named(block.node), parsePrefix(block.cidr));
  for (const [name, { podRanges }] of cluster.nodes) {
    if (found.has(name)) continue;
    for (const { prefix, what } of podRanges) {
      // A stray blackhole route looks like a block of the node's own.
      const foreign = !lived(name, prefix) && pods.some((pod) => covers(prefix, pod.prefix));
      if (!foreign && !(what === 'podCIDR' && isIdle(cluster, name, prefix))) add(name, prefix);
    }
  }
  return new Map([...found].map(([node, own]) => [node, [...own.values()]]));
}

/** True for a podCIDR that nothing deals addresses out of: Calico's own address management has pools and blocks elsewhere. */
function isIdle({ facts, nodes }: Cluster, node: string, prefix: Prefix): boolean {
  if (facts.pools.length > 0 || facts.ipamBlocks.length > 0) return true;
  const routed = (nodes.get(node)?.podRanges ?? []).filter(({ what }) => what !== 'podCIDR');
  return routed.length > 0 && !routed.some((range) => overlaps(range.prefix, prefix));
}
