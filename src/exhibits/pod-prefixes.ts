import { covers, formatPrefix, type Prefix, parsePrefix } from '../core/prefix.js';
import type { Cluster } from '../model/cluster.js';
import { podSubnets, usedSubnets } from '../model/pod-networks.js';

/**
 * By node, the prefixes that its pods have addresses from: leases and podCIDRs in use, blocks of Calico; where nothing tells,
 * what peers route to it. With Calico's own address management a podCIDR counts only when a pod has an address of it.
 */
export function podPrefixes(cluster: Cluster): ReadonlyMap<string, readonly Prefix[]> {
  const { pools, ipamBlocks } = cluster.facts;
  const pods = podSubnets(cluster).filter(({ what }) => what === 'pod');
  const lived = (node: string, prefix: Prefix): boolean =>
    pods.some((pod) => pod.node === node && covers(prefix, pod.prefix));
  const dealtOut = pools.length === 0 && ipamBlocks.length === 0;
  const found = new Map<string, Map<string, Prefix>>();
  const add = (node: string | undefined, prefix: Prefix | undefined): void => {
    if (node === undefined || prefix === undefined) return;
    found.set(node, (found.get(node) ?? new Map<string, Prefix>()).set(formatPrefix(prefix), prefix));
  };
  for (const { node, prefix, what } of usedSubnets(cluster))
    if (what === 'lease' || dealtOut || lived(node, prefix)) add(node, prefix);
  for (const block of ipamBlocks)
    if (block.node !== undefined && block.state !== 'pendingDeletion')
      add(cluster.named(block.node), parsePrefix(block.cidr));
  for (const [name, { podRanges }] of cluster.nodes) {
    if (found.has(name)) continue;
    for (const { prefix, what } of podRanges) if (what !== 'podCIDR' || dealtOut) add(name, prefix);
  }
  return new Map([...found].map(([node, own]) => [node, [...own.values()]]));
}
