import { canonicalAddress } from '../core/address.js';
import { contains, isPrivate, type Prefix, parsePrefix } from '../core/prefix.js';
import { PrefixIndex } from '../core/prefix-index.js';
import type { SourceRow } from '../store/dimensions.js';
import type { NodeNames } from './attribution.js';
import { type ClusterNode, ClusterNodes, type Uplink } from './cluster-nodes.js';
import type { DeviceRole } from './device.js';
import type { Facts, Placed } from './facts.js';
import { leasedSubnets } from './leased-subnets.js';
import type { Owner } from './owner.js';
import { readPodAddresses } from './pod-addresses.js';
import { type KnownNodes, type PodRange, readPodRanges } from './pod-ranges.js';
import { rowsByKey } from './rows-by.js';
import { readServiceAddresses, type ServiceAddresses } from './service-addresses.js';
import { specialRole } from './special-address.js';

/** Who owns which address, from every piece of configuration that the bundle holds. */
export class Cluster {
  readonly nodes: ReadonlyMap<string, ClusterNode>;
  readonly #nodes: ClusterNodes;
  readonly #pods: ReadonlyMap<string, Owner>;
  readonly #services: ServiceAddresses;
  /** Longest prefix first. */
  readonly podRanges: readonly PodRange[];
  readonly #rangeIndex: PrefixIndex<PodRange>;
  readonly #uplinks: PrefixIndex<Uplink>;
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
    const nodeOf = (at: { readonly source: number }): string | undefined => this.nodeOf(at);
    this.#dumps = rowsByKey(
      this.sources.filter(({ netns }) => netns === undefined),
      ({ node }) => node,
    );
    this.#shown = new Set(facts.addresses.map(nodeOf));
    this.#nodes = new ClusterNodes(facts, names, nodeOf);
    this.nodes = this.#nodes.byName;
    this.#uplinks = new PrefixIndex(this.#nodes.uplinks);
    this.#pods = readPodAddresses(facts, names, this.#nodes, nodeOf);
    this.#services = readServiceAddresses(facts, this.#nodes, nodeOf);
    const ranges = readPodRanges(facts, this.#knownNodes());
    for (const range of ranges) if (range.node !== undefined) this.#nodes.node(range.node).podRanges.push(range);
    this.podRanges = [...ranges].sort((a, b) => b.prefix.length - a.prefix.length);
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
    this.#nodes.addAddress(node, address, at);
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
    return this.#nodes.withAddress(address);
  }

  /** Whose address this is. */
  owner(address: string): Owner {
    const special = specialRole(address);
    if (special !== undefined) return { role: special };
    const pod = this.#pods.get(address);
    if (pod !== undefined) return pod;
    const node = this.#nodes.withAddress(address);
    if (node !== undefined) return { role: 'node', node, name: node, at: this.nodes.get(node)?.addresses.get(address) };
    const inner = this.#nodes.vtep(address) ?? this.#nodes.gateway(address);
    if (inner !== undefined) return inner;
    const service = this.#services.byAddress.get(address);
    if (service !== undefined) return service;
    const range = this.podRange(address, true);
    // The network address of a node's pod range is what flannel gives its VXLAN device.
    if (range?.node !== undefined) {
      return { role: isFirstAddress(range.prefix, address) ? 'vtep' : 'pod-range', node: range.node, at: range.at };
    }
    const learnt = this.#learnt.get(address);
    if (learnt !== undefined) return learnt;
    for (const { prefix, at } of this.#services.ranges) if (contains(prefix, address)) return { role: 'service', at };
    const uplink = this.#uplinks.longest(address, () => true);
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
    return this.#nodes.device(node, ifname);
  }

  #knownNodes(): KnownNodes {
    return {
      sources: this.sources,
      nodeOf: (at) => this.nodeOf(at),
      named: (name) => this.named(name),
      device: (node, ifname) => this.device(node, ifname),
      nodeWithAddress: (address) => this.nodeWithAddress(address),
      overlayOwner: (address) => this.#nodes.vtep(address)?.node,
      uplinks: this.#nodes.uplinks.map(({ prefix }) => prefix),
    };
  }
}

const isFirstAddress = (prefix: Prefix, address: string): boolean => {
  const host = parsePrefix(address);
  return host !== undefined && host.first === prefix.first;
};
