import type { Cluster } from '../cluster.js';
import type { FlannelPeer } from './flannel-peer.js';
import type { IntendedWay } from './intent.js';
import { onLink } from './link.js';

/**
 * flannel's host-gw (pkg/backend/hostgw): a route to each lease's subnet by the peer's public IP, on the interface that
 * flannel uses, which must have that address on its link. No tunnel, no entries.
 */
export function hostGatewayWay(cluster: Cluster, own: FlannelPeer, peer: FlannelPeer) {
  return (subnet: IntendedWay['subnet']): IntendedWay => {
    const way = { backend: 'flannel host-gw', from: own.node, to: peer.node, subnet } as const;
    const { publicIp } = peer;
    const link = publicIp === undefined ? undefined : onLink(cluster, own.node, publicIp.value);
    if (publicIp === undefined || link?.kind !== 'yes') return way;
    const at = [...subnet.at, ...publicIp.at, ...link.dev.at] as const;
    return { ...way, route: { prefix: subnet.value, via: publicIp.value, dev: link.dev.value, onlink: false, at } };
  };
}
