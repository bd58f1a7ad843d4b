/** What a network device is for, as far as its kind or name tells. */
export type DeviceRole = 'loopback' | 'overlay' | 'workload' | 'bridge' | 'uplink' | 'any';

/**
 * Names that CNIs and the kernel give: they are part of the CNIs' contracts (flannel `backend/vxlan`, Calico `cali*`,
 * `tunl0`, `vxlan.calico`, Cilium `lxc*`, `cilium_*`, Weave, Antrea, Kube-OVN, kube-router, the AWS, Azure and GKE CNIs).
 */
const OVERLAY =
  /^(flannel[.\d-]|flannel$|vxlan|tunl\d|cilium_(vxlan|geneve)|vxlan\.calico|wireguard\.cali|wg-v6\.cali|wg\d|kube-?bridge-tun|weave-|vethwe|genev|gre\d|ipip\d|sit\d|antrea-tun|genev_sys|vxlan_sys|tun\d|ovn0|flannel-wg|flannel-v6)/;
const WORKLOAD = /^(veth|cali|lxc|azv|eni|gke|tap|nic-|vnet|[0-9a-f]{12,}_h$)/;
/** Bridges of pods and containers, and the routed gateway devices that some CNIs have in their place. */
const BRIDGE =
  /^(cni\d|cbr\d|br-[0-9a-f]{12}$|docker|bridge|virbr|weave$|kube-bridge|podman|mynet|nerdctl|lxcbr|lxdbr|antrea-gw|ovn-k8s-mp|cilium_host|cilium_net)/;
/** Dummies that only hold addresses of services: nothing ever passes them. */
const HOLDER = /^(kube-ipvs|nodelocaldns|dummy\d)/;

/** True for devices that hold service addresses and nothing else (kube-proxy in IPVS mode, node-local DNS). */
export const holdsServices = (name: string): boolean => /^(kube-ipvs|nodelocaldns)/.test(name);

/** Classifies a device by its kind (from `ip -d link`) when known, else by name. */
export function deviceRole(name: string, kind?: string): DeviceRole {
  if (name === 'lo' || name.startsWith('Loopback') || HOLDER.test(name)) return 'loopback';
  if (name === 'any') return 'any';
  switch (kind) {
    case 'vxlan':
    case 'geneve':
    case 'ipip':
    case 'ip6tnl':
    case 'gre':
    case 'gretap':
    case 'sit':
    case 'tun':
    case 'wireguard':
      return OVERLAY.test(name) || kind !== 'tun' ? 'overlay' : 'workload';
    case 'bridge':
      return BRIDGE.test(name) ? 'bridge' : 'uplink';
    case 'veth':
      return OVERLAY.test(name) ? 'overlay' : WORKLOAD.test(name) ? 'workload' : 'uplink';
  }
  if (OVERLAY.test(name)) return 'overlay';
  if (BRIDGE.test(name)) return 'bridge';
  if (WORKLOAD.test(name)) return 'workload';
  return 'uplink';
}

/**
 * Roles of one node's devices. A bridge whose every port is a pod's cable is a bridge of pods, whatever it is called; one
 * with a network card among its ports is the node's own uplink.
 */
export function deviceRoles(
  links: readonly {
    readonly ifname: string;
    readonly kind?: string | undefined;
    readonly master?: string | undefined;
  }[],
): ReadonlyMap<string, DeviceRole> {
  const kinds = new Map<string, string | undefined>();
  const ports = new Map<string, Set<string>>();
  for (const { ifname, kind, master } of links) {
    kinds.set(ifname, kind ?? kinds.get(ifname));
    if (master !== undefined) ports.set(master, (ports.get(master) ?? new Set()).add(ifname));
  }
  const roles = new Map([...kinds].map(([name, kind]) => [name, deviceRole(name, kind)]));
  for (const [bridge, own] of ports) {
    // Without -d nothing tells the kind; what pods' cables have for a master is a bridge.
    if (!['bridge', undefined].includes(kinds.get(bridge)) || roles.get(bridge) !== 'uplink') continue;
    if ([...own].every((port) => roles.get(port) === 'workload')) roles.set(bridge, 'bridge');
  }
  return roles;
}
