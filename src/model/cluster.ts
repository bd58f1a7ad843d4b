import { canonicalAddress } from '../core/address.js';
import { contains, covers, isPrivate, type Prefix, parsePrefix } from '../core/prefix.js';
import { PrefixIndex } from '../core/prefix-index.js';
import type { SourceRow } from '../store/dimensions.js';
import type { NodeNames } from './attribution.js';
import { type DeviceRole, deviceRole, deviceRoles, holdsServices } from './device.js';
import type { Facts, Placed } from './facts.js';
import { leasedSubnets } from './leased-subnets.js';
import { type KnownNodes, type PodRange, readPodRanges } from './pod-ranges.js';
import { rowsByKey } from './rows-by.js';
import { specialRole } from './special-address.js';

export interface ClusterNode {
  readonly name: string;
  /** Addresses of its physical interfaces and those that the cluster announces for it. */
  readonly addresses: Map<string, Placed>;
  /** Addresses of its overlay devices (flannel.1, tunl0, …). */
  readonly overlayAddresses: Map<string, Placed>;
  /** Address and prefix of bridges that pods hang on (cni0, docker0). */
  readonly bridgeAddresses: Map<string, Placed>;
  /** Devices by name, with what they are for. */
  readonly devices: Map<string, DeviceRole>;
  readonly podRanges: PodRange[];
}

export type AddressRole =
  | 'pod'
  | 'pod-range'
  | 'service'
  | 'node'
  | 'vtep'
  | 'gateway'
  | 'loopback'
  | 'multicast'
  | 'link-local'
  | 'outside'
  | 'unknown';

export interface Owner {
  readonly role: AddressRole;
  readonly node?: string | undefined;
  /** Pod, service or interface. */
  readonly name?: string | undefined;
  readonly at?: Placed | undefined;
}

const SERVICE_NETWORK_SETTING = /^(service-cluster-ip-range|service-cidr|serviceSubnet|serviceCIDR)$/i;

