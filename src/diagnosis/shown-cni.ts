import type { Remedy } from '../core/finding.js';
import type { Cluster } from '../model/cluster.js';
import { perCluster } from '../model/per-cluster.js';

/** CNIs that remedies have words for, and all others. */
export type CniName = 'flannel' | 'calico' | 'cilium' | 'other';

/** What only one CNI makes: pods of its agent, devices, chains, annotations of nodes, components of logs. */
const SIGNS: readonly (readonly [CniName, RegExp])[] = [
  [
    'flannel',
    /^(?:(?:rke2-)?(?:kube-flannel|flannel|canal)(?:-|$)|flannel[.\d]|flannel-v6|FLANNEL-|flannel\.alpha\.coreos\.com\/|flanneld?$)/,
  ],
  [
    'calico',
    /^(?:(?:rke2-)?(?:calico-node|canal)(?:-|$)|cali[0-9a-f]{8,11}$|vxlan(?:-v6)?\.calico$|cali-|projectcalico\.org\/|(?:felix|bird|confd|calico-startup|calico-cni|calico-node)$)/,
  ],
  ['cilium', /^(?:cilium(?:-[a-z0-9]{5})?$|cilium_|CILIUM_|lxc[0-9a-f]{12,13}$|network\.cilium\.io\/|cilium-agent$)/],
  [
    'other',
    /^(?:(?:weave-net|kube-router|antrea-agent|kube-ovn-cni|ovnkube-node|aws-node|azure-cns|kindnet)(?:-|$)|weave$|vethwe-|WEAVE|kube-bridge$|KUBE-ROUTER-|antrea-(?:gw|tun)\d|ANTREA-|ovn0$|ovn-k8s-|genev_sys_|eni[0-9a-f]{11}$|AWS-)/,
  ],
];

/** The CNIs of which the bundle shows anything. A bare cluster, wired by hand or by a script, shows none. */
export const shownCnis = perCluster((cluster): ReadonlySet<CniName> => {
  const { facts } = cluster;
  const found = new Set<CniName>();
  const names = new Set([
    ...facts.pods.map(({ name }) => name),
    ...facts.links.map(({ ifname }) => ifname),
    ...facts.addresses.map(({ ifname }) => ifname),
    ...facts.routes.flatMap(({ dev }) => dev ?? []),
    ...facts.fdb.flatMap(({ dev }) => dev ?? []),
    ...facts.neighbours.map(({ dev }) => dev),
    ...facts.chains.map(({ chain }) => chain),
    ...facts.nodeAnnotations.map(({ key }) => key),
    ...facts.logs.map(({ component }) => component),
  ]);
  for (const name of names) for (const [cni, sign] of SIGNS) if (sign.test(name)) found.add(cni);
  if (facts.leases.length > 0) found.add('flannel');
  if (facts.pools.length > 0 || facts.bgpPeers.length > 0 || facts.routes.some(({ proto }) => proto === 'bird'))
    found.add('calico');
  for (const { component } of facts.settings) if (/^cilium/.test(component)) found.add('cilium');
  return found;
});

/** The device of the overlay as the CNI that is shown calls it; a place to fill in where none is. */
export function overlayName(cluster: Cluster): string {
  const cnis = shownCnis(cluster);
  if (cnis.has('flannel')) return 'flannel.1';
  if (cnis.has('calico')) return 'vxlan.calico';
  return cnis.has('cilium') ? 'cilium_vxlan' : 'TUNNEL_DEVICE';
}

/**
 * Remedies for entries of the kernel that somebody wrote: the agent's restart first, and the entries by hand. Where no CNI is
 * shown there may be no agent to restart: then by hand alone, with whom to ask so that it lasts.
 */
export function rewritten(cluster: Cluster, agent: Remedy, byHand: readonly Remedy[]): readonly Remedy[] {
  return shownCnis(cluster).size > 0 || byHand.length === 0 ? [agent, ...byHand] : byHand.map(lasting);
}

const lasting = (remedy: Remedy): Remedy => ({
  ...remedy,
  why: `${remedy.why} The bundle shows no CNI: whoever wrote the entry (a script, a unit of systemd-networkd or netplan, a CNI’s agent that is not shown) has to write it right as well, or it is back after a restart.`,
});
