import type { FlannelPeer } from './flannel-peer.js';
import type { IntendedDevice, IntendedWay } from './intent.js';

/** Name that pkg/backend/ipip gives its device (tunnelName). */
const DEVICE = 'flannel.ipip';

/** flannel's IP in IP (pkg/backend/ipip): a route to each lease's subnet by the peer's public IP on flannel.ipip, onlink. */
export function ipipWay(directRouting: boolean | undefined, own: FlannelPeer, peer: FlannelPeer) {
  return (subnet: IntendedWay['subnet']): IntendedWay => {
    const way = { backend: 'flannel ipip', from: own.node, to: peer.node, subnet } as const;
    const { publicIp } = peer;
    if (publicIp === undefined || directRouting !== false) return way;
    const at = [...subnet.at, ...publicIp.at] as const;
    return { ...way, route: { prefix: subnet.value, via: publicIp.value, dev: DEVICE, onlink: true, at } };
  };
}

/** The node's device. */
export const ipipDevice: IntendedDevice = { name: DEVICE, kind: 'ipip' };
