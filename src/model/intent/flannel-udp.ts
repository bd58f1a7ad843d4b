import { parsePrefix } from '../../core/prefix.js';
import type { FlannelConfig } from './flannel-config.js';
import type { FlannelPeer } from './flannel-peer.js';
import type { IntendedDevice, IntendedWay } from './intent.js';

/** Default of pkg/backend/udp (defaultPort); the configuration's Port changes it. */
const DEFAULT_PORT = 8285;

/**
 * flannel's UDP (pkg/backend/udp): one TUN device flannel0 with one route for the whole network. flanneld itself knows the
 * leases, so there are no routes, neighbours or FDB entries for a single node.
 */
export function udpWay(config: FlannelConfig, own: FlannelPeer, peer: FlannelPeer) {
  return (subnet: IntendedWay['subnet']): IntendedWay => {
    const network = config.networks.find(({ value }) => parsePrefix(value)?.family === subnet.value.family);
    const prefix = network === undefined ? undefined : parsePrefix(network.value);
    return {
      backend: 'flannel udp',
      from: own.node,
      to: peer.node,
      subnet,
      route:
        network === undefined || prefix === undefined
          ? undefined
          : { prefix, dev: 'flannel0', onlink: false, at: network.at },
    };
  };
}

/** The node's device. */
export const udpDevice = ({ port }: FlannelConfig): IntendedDevice => ({
  name: 'flannel0',
  kind: 'tun',
  port: port?.value === 0 ? { ...port, value: DEFAULT_PORT } : port,
});
