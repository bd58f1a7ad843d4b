import type { Cluster } from '../cluster.js';
import type { Cni } from './intent.js';

/**
 * Which CNI lays the ways between nodes. What a kernel shows counts more than objects: annotations and pools of a CNI that
 * was replaced stay behind. With signs of two and nothing to tell them apart it is not known.
 */
export function signs(cluster: Cluster): Cni['name'] | undefined {
  const { facts } = cluster;
  const devices = [...facts.links, ...facts.addresses].map(({ ifname }) => ifname);
  const routes = facts.routes;
  const flannelRuns =
    facts.leases.length > 0 ||
    devices.some((name) => /^flannel[.\d]/.test(name)) ||
    routes.some((route) => /^flannel[.\d]/.test(route.dev ?? '')) ||
    facts.chains.some((chain) => chain.chain.startsWith('FLANNEL-'));
  const calicoRuns =
    devices.includes('vxlan.calico') ||
    routes.some((route) => route.proto === 'bird' || route.dev === 'vxlan.calico' || route.dev === 'tunl0');
  if (flannelRuns !== calicoRuns) return calicoRuns ? 'Calico' : flannelOrCanal(cluster, devices);
  if (flannelRuns) return undefined;
  const flannelTold =
    facts.settings.some((one) => /^(flannel|canal)$/.test(one.component)) ||
    facts.nodeAnnotations.some((one) => /flannel[^/]*\//.test(one.key));
  const calicoTold = facts.pools.length > 0 || facts.nodeAnnotations.some((one) => one.key === CALICO_ADDRESS);
  if (flannelTold === calicoTold) return flannelTold && isCanal(cluster) ? 'Canal' : undefined;
  return calicoTold ? 'Calico' : flannelOrCanal(cluster, devices);
}

const CALICO_ADDRESS = 'projectcalico.org/IPv4Address';

const flannelOrCanal = (cluster: Cluster, devices: readonly string[]): Cni['name'] =>
  isCanal(cluster) || devices.some((name) => name.startsWith('cali')) ? 'Canal' : 'flannel';

const isCanal = ({ facts }: Cluster): boolean =>
  facts.settings.some((one) => one.component === 'canal') || facts.pods.some((pod) => /^(rke2-)?canal-/.test(pod.name));
