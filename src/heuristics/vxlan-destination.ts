import { isAmong } from '../model/among.js';
import type { Placed } from '../model/facts.js';
import type { Scene } from '../model/scene.js';
import { Leases, type Standing } from './vxlan-lease.js';
import type { Moment } from './vxlan-moment.js';

/** What is known of an inner destination. */
export interface Destination {
  readonly address: string;
  /** The address, or the subnet when it stands for one. */
  readonly text: string;
  readonly node?: string | undefined;
  readonly at?: Placed | undefined;
  /** A pod or device that is listed with its node, not only a range of addresses. */
  readonly listed: boolean;
  readonly lease: Standing | 'unclear' | undefined;
  /** True when the outer address may have been translated before it was seen: then only a positive sign counts. */
  readonly mayBeTranslated: boolean;
}

/** CNIs that give pods addresses by themselves, whatever podCIDR the node objects name. */
const OWN_IPAM = /^(vxlan\.calico|vxlan-v6\.calico|tunl0|cilium_|weave$|vxlan-6784|antrea-|ovn-k8s-|ovn0)/;

/** Whose inner destinations are, as far as a verdict may stand on it. */
export class Destinations {
  readonly leases: Leases;
  /** True when a node object's podCIDR tells where pods are. */
  readonly podCidrCounts: boolean;

  constructor(private readonly scene: Scene) {
    const { facts } = scene.cluster;
    this.leases = new Leases(scene);
    // Every Linux host with the ipip module has a tunl0, but not with an address.
    this.podCidrCounts = !(
      facts.links.some((link) => link.ifname !== 'tunl0' && OWN_IPAM.test(link.ifname)) ||
      facts.addresses.some((a) => OWN_IPAM.test(a.ifname)) ||
      facts.routes.some((route) => route.dev !== undefined && OWN_IPAM.test(route.dev)) ||
      facts.nodeAnnotations.some((a) => /(IPv4VXLANTunnelAddr|IPv4IPIPTunnelAddr|IPv6VXLANTunnelAddr)$/.test(a.key))
    );
  }

  /** Whose an inner destination is at the time of its packets. */
  of(address: string, moment: Moment, vni: number): Pick<Destination, 'node' | 'at' | 'listed' | 'lease'> {
    const { cluster } = this.scene;
    const owner = cluster.owner(address);
    const found = this.leases.standing(address, moment);
    // Another network identifier than flannel's: another overlay.
    const foreign = typeof found === 'object' && found.vni !== undefined && vni >= 0 && found.vni !== vni;
    const lease = foreign ? undefined : found;
    const { at } = owner;
    const from = (rows: readonly Placed[]): boolean => at !== undefined && isAmong(rows, at);
    const { leases, nodes, routes } = cluster.facts;
    if (from(leases) && this.leases.subnetOf(address) !== undefined) {
      // Which of several leases is the newest is not the cluster's concern.
      if (typeof lease !== 'object') return { listed: false, lease };
      return { node: cluster.nodeWithAddress(lease.address) ?? lease.node, at: lease.at, listed: false, lease };
    }
    if (from(nodes) && owner.role !== 'node' && !this.podCidrCounts) return { listed: false, lease };
    const range = from(leases) || from(nodes) || from(routes);
    return { node: owner.node, at, listed: owner.node !== undefined && !range, lease };
  }
}
