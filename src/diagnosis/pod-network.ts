import { covers } from '../core/prefix.js';
import type { Cluster } from '../model/cluster.js';
import { clusterCidrs, cniNetworks, podSubnets } from '../model/pod-networks.js';

/**
 * The network of all pods, as kube-proxy's --cluster-cidr must have it: what the CNI or the controller-manager is told, if the subnets
 * of all nodes and the addresses of all pods lie in it. A node's own subnet is none: packets of the other nodes' pods would be masqueraded.
 */
export function podNetwork(cluster: Cluster, family: 4 | 6 = 4): string | undefined {
  const subnets = podSubnets(cluster).filter(({ prefix }) => prefix.family === family);
  const told = [
    ...cniNetworks(cluster).filter(({ disabled }) => !disabled),
    ...clusterCidrs(cluster).filter(({ at }) => at.component !== 'kube-proxy'),
  ];
  return told.find(
    ({ prefix }) =>
      prefix.family === family &&
      prefix.length > 0 &&
      subnets.every((subnet) => covers(prefix, subnet.prefix)) &&
      !isOneNodes(cluster, prefix),
  )?.text;
}

/** Where nobody tells the network: the word for it, and where it stands. */
export const POD_NETWORK = 'POD_NETWORK';
export const WHERE_POD_NETWORK_STANDS =
  'kubectl cluster-info dump | grep -m1 cluster-cidr; or net-conf.json of flannel, kubectl get ippools -o yaml of Calico';

/** In a cluster of several nodes one node's subnet is not the network of all. */
const isOneNodes = (
  cluster: Cluster,
  prefix: { readonly family: 4 | 6; readonly first: bigint; readonly length: number },
) =>
  cluster.nodes.size > 1 &&
  podSubnets(cluster).some(
    ({ what, prefix: p }) => what !== 'pod' && p.first === prefix.first && p.length === prefix.length,
  );
