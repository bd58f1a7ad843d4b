import { appendTo } from '../core/append-to.js';
import { formatPrefix, type Prefix, parsePrefix } from '../core/prefix.js';
import { PrefixIndex } from '../core/prefix-index.js';
import { currentLeases } from './announced.js';
import type { Cluster } from './cluster.js';
import type { Placed } from './facts.js';
import { livePods } from './live-pods.js';
import { perCluster } from './per-cluster.js';

/** The node whose pods have a prefix, and the lines that say so, the strongest first. */
export interface SubnetOwner {
  readonly node: string;
  readonly prefix: Prefix;
  /** A pod's address in it; where no pod is listed, the first address. */
  readonly sample: string;
  readonly at: readonly [Placed, ...Placed[]];
}

/** From the surest to the weakest: the node's own word, what is dealt out to it, what it was promised. */
const WORDS = ['device', 'dealt', 'promised'] as const;
type Word = (typeof WORDS)[number];

interface Claim {
  readonly node: string;
  readonly word: Word;
  readonly prefix: Prefix;
  readonly at: Placed;
}

/** A prefix of pods' own is not shorter than this: what is wider is the way to many nodes. */
const WIDEST = { 4: 20, 6: 56 } as const;

/**
 * Whose pods have addresses of just this prefix: by the node's own bridge or blackhole route, else by leases and Calico's
 * blocks, else by podCIDRs where pods get their addresses from these; where nothing claims the prefix, by the pods in it.
 * Undefined when two nodes claim it alike, or when a pod in it runs elsewhere. What other nodes' routes say is not asked: they
 * may be the fault.
 */
export function ownerOfSubnet(cluster: Cluster, prefix: Prefix): SubnetOwner | undefined {
  const known = owners(cluster);
  const key = formatPrefix(prefix);
  const before = known.get(key);
  if (before !== undefined) return before;
  const owner = decide(cluster, prefix);
  if (owner !== undefined) known.set(key, owner);
  return owner;
}

/** Every host of a large cluster has a route to every subnet: each owner is looked up once. Most routes of a router have none. */
const owners = perCluster(() => new Map<string, SubnetOwner>());

function decide(cluster: Cluster, prefix: Prefix): SubnetOwner | undefined {
  const claims = claimsOf(cluster).get(formatPrefix(prefix)) ?? [];
  const pods = podsOf(cluster).within(prefix);
  const strongest = WORDS.map((word) => claims.filter((c) => c.word === word)).find((some) => some.length > 0);
  const claimants = new Set((strongest ?? []).map((c) => c.node));
  const runOn = new Set(pods.map((pod) => pod.node));
  if (claimants.size > 1 || runOn.size > 1) return undefined;
  const [claimant] = claimants;
  const [runner] = runOn;
  const node = claimant ?? runner;
  if (node === undefined || (runner !== undefined && runner !== node)) return undefined;
  if (claimant === undefined && !mayBeOneNodes(cluster, prefix, node)) return undefined;
  const [first, ...more] = [
    ...(strongest ?? []).map((c) => c.at),
    ...claims.filter((c) => c.node === node).map((c) => c.at),
    ...pods.map((pod) => pod.at),
  ];
  if (first === undefined) return undefined;
  const bits = prefix.family === 4 ? 32 : 128;
  const sample = formatPrefix(pods[0]?.prefix ?? { ...prefix, length: bits }).replace(`/${bits}`, '');
  return { node, prefix, sample, at: [first, ...more.slice(0, 2)] };
}

/** Known by its pods alone: no wider than one node's share, and nothing in it is another node's. */
const mayBeOneNodes = (cluster: Cluster, prefix: Prefix, node: string): boolean =>
  prefix.length >= WIDEST[prefix.family] &&
  !cluster
    .podRangesWithin(prefix)
    .some((range) => range.node !== undefined && range.node !== node && range.what !== 'route');

/** Pods that run, once for each of their addresses. */
const podsOf = perCluster(
  (cluster) =>
    new PrefixIndex(
      livePods(cluster).flatMap(({ node, addresses, at }) =>
        addresses.flatMap((text) => {
          const prefix = parsePrefix(text);
          return prefix === undefined ? [] : [{ node, prefix, at }];
        }),
      ),
    ),
);

/** What nodes claim, by the prefix as text. */
const claimsOf = perCluster((cluster): ReadonlyMap<string, readonly Claim[]> => {
  const found = new Map<string, Claim[]>();
  const claim = (node: string | undefined, prefix: Prefix | undefined, word: Word, at: Placed): void => {
    if (node === undefined || prefix === undefined) return;
    const key = formatPrefix(prefix);
    appendTo(found, key, { node, word, prefix, at });
  };
  const { facts } = cluster;
  for (const range of cluster.podRanges)
    if (/^(route dev|Calico block)/.test(range.what)) claim(range.node, range.prefix, 'device', range.at);
  // Felix writes those of VXLAN pools by its own mark (felix/dataplane/linux/route_mgr.go).
  for (const route of facts.routes)
    if (route.type === 'blackhole' && route.proto === '80')
      claim(cluster.nodeOf(route), parsePrefix(route.dst), 'device', route);
  for (const block of facts.ipamBlocks)
    if (block.node !== undefined && block.state !== 'pendingDeletion')
      claim(cluster.named(block.node), parsePrefix(block.cidr), 'dealt', block);
  for (const lease of currentLeases(cluster)) claim(lease.node, parsePrefix(lease.subnet), 'dealt', lease.at);
  // Calico's own address management does not ask for podCIDRs.
  if (facts.pools.length === 0 && facts.ipamBlocks.length === 0)
    for (const node of facts.nodes)
      for (const cidr of node.pod_cidrs ?? [])
        claim(cluster.named(node.name), parsePrefix(cidr.trim()), 'promised', node);
  return found;
});
