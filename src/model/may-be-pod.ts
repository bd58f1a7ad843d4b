import { canonicalAddress, familyOf } from '../core/address.js';
import { contains, PRIVATE, type Prefix } from '../core/prefix.js';
import type { Cluster } from './cluster.js';
import { perCluster } from './per-cluster.js';
import { serviceTargets } from './service-targets.js';

/** Where pods can be, as far as the bundle tells. */
interface PodSpace {
  /** Families of which a setting or pool tells it, or each listed node's own ranges do. */
  readonly whole: readonly (4 | 6)[];
  /** Pods are listed across namespaces. */
  readonly listed: boolean;
  /** What services are translated to. */
  readonly targets: ReadonlySet<string>;
  /** Private blocks in which pods are known. */
  readonly blocks: ReadonlySet<Prefix>;
}

const podSpace = perCluster((cluster): PodSpace => {
  const { facts, podRanges } = cluster;
  const ranged = new Set(podRanges.map(({ node, prefix }) => `${prefix.family} ${node}`));
  const targets = new Set(
    [...serviceTargets(cluster), ...facts.endpoints].map(({ address }) => canonicalAddress(address) ?? address),
  );
  const known = [
    ...facts.pods.flatMap(({ host_network, ip, ips }) => (host_network === true ? [] : (ips ?? [ip ?? '']))),
    ...[...targets].filter((address) => cluster.owner(address).role !== 'node'),
  ];
  return {
    whole: ([4, 6] as const).filter(
      (family) =>
        ranged.has(`${family} undefined`) ||
        (facts.nodes.length > 0 && facts.nodes.every(({ name }) => ranged.has(`${family} ${cluster.named(name)}`))),
    ),
    listed: new Set(facts.pods.map(({ namespace }) => namespace)).size > 1,
    targets,
    blocks: new Set(
      PRIVATE.filter((block) => cluster.podRangesWithin(block).length > 0 || known.some((pod) => contains(block, pod))),
    ),
  };
});

/**
 * True for an address that nothing names and that may yet be a pod's, because the bundle does not tell where all pods are: a service is
 * translated to it, or it is a private one of a block in which pods are known (RFC 1918, RFC 4193, RFC 6598). A node whose route or
 * list is missing would show just that: pods' packets to it leave by the default route as if it was outside.
 */
export function mayBePod(cluster: Cluster, address: string): boolean {
  const { role, name } = cluster.owner(address);
  const outside = role === 'unknown' || (role === 'outside' && name === undefined);
  const space = podSpace(cluster);
  const family = familyOf(address);
  if (!outside || family === undefined || space.whole.includes(family)) return false;
  if (space.targets.has(address)) return true;
  const block = space.listed ? undefined : PRIVATE.find((prefix) => contains(prefix, address));
  return block !== undefined && space.blocks.has(block);
}
