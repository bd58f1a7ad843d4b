import { canonicalAddress } from '../../core/address.js';
import type { ippool } from '../../core/event/cni.js';
import { covers, formatPrefix, type Prefix, parsePrefix } from '../../core/prefix.js';
import type { Cluster } from '../cluster.js';
import type { Fact, Placed } from '../facts.js';
import { perCluster, perNode } from '../per-cluster.js';
import type { Known } from './intent.js';

/** What Calico's datastore says of a node (libcalico-go: Node; in the Kubernetes datastore annotations of the node). */
export interface CalicoNode {
  readonly node: string;
  /** `spec.bgp.ipv4Address`, with the prefix of its network. */
  readonly address?: Known<{ readonly address: string; readonly network: Prefix }> | undefined;
  readonly vxlanAddress?: Known<string> | undefined;
  readonly vxlanMac?: Known<string> | undefined;
  /** Blocks of pod addresses that are its own. */
  readonly blocks: readonly Known<Prefix>[];
}

/** IPv4 only: with IPv6 Calico has addresses and pools of its own, which few clusters have and no bundle of ours shows. */
export const calicoNode = perNode((cluster, node): CalicoNode => {
  const annotation = (key: string): Known<string> | undefined => {
    const one = cluster.facts.nodeAnnotations.findLast(
      (a) => a.key === `projectcalico.org/${key}` && cluster.named(a.node) === node,
    );
    return one === undefined ? undefined : { value: one.value.trim(), at: [one] };
  };
  const told = annotation('IPv4Address');
  const [address, network] = [canonicalAddress(told?.value.split('/')[0] ?? ''), parsePrefix(told?.value ?? '')];
  const vxlan = annotation('IPv4VXLANTunnelAddr');
  const mac = annotation('VXLANTunnelMACAddr');
  return {
    node,
    address:
      told === undefined || address === undefined || network === undefined
        ? undefined
        : { value: { address, network }, at: told.at },
    vxlanAddress: vxlan === undefined ? undefined : { ...vxlan, value: canonicalAddress(vxlan.value) ?? vxlan.value },
    vxlanMac: mac === undefined ? undefined : { ...mac, value: mac.value.toLowerCase() },
    blocks: blocksOf(cluster, node),
  };
});

/** Its block affinities; of a bundle without any the blackhole routes that the node itself keeps for its blocks. */
const blocksOf = (cluster: Cluster, node: string): readonly Known<Prefix>[] =>
  [...ownedBlocks(cluster).values()].flatMap((block) => (block.node === node ? [block.prefix] : []));

interface OwnedBlock {
  /** Undefined when several nodes claim it. */
  readonly node: string | undefined;
  readonly prefix: Known<Prefix>;
}

/** All blocks by their text. */
const ownedBlocks = perCluster((cluster): ReadonlyMap<string, OwnedBlock> => {
  const found = new Map<string, OwnedBlock>();
  const claim = (node: string, cidr: string, at: Placed): void => {
    const prefix = parsePrefix(cidr);
    if (prefix?.family !== 4) return;
    const known = found.get(formatPrefix(prefix));
    const owner = known === undefined || known.node === node ? node : undefined;
    found.set(formatPrefix(prefix), {
      node: owner,
      prefix: { value: prefix, at: known === undefined ? [at] : [...known.prefix.at, at] },
    });
  };
  for (const block of cluster.facts.ipamBlocks)
    if (block.node !== undefined && block.state !== 'pendingDeletion')
      claim(cluster.named(block.node), block.cidr, block);
  if (found.size > 0) return found;
  for (const route of cluster.facts.routes) {
    const node = cluster.nodeOf(route);
    // BIRD writes them, and Felix with VXLAN (protocol 80, felix/dataplane/linux/route_mgr.go).
    if (node !== undefined && route.type === 'blackhole' && /^(bird|80)$/.test(route.proto ?? ''))
      claim(node, route.dst, route);
  }
  return found;
});

/** The pool that a block, or an address, is of. */
export const poolOf = (cluster: Cluster, block: Prefix): Fact<typeof ippool> | undefined =>
  cluster.facts.pools.findLast((pool) => {
    const prefix = parsePrefix(pool.cidr);
    return prefix !== undefined && covers(prefix, block);
  });

/** Whether the peer's address is in the network of the node's own: what CrossSubnet asks (felix: `sameSubnet`). */
export const sameSubnet = (own: CalicoNode, peer: CalicoNode): boolean | undefined =>
  own.address === undefined || peer.address === undefined
    ? undefined
    : covers(own.address.value.network, parsePrefix(peer.address.value.address)!);
