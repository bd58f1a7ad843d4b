import { formatPrefix, type Prefix, parsePrefix } from '../core/prefix.js';
import type { Cluster } from '../model/cluster.js';
import { usedSubnets } from '../model/pod-networks.js';

/** A prefix that pods of a node have addresses from. */
export interface PodPrefix {
  readonly prefix: Prefix;
}

/** By node: subnets of leases and podCIDRs that are in use, blocks of Calico; where nothing tells, what peers route to it. */
export function podPrefixes(cluster: Cluster): ReadonlyMap<string, readonly PodPrefix[]> {
  const found = new Map<string, Map<string, PodPrefix>>();
  const add = (node: string | undefined, prefix: Prefix | undefined): void => {
    if (node === undefined || prefix === undefined) return;
    const own = found.get(node) ?? new Map<string, PodPrefix>();
    own.set(formatPrefix(prefix), { prefix });
    found.set(node, own);
  };
  for (const { node, prefix } of usedSubnets(cluster)) add(node, prefix);
  for (const block of cluster.facts.ipamBlocks) {
    if (block.node !== undefined) add(cluster.named(block.node), parsePrefix(block.cidr));
  }
  for (const [name, { podRanges }] of cluster.nodes) {
    if (!found.has(name)) for (const { prefix } of podRanges) add(name, prefix);
  }
  return new Map([...found].map(([node, own]) => [node, [...own.values()]]));
}
