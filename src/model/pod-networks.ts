import { appendTo } from '../core/append-to.js';
import type { setting } from '../core/event/kubernetes.js';
import { contains, covers, formatPrefix, type Prefix, parsePrefix } from '../core/prefix.js';
import { currentLeases } from './announced.js';
import type { Cluster } from './cluster.js';
import type { Fact, Placed } from './facts.js';
import { poolNetworks } from './intent/calico.js';
import { flannelNetworks } from './intent/flannel-config.js';
import { livePods } from './live-pods.js';
import { perCluster } from './per-cluster.js';

/** A network that a CNI is told to use for pods; its NAT and forwarding rules are written for it. */
export interface CniNetwork {
  readonly prefix: Prefix;
  readonly text: string;
  /** `flannel`: nodes get subnets of it. `pool`: pods get addresses of it, and SNAT is decided by it. */
  readonly kind: 'flannel' | 'pool';
  /** Node that says it of itself (log, subnet.env); absent for what the cluster says. */
  readonly node?: string | undefined;
  /** Where it stands: name of the pool, or the object or file. */
  readonly name: string | undefined;
  readonly disabled: boolean;
  readonly natOutgoing: boolean | undefined;
  readonly at: Placed;
}

/** Networks in flannel's, Canal's and Calico's configuration, as files, objects, logs and pools tell them. */
export const cniNetworks = (cluster: Cluster): readonly CniNetwork[] => [
  ...flannelNetworks(cluster),
  ...poolNetworks(cluster),
];

/** Addresses that a node's pods really have: its podCIDR, its lease, or the address of a pod. */
export interface PodSubnet {
  readonly prefix: Prefix;
  readonly text: string;
  readonly node: string;
  readonly what: 'podCIDR' | 'lease' | 'pod';
  readonly at: Placed;
}

/** What each node's pods have addresses from, every source of it, pods last. */
export const podSubnets = perCluster((cluster): readonly PodSubnet[] => {
  const found = new Map<string, PodSubnet>();
  const add = (node: string | undefined, text: string, what: PodSubnet['what'], at: Placed): void => {
    const prefix = parsePrefix(text.trim());
    if (node === undefined || prefix === undefined || prefix.length === 0) return;
    const key = `${what} ${text} ${node}`;
    if (!found.has(key)) found.set(key, { prefix, text, node, what, at });
  };
  for (const node of cluster.facts.nodes)
    for (const cidr of node.pod_cidrs ?? []) add(cluster.named(node.name), cidr, 'podCIDR', node);
  for (const lease of currentLeases(cluster)) if (lease.own) add(lease.node, lease.subnet, 'lease', lease.at);
  for (const pod of livePods(cluster)) for (const address of pod.addresses) add(pod.node, address, 'pod', pod.at);
  return [...found.values()];
});

/**
 * Subnets that flannel or host-local give addresses from. A podCIDR counts only while nothing shows that it is not used:
 * Calico's own address management and flannel with etcd ignore it, and then the node's pods or its lease lie elsewhere.
 */
export const usedSubnets = perCluster((cluster): readonly PodSubnet[] => {
  const all = podSubnets(cluster);
  const shown = new Map<string, PodSubnet[]>();
  for (const subnet of all)
    if (subnet.what !== 'podCIDR') appendTo(shown, `${subnet.prefix.family} ${subnet.node}`, subnet);
  return all.filter(({ what, prefix, node }) => {
    if (what !== 'podCIDR') return what === 'lease';
    const others = shown.get(`${prefix.family} ${node}`);
    return others === undefined || others.some((s) => covers(prefix, s.prefix));
  });
});

const CLUSTER_CIDR = /^(cluster-cidr|clusterCIDR|podSubnet|cluster-cidr-v6)$/;

/** The network that the controller-manager allocates podCIDRs from (`--cluster-cidr`, kubeadm's podSubnet, k3s). */
export function clusterCidrs(
  cluster: Cluster,
): readonly { readonly prefix: Prefix; readonly text: string; readonly at: Fact<typeof setting> }[] {
  const rank = (component: string): number =>
    component === 'kube-controller-manager' ? 0 : component === 'kube-proxy' ? 2 : 1;
  return cluster.facts.settings
    .filter((setting) => CLUSTER_CIDR.test(setting.key))
    .sort((a, b) => rank(a.component) - rank(b.component))
    .flatMap((at) =>
      at.value.split(',').flatMap((part) => {
        const prefix = parsePrefix(part.trim());
        return prefix === undefined || prefix.length === 0 ? [] : [{ prefix, text: part.trim(), at }];
      }),
    );
}

/** True when the address is no pod's but leads out of the pod network: a node, the outside, or a service in front of these. */
export function leavesPods(cluster: Cluster, address: string): boolean {
  const owner = cluster.owner(address);
  if (owner.role === 'node' || owner.role === 'outside' || owner.role === 'unknown') return true;
  if (owner.role !== 'service') return false;
  const name = owner.name?.split('/').at(-1)?.split(':')[0];
  return cluster.facts.endpoints.some(
    (e) => e.service === name && ['node', 'outside'].includes(cluster.owner(e.address).role),
  );
}

/** True when the flow's end is this address or one of the prefix. Names of nodes and pods, which logs tell, are no address. */
export const within = (prefixes: readonly Prefix[], address: string): boolean =>
  prefixes.some((prefix) => contains(prefix, address));

/** An address in the middle of a range, which no bridge and no tunnel device has. */
export function someAddress(prefix: Prefix): string {
  const bits = prefix.family === 4 ? 32 : 128;
  const room = 1n << BigInt(bits - prefix.length);
  const offset = room > 16n ? 11n : room > 2n ? 2n : 0n;
  return formatPrefix({ ...prefix, first: prefix.first + offset, length: bits }).replace(/\/\d+$/, '');
}
