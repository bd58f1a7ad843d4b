import { canonicalAddress } from '../core/address.js';
import { contains, PRIVATE } from '../core/prefix.js';
import type { Cluster } from './cluster.js';
import { perCluster } from './per-cluster.js';
import { serviceTargets } from './service-targets.js';

/** Where pods can be, as far as the bundle tells. */
interface PodSpace {
  /** A setting or pool tells it, or each listed node's own ranges do. */
  readonly whole: boolean;
  /** Pods are listed across namespaces. */
  readonly listed: boolean;
  /** What services are translated to. */
  readonly targets: ReadonlySet<string>;
}

const podSpace = perCluster((cluster): PodSpace => {
  const { facts, podRanges } = cluster;
  const ranged = new Set(podRanges.map(({ node }) => node));
  const targets = [...serviceTargets(cluster), ...facts.endpoints].map(({ address }) => address);
  return {
    whole:
      ranged.has(undefined) ||
      (facts.nodes.length > 0 && facts.nodes.every(({ name }) => ranged.has(cluster.named(name)))),
    listed: new Set(facts.pods.map(({ namespace }) => namespace)).size > 1,
    targets: new Set(targets.map((address) => canonicalAddress(address) ?? address)),
  };
});

/**
 * True for an address that nothing names and that may yet be a pod's, because the bundle does not tell where all pods are: a service is
 * translated to it, or it is a private one of the block that pods' ranges lie in (RFC 1918, RFC 4193, RFC 6598). A node whose route or
 * list is missing would show just that: pods' packets to it leave by the default route as if it was outside.
 */
export function mayBePod(cluster: Cluster, address: string): boolean {
  const { role, name } = cluster.owner(address);
  const outside = role === 'unknown' || (role === 'outside' && name === undefined);
  const space = podSpace(cluster);
  if (!outside || space.whole) return false;
  if (space.targets.has(address)) return true;
  if (space.listed) return false;
  const block = PRIVATE.find((prefix) => contains(prefix, address));
  return block !== undefined && cluster.podRangesWithin(block).length > 0;
}
