import { contains, covers, formatPrefix, type Prefix, parsePrefix } from '../core/prefix.js';
import type { SourceRow } from '../store/dimensions.js';
import { type DeviceRole, deviceRole } from './device.js';
import type { Facts, Placed } from './facts.js';
import { leasedSubnets } from './leased-subnets.js';

/** A prefix that pods get addresses from; without a node it belongs to the cluster as a whole. */
export interface PodRange {
  readonly prefix: Prefix;
  readonly text: string;
  readonly node?: string | undefined;
  readonly what: string;
  readonly at: Placed;
}

const POD_NETWORK_SETTING =
  /^(cluster-cidr|pod-cidr|podSubnet|clusterCIDR|Network|FLANNEL_NETWORK|CALICO_IPV4POOL_CIDR|cluster-pool-ipv4-cidr)$/i;
/** Docker's own default network, the same on every host, and networks of other tools' bridges: no pods are there. */
const HOST_ONLY = /^(br-[0-9a-f]{12}$|virbr|lxcbr|lxdbr|podman|mynet|nerdctl)/;
const DOCKER_DEFAULT = '172.17.0.0/16';
/** Bridges that only CNI plugins make. */
const CNI_BRIDGE = /^(?:cni|cbr)\d+$/;

/** A rule that translates what leaves a network. */
const AMONG_ITSELF = /^-s (\S+) ! -d \1 (?:.* )?-j (?:MASQUERADE|SNAT)\b/;
const holds = (prefix: Prefix, address: string): boolean =>
  address.includes(':') === (prefix.family === 6) && contains(prefix, address);

/** What is known of the nodes when their pods' prefixes are read. */
export interface KnownNodes {
  readonly sources: readonly SourceRow[];
  nodeOf(at: { readonly source: number }): string | undefined;
  named(name: string): string;
  device(node: string, ifname: string): DeviceRole;
  nodeWithAddress(address: string): string | undefined;
  overlayOwner(address: string): string | undefined;
  /** Networks of the nodes' uplinks. */
  readonly uplinks: readonly Prefix[];
}

/** Every prefix that pods get addresses from, as node objects, leases, routes, pools, settings and ipsets tell; in this order. */
export function readPodRanges(facts: Facts, known: KnownNodes): readonly PodRange[] {
  const found: PodRange[] = [];
  const range = (text: string | undefined, node: string | undefined, what: string, at: Placed): void => {
    add(text === undefined ? undefined : parsePrefix(text.trim()), text, node, what, at);
  };
  const add = (
    prefix: Prefix | undefined,
    text: string | undefined,
    node: string | undefined,
    what: string,
    at: Placed,
  ): void => {
    if (prefix === undefined || prefix.length === 0 || prefix.length > (prefix.family === 4 ? 30 : 126)) return;
    // A range of the nodes' own network is that network, unless it is a part of it given to pods.
    if (node !== undefined && known.uplinks.some((uplink) => covers(prefix, uplink))) return;
    found.push({ prefix, text: text!, node, what, at });
  };
  for (const node of facts.nodes)
    for (const cidr of node.pod_cidrs ?? []) range(cidr, known.named(node.name), 'podCIDR', node);
  for (const { lease, prefix } of leasedSubnets(facts).all) {
    if (lease.action === 'removed') continue;
    const node =
      (lease.node === undefined ? undefined : known.named(lease.node)) ??
      (lease.public_ip === undefined ? undefined : known.nodeWithAddress(lease.public_ip)) ??
      (lease.action === 'own' ? known.nodeOf(lease) : undefined);
    add(prefix, lease.subnet, node, 'lease', lease);
  }
  const bridges = new Map<string, Set<string>>();
  for (const route of facts.routes) {
    const node = known.nodeOf(route);
    if (node === undefined || route.table === 'local') continue;
    const role = route.dev === undefined ? undefined : known.device(node, route.dev);
    if (role === 'bridge' && route.via === undefined) {
      const holders = bridges.get(route.dst) ?? new Set();
      holders.add(node);
      bridges.set(route.dst, holders);
    }
  }
  // Of a node without its routes the bridge's own address tells the same.
  const routed = new Set(facts.routes.map((route) => known.nodeOf(route)));
  const unrouted = facts.addresses.flatMap((at) => {
    const own = CNI_BRIDGE.test(at.ifname) && !at.address.startsWith('fe80:');
    const node = own ? known.nodeOf(at) : undefined;
    const prefix =
      node === undefined || routed.has(node) ? undefined : parsePrefix(`${at.address}/${at.prefix_length}`);
    return node === undefined || prefix === undefined ? [] : [{ node, text: formatPrefix(prefix), at }];
  });
  for (const { node, text } of unrouted) bridges.set(text, (bridges.get(text) ?? new Set()).add(node));
  for (const { node, text, at } of unrouted)
    if (bridges.get(text)?.size === 1) range(text, node, `route dev ${at.ifname}`, at);
  for (const route of facts.routes) {
    const node = known.nodeOf(route);
    if (node === undefined || route.table === 'local') continue;
    const role = route.dev === undefined ? undefined : known.device(node, route.dev);
    // Every docker host has the same docker0 network: such a prefix tells nothing of the node.
    if (role === 'bridge' && (HOST_ONLY.test(route.dev!) || route.dst === DOCKER_DEFAULT)) continue;
    if (role === 'bridge' && route.via === undefined && bridges.get(route.dst)?.size === 1)
      range(route.dst, node, `route dev ${route.dev}`, route);
    else if (route.type === 'blackhole' && route.proto === 'bird') range(route.dst, node, 'Calico block', route);
    else if (route.via !== undefined && (role === 'overlay' || route.proto === 'bird')) {
      const peer = known.nodeWithAddress(route.via) ?? known.overlayOwner(route.via);
      range(route.dst, peer, 'route', route);
    }
  }
  // Routes of a host that nobody named still tell that these are pods.
  for (const route of facts.routes) {
    const source = known.sources[route.source - 1];
    if (source?.node !== undefined || source?.netns !== undefined || route.dev === undefined) continue;
    const role = deviceRole(route.dev);
    if (role === 'bridge' && (HOST_ONLY.test(route.dev) || route.dst === DOCKER_DEFAULT)) continue;
    if ((role === 'bridge' && route.via === undefined) || (role === 'overlay' && route.via !== undefined))
      range(route.dst, undefined, `route dev ${route.dev}`, route);
  }
  for (const rule of facts.rules) {
    // What its own source does not translate among itself is the pods' network, where a pod is in it (a libvirt network has such a rule, too).
    const network = AMONG_ITSELF.exec(rule.spec)?.[1];
    const prefix = network === undefined ? undefined : parsePrefix(network);
    if (prefix === undefined || known.uplinks.some((uplink) => covers(prefix, uplink))) continue;
    if (facts.pods.some(({ ip, host_network }) => host_network !== true && ip !== undefined && holds(prefix, ip)))
      range(network, undefined, `rule of ${rule.chain}`, rule);
  }
  for (const pool of facts.pools) range(pool.cidr, undefined, `IP pool ${pool.name}`, pool);
  for (const setting of facts.settings) {
    if (!POD_NETWORK_SETTING.test(setting.key)) continue;
    for (const part of setting.value.split(',')) range(part, undefined, `${setting.component} ${setting.key}`, setting);
  }
  for (const member of facts.ipsetMembers) {
    if (/^cali40(all|masq)-ipam-pools$/.test(member.set))
      range(member.member, undefined, `ipset ${member.set}`, member);
  }
  return found;
}
