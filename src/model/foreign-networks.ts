import { overlaps, type Prefix, parsePrefix } from '../core/prefix.js';
import type { Cluster } from './cluster.js';
import type { Placed } from './facts.js';
import { usedSubnets } from './pod-networks.js';

/** A network that nodes reach by their router although the pod network covers it: an office, another site. */
export interface ForeignNetwork {
  readonly prefix: Prefix;
  readonly via: string;
  readonly node: string;
  /** The route. */
  readonly at: Placed;
}

/**
 * Networks inside the range of the pods where no pods are: a node has a route to it by the router of its default route.
 *
 * Only where it is known of every node which subnet its pods have: other CNIs' blocks may be anywhere in the pool, and the
 * routes of a node that was taken away go to that node, not to the router.
 */
export function foreignNetworks(cluster: Cluster): readonly ForeignNetwork[] {
  const { facts } = cluster;
  if (facts.nodes.length === 0 || facts.pools.length > 0 || facts.ipamBlocks.length > 0) return [];
  const pods = usedSubnets(cluster);
  const holders = new Set(pods.map((subnet) => subnet.node));
  if (!facts.nodes.every((node) => holders.has(cluster.named(node.name)))) return [];
  const isDefault = (dst: string): boolean => parsePrefix(dst)?.length === 0;
  return facts.routes.flatMap((at): ForeignNetwork[] => {
    const node = cluster.nodeOf(at);
    const prefix = parsePrefix(at.dst);
    const { via } = at;
    if (node === undefined || prefix === undefined || prefix.length === 0 || via === undefined) return [];
    if (cluster.nodeWithAddress(via) !== undefined || pods.some((subnet) => overlaps(subnet.prefix, prefix))) return [];
    const router = facts.routes.some((r) => isDefault(r.dst) && r.via === via && cluster.nodeOf(r) === node);
    return router ? [{ prefix, via, node, at }] : [];
  });
}