/** Who owns which address, from every piece of configuration that the bundle holds. */
export class Cluster {
  readonly nodes = new Map<string, ClusterNode>();
  readonly #pods = new Map<string, Owner>();
  readonly #services = new Map<string, Owner>();
  readonly #serviceRanges: { readonly prefix: Prefix; readonly at: Placed }[] = [];
  /** Longest prefix first. */
  readonly podRanges: PodRange[] = [];
  readonly #rangeIndex: PrefixIndex<PodRange>;
  /** Each network once, with the first device that was read. */
  readonly #uplinkPrefixes: {
    readonly prefix: Prefix;
    readonly node: string;
    readonly dev: string;
    readonly at: Placed;
  }[] = [];
  readonly #nodeByAddress = new Map<string, string>();
  readonly #learnt = new Map<string, Owner>();
  readonly #dumps: ReadonlyMap<string | undefined, readonly SourceRow[]>;
  readonly #shown: ReadonlySet<string | undefined>;
  /** True when there is configuration to judge addresses by. */
  readonly informed: boolean;

  constructor(
    readonly facts: Facts,
    private readonly sources: readonly SourceRow[],
    private readonly names: NodeNames,
  ) {
    this.#dumps = rowsByKey(
      this.sources.filter(({ netns }) => netns === undefined),
      ({ node }) => node,
    );
    this.#shown = new Set(this.facts.addresses.map((a) => this.nodeOf(a)));
    this.#readNodes();
    this.#readPods();
    this.#readServices();
    for (const range of readPodRanges(this.facts, this.#knownNodes())) {
      this.podRanges.push(range);
      if (range.node !== undefined) this.#node(range.node).podRanges.push(range);
    }
    this.podRanges.sort((a, b) => b.prefix.length - a.prefix.length);
    this.#rangeIndex = new PrefixIndex(this.podRanges);
    this.informed = this.nodes.size > 0 || this.podRanges.length > 0 || this.#pods.size > 0;
  }

  /** Node that a source belongs to, unless the command ran in another network namespace. */
  nodeOf(at: { readonly source: number }): string | undefined {
    const source = this.sources[at.source - 1];
    return source?.netns === undefined ? source?.node : undefined;
  }

  /** The network namespace that the source's command ran in (`pod NAME` of kubectl exec), when it is not the node's own. */
  namespaceOf(at: { readonly source: number }): string | undefined {
    return this.sources[at.source - 1]?.netns;
  }

  /** True when the source's command ran in another network namespace (a pod's) than the node's own. */
  inNamespace(at: { readonly source: number }): boolean {
    return this.namespaceOf(at) !== undefined;
  }

  /** The node that a name means: its own name, a host name, an address or one of its pods; else the name itself. */
  named(name: string): string {
    return this.names.of(name);
  }

  /** Nodes that the bundle has dumps of, whether or not anything else tells of them. */
  get dumpedNodes(): readonly string[] {
    return [
      ...new Set(this.sources.flatMap(({ node, netns }) => (node === undefined || netns !== undefined ? [] : [node]))),
    ];
  }

  /** All dumps of a node's own network namespace, in the order of the bundle. */
  dumpsOn(node: string): readonly SourceRow[] {
    return this.#dumps.get(node) ?? [];
  }

  /** The pod interface on which an address was seen sending tells that it is a pod, when no configuration does. */
  learnPod(address: string, node: string | undefined, ifname: string, at: Placed): void {
    if (!this.#learnt.has(address)) this.#learnt.set(address, { role: 'pod', node, name: ifname, at });
  }

  /** A packet that a node made itself tells one of its addresses. */
  learnNode(address: string, node: string | undefined, ifname: string, at: Placed): void {
    if (!this.#learnt.has(address)) this.#learnt.set(address, { role: 'node', node, name: ifname, at });
  }

  /** An address under which others see a node, because something between them translates. */
  addTranslated(address: string, node: string, at: Placed): void {
    this.#nodeAddress(node, address, at);
  }

  /** True when the bundle shows the node's interfaces, so that an address missing there is not the node's. */
  showsInterfaces(node: string): boolean {
    return this.#shown.has(node);
  }

  /** Addresses that leases announce for the subnet with this address. */
  leasedTo(address: string): ReadonlyMap<string, Placed> {
    const announced = new Map<string, Placed>();
    const holding = [...leasedSubnets(this.facts).index.holding(address)].sort((a, b) => a.place - b.place);
    for (const { lease } of holding)
      if (lease.public_ip !== undefined && lease.action !== 'removed')
        announced.set(canonicalAddress(lease.public_ip) ?? lease.public_ip, lease);
    return announced;
  }

  /** Node that has this address on a physical interface or is known by it. */
  nodeWithAddress(address: string): string | undefined {
    return this.#nodeByAddress.get(address);
  }

  /** Whose address this is. */
  owner(address: string): Owner {
    const special = specialRole(address);
    if (special !== undefined) return { role: special };
    const pod = this.#pods.get(address);
    if (pod !== undefined) return pod;
    const node = this.#nodeByAddress.get(address);
    if (node !== undefined) return { role: 'node', node, name: node, at: this.nodes.get(node)?.addresses.get(address) };
    for (const n of this.nodes.values()) {
      const vtep = n.overlayAddresses.get(address);
      if (vtep !== undefined) return { role: 'vtep', node: n.name, name: n.name, at: vtep };
      const gateway = n.bridgeAddresses.get(address);
      if (gateway !== undefined) return { role: 'gateway', node: n.name, name: n.name, at: gateway };
    }
    const service = this.#services.get(address);
    if (service !== undefined) return service;
    const range = this.podRange(address, true);
    // The network address of a node's pod range is what flannel gives its VXLAN device.
    if (range?.node !== undefined) {
      return { role: isFirstAddress(range.prefix, address) ? 'vtep' : 'pod-range', node: range.node, at: range.at };
    }
    const learnt = this.#learnt.get(address);
    if (learnt !== undefined) return learnt;
    for (const { prefix, at } of this.#serviceRanges) if (contains(prefix, address)) return { role: 'service', at };
    const uplink = this.#uplinkPrefixes.find(({ prefix }) => contains(prefix, address));
    if (uplink !== undefined) return { role: 'outside', name: `network of ${uplink.dev}`, at: uplink.at };
    const pool = this.podRange(address, false);
    if (pool !== undefined) return { role: 'pod-range', at: pool.at };
    // Where nothing tells the pods' addresses, a private one may be a pod's.
    const podsKnown = this.podRanges.length > 0 || this.#pods.size > 0;
    return { role: this.informed && (podsKnown || !isPrivate(address)) ? 'outside' : 'unknown' };
  }

  /** Longest pod range with the address; only those of a node when `owned`. */
  podRange(address: string, owned: boolean): PodRange | undefined {
    return this.#rangeIndex.longest(address, (range) => !owned || range.node !== undefined);
  }

  /** True when a range that pods get addresses from contains the whole prefix; only those of a node count when `owned`. */
  inPodRange(prefix: Prefix, owned = false): boolean {
    for (const range of this.#rangeIndex.covering(prefix)) if (!owned || range.node !== undefined) return true;
    return false;
  }

  /** Pod ranges with the address, the longest first. */
  podRangesHolding(address: string): Iterable<PodRange> {
    return this.#rangeIndex.holding(address);
  }

  /** Pod ranges that lie in the prefix. */
  podRangesWithin(prefix: Prefix): readonly PodRange[] {
    return this.#rangeIndex.within(prefix);
  }

  /** What a device of a node is for. */
  device(node: string | undefined, ifname: string): DeviceRole {
    return (node === undefined ? undefined : this.nodes.get(node)?.devices.get(ifname)) ?? deviceRole(ifname);
  }

  #node(name: string): ClusterNode {
    let node = this.nodes.get(name);
    if (node === undefined) {
      node = {
        name,
        addresses: new Map(),
        overlayAddresses: new Map(),
        bridgeAddresses: new Map(),
        devices: new Map(),
        podRanges: [],
      };
      this.nodes.set(name, node);
    }
    return node;
  }

  #nodeAddress(node: string, address: string | undefined, at: Placed): void {
    const canonical = address === undefined ? undefined : canonicalAddress(address);
    if (canonical === undefined || specialRole(canonical) !== undefined) return;
    const known = this.#node(node).addresses;
    if (!known.has(canonical)) known.set(canonical, at);
    if (!this.#nodeByAddress.has(canonical)) this.#nodeByAddress.set(canonical, node);
  }

  #readNodes(): void {
    const links = new Map<string, Facts['links'][number][]>();
    for (const link of this.facts.links) {
      const node = this.nodeOf(link);
      if (node === undefined) continue;
      links.set(node, links.get(node) ?? []);
      links.get(node)!.push(link);
    }
    for (const [node, own] of links) {
      for (const [ifname, role] of deviceRoles(own)) this.#node(node).devices.set(ifname, role);
    }
    for (const a of this.facts.addresses) {
      const node = this.nodeOf(a);
      const address = canonicalAddress(a.address);
      if (node === undefined || address === undefined) continue;
      const n = this.#node(node);
      const role = n.devices.get(a.ifname) ?? deviceRole(a.ifname);
      if (role === 'overlay') n.overlayAddresses.set(address, a);
      else if (role === 'bridge') n.bridgeAddresses.set(address, a);
      else if (holdsServices(a.ifname)) {
        // A node's NodePort and external addresses stand there as well, besides the device that really has them.
        if (specialRole(address) === undefined) this.#services.set(address, { role: 'service', at: a });
      } else if (role === 'uplink') {
        this.#nodeAddress(node, address, a);
        const prefix = parsePrefix(`${address}/${a.prefix_length}`);
        const known = this.#uplinkPrefixes.some((u) => u.prefix.first === prefix?.first && covers(u.prefix, prefix));
        if (prefix !== undefined && !known && prefix.length < (prefix.family === 4 ? 31 : 127)) {
          this.#uplinkPrefixes.push({ prefix, node, dev: a.ifname, at: a });
        }
      }
    }
    for (const node of this.facts.nodes) {
      const name = this.names.of(node.name);
      this.#node(name);
      this.#nodeAddress(name, node.internal_ip, node);
      this.#nodeAddress(name, node.external_ip, node);
    }
    for (const a of this.facts.nodeAddresses) this.#nodeAddress(this.names.of(a.node), a.address, a);
    for (const a of this.facts.nodeAnnotations) {
      if (
        /(public-ip|public-ip-overwrite|public-ipv6|public-ipv6-overwrite|IPv4Address|IPv6Address|internal-ip|external-ip)$/.test(
          a.key,
        )
      ) {
        this.#nodeAddress(this.names.of(a.node), a.value.replace(/\/\d+$/, ''), a);
      }
      if (/(IPv4VXLANTunnelAddr|IPv4IPIPTunnelAddr|IPv6VXLANTunnelAddr)$/.test(a.key)) {
        this.#node(this.names.of(a.node)).overlayAddresses.set(a.value, a);
      }
    }
  }

  #readPods(): void {
    // Theirs is the node's address, and others of the same list may have it as well.
    for (const pod of this.facts.pods)
      if (pod.host_network === true && pod.node !== undefined) this.#nodeAddress(this.names.of(pod.node), pod.ip, pod);
    for (const pod of this.facts.pods) {
      if (pod.host_network === true) continue;
      for (const ip of pod.ips ?? (pod.ip === undefined ? [] : [pod.ip])) {
        const address = canonicalAddress(ip);
        if (address === undefined || this.#nodeByAddress.has(address)) continue;
        // A finished pod's address may belong to another one by now.
        if (/^(Completed|Succeeded|Failed|Evicted|Error)$/.test(pod.phase ?? '') && this.#pods.has(address)) continue;
        this.#pods.set(address, {
          role: 'pod',
          node: pod.node === undefined ? undefined : this.names.of(pod.node),
          name: pod.name,
          at: pod,
        });
      }
    }
    for (const route of this.facts.routes) {
      const node = this.nodeOf(route);
      if (node === undefined || route.dev === undefined || !/^(cali|lxc|azv|eni|gke|veth)/.test(route.dev)) continue;
      const prefix = parsePrefix(route.dst);
      if (prefix === undefined || prefix.length !== (prefix.family === 4 ? 32 : 128)) continue;
      const address = route.dst.split('/')[0]!;
      if (!this.#pods.has(address)) this.#pods.set(address, { role: 'pod', node, name: route.dev, at: route });
    }
  }

  #readServices(): void {
    for (const service of this.facts.services) {
      for (const ip of [service.cluster_ip, ...(service.cluster_ips ?? []), ...(service.external_ips ?? [])]) {
        const address = ip === undefined ? undefined : canonicalAddress(ip);
        if (address !== undefined && !this.#nodeByAddress.has(address)) {
          this.#services.set(address, { role: 'service', name: service.name, at: service });
        }
      }
    }
    for (const rule of this.facts.rules) {
      if (rule.chain !== 'KUBE-SERVICES') continue;
      const address = /(?:^|\s)-d ([0-9a-fA-F.:]+)\/(?:32|128)(?=\s)/.exec(rule.spec)?.[1];
      const name = /"?([\w.-]+\/[\w.:-]+) (?:cluster IP|loadbalancer IP|external IP)/.exec(
        rule.comment ?? rule.spec,
      )?.[1];
      const canonical = address === undefined ? undefined : canonicalAddress(address);
      if (
        canonical !== undefined &&
        name !== undefined &&
        !this.#services.has(canonical) &&
        !this.#nodeByAddress.has(canonical)
      ) {
        this.#services.set(canonical, { role: 'service', name, at: rule });
      }
    }
    for (const setting of this.facts.settings) {
      if (!SERVICE_NETWORK_SETTING.test(setting.key)) continue;
      for (const part of setting.value.split(',')) {
        const prefix = parsePrefix(part.trim());
        if (prefix !== undefined && prefix.length > 0) this.#serviceRanges.push({ prefix, at: setting });
      }
    }
    for (const endpoint of this.facts.endpoints) {
      const address = canonicalAddress(endpoint.address);
      if (address === undefined || this.#pods.has(address) || this.#nodeByAddress.has(address)) continue;
      if (endpoint.pod !== undefined || endpoint.node !== undefined) {
        this.#pods.set(address, {
          role: 'pod',
          node: endpoint.node === undefined ? undefined : this.names.of(endpoint.node),
          name: endpoint.pod ?? endpoint.service,
          at: endpoint,
        });
      }
    }
  }

  #knownNodes(): KnownNodes {
    return {
      sources: this.sources,
      nodeOf: (at) => this.nodeOf(at),
      named: (name) => this.named(name),
      device: (node, ifname) => this.device(node, ifname),
      nodeWithAddress: (address) => this.nodeWithAddress(address),
      overlayOwner: (address) => this.#overlayOwner(address),
      uplinks: this.#uplinkPrefixes.map(({ prefix }) => prefix),
    };
  }

  #overlayOwner(address: string): string | undefined {
    for (const node of this.nodes.values()) if (node.overlayAddresses.has(address)) return node.name;
    return undefined;
  }
}

const isFirstAddress = (prefix: Prefix, address: string): boolean => {
  const host = parsePrefix(address);
  return host !== undefined && host.first === prefix.first;
};
