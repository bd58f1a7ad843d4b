import { canonicalAddress } from '../core/address.js';
import { type Prefix, parsePrefix } from '../core/prefix.js';
import type { NodeNames } from './attribution.js';
import { type DeviceRole, deviceRole, deviceRoles, holdsServices } from './device.js';
import type { Facts, Placed } from './facts.js';
import type { Owner } from './owner.js';
import type { PodRange } from './pod-ranges.js';
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

/** A network that a node's physical interface is on. */
export interface Uplink {
  readonly prefix: Prefix;
  readonly dev: string;
  readonly at: Placed;
}

/** Node annotations that hold an address of the node, and those that hold one of its overlay device. */
const NODE_ADDRESS =
  /(public-ip|public-ip-overwrite|public-ipv6|public-ipv6-overwrite|IPv4Address|IPv6Address|internal-ip|external-ip)$/;
const OVERLAY_ADDRESS = /(IPv4VXLANTunnelAddr|IPv4IPIPTunnelAddr|IPv6VXLANTunnelAddr)$/;

/** The nodes with their addresses and devices, as dumps, lists and annotations tell. */
export class ClusterNodes {
  readonly byName = new Map<string, ClusterNode>();
  /** Each network once, with the first device that was read. */
  readonly uplinks: readonly Uplink[];
  readonly #byAddress = new Map<string, string>();
  /** Addresses of overlay devices, and of bridges: where several nodes have the same (docker0), the first one's. */
  readonly #vteps = new Map<string, Owner>();
  readonly #gateways = new Map<string, Owner>();

  constructor(
    facts: Facts,
    names: NodeNames,
    private readonly nodeOf: (at: { readonly source: number }) => string | undefined,
  ) {
    this.#readDevices(facts);
    this.uplinks = this.#readAddresses(facts);
    this.#readAnnounced(facts, names);
    for (const { name, overlayAddresses, bridgeAddresses } of this.byName.values()) {
      for (const [address, at] of overlayAddresses)
        if (!this.#vteps.has(address)) this.#vteps.set(address, { role: 'vtep', node: name, name, at });
      for (const [address, at] of bridgeAddresses)
        if (!this.#gateways.has(address)) this.#gateways.set(address, { role: 'gateway', node: name, name, at });
    }
  }

  /** The node of this name; it becomes known by being asked for. */
  node(name: string): ClusterNode {
    let node = this.byName.get(name);
    if (node === undefined) {
      node = {
        name,
        addresses: new Map(),
        overlayAddresses: new Map(),
        bridgeAddresses: new Map(),
        devices: new Map(),
        podRanges: [],
      };
      this.byName.set(name, node);
    }
    return node;
  }

  /** Notes an address of a node; what is none, or is nobody's own (loopback, multicast), is left out. */
  addAddress(node: string, address: string | undefined, at: Placed): void {
    const canonical = address === undefined ? undefined : canonicalAddress(address);
    if (canonical === undefined || specialRole(canonical) !== undefined) return;
    const known = this.node(node).addresses;
    if (!known.has(canonical)) known.set(canonical, at);
    if (!this.#byAddress.has(canonical)) this.#byAddress.set(canonical, node);
  }

  /** Node that has this address on a physical interface or is known by it. */
  withAddress(address: string): string | undefined {
    return this.#byAddress.get(address);
  }

  /** The node that has this address on an overlay device. */
  vtep(address: string): Owner | undefined {
    return this.#vteps.get(address);
  }

  /** The node that has this address on a bridge of pods. */
  gateway(address: string): Owner | undefined {
    return this.#gateways.get(address);
  }

  /** What a device of a node is for. */
  device(node: string | undefined, ifname: string): DeviceRole {
    return (node === undefined ? undefined : this.byName.get(node)?.devices.get(ifname)) ?? deviceRole(ifname);
  }

  #readDevices(facts: Facts): void {
    const links = new Map<string, Facts['links'][number][]>();
    for (const link of facts.links) {
      const node = this.nodeOf(link);
      if (node === undefined) continue;
      links.set(node, links.get(node) ?? []);
      links.get(node)!.push(link);
    }
    for (const [node, own] of links) {
      for (const [ifname, role] of deviceRoles(own)) this.node(node).devices.set(ifname, role);
    }
  }

  #readAddresses(facts: Facts): readonly Uplink[] {
    const uplinks: Uplink[] = [];
    /** The widest network that begins at an address. */
    const widest = new Map<string, number>();
    for (const a of facts.addresses) {
      const node = this.nodeOf(a);
      const address = canonicalAddress(a.address);
      if (node === undefined || address === undefined) continue;
      const n = this.node(node);
      const role = this.device(node, a.ifname);
      if (role === 'overlay') n.overlayAddresses.set(address, a);
      else if (role === 'bridge') n.bridgeAddresses.set(address, a);
      else if (role === 'uplink' && !holdsServices(a.ifname)) {
        this.addAddress(node, address, a);
        const prefix = parsePrefix(`${address}/${a.prefix_length}`);
        if (prefix === undefined || prefix.length >= (prefix.family === 4 ? 31 : 127)) continue;
        const first = `${prefix.family}/${prefix.first}`;
        if (prefix.length >= (widest.get(first) ?? Number.POSITIVE_INFINITY)) continue;
        widest.set(first, prefix.length);
        uplinks.push({ prefix, dev: a.ifname, at: a });
      }
    }
    return uplinks;
  }

  #readAnnounced(facts: Facts, names: NodeNames): void {
    for (const node of facts.nodes) {
      const name = names.of(node.name);
      this.node(name);
      this.addAddress(name, node.internal_ip, node);
      this.addAddress(name, node.external_ip, node);
    }
    for (const a of facts.nodeAddresses) this.addAddress(names.of(a.node), a.address, a);
    for (const a of facts.nodeAnnotations) {
      if (NODE_ADDRESS.test(a.key)) this.addAddress(names.of(a.node), a.value.replace(/\/\d+$/, ''), a);
      if (OVERLAY_ADDRESS.test(a.key)) this.node(names.of(a.node)).overlayAddresses.set(a.value, a);
    }
    // Pods of the node's own network have its address, and others of the same list may have it as well.
    for (const pod of facts.pods)
      if (pod.host_network === true && pod.node !== undefined) this.addAddress(names.of(pod.node), pod.ip, pod);
  }
}
