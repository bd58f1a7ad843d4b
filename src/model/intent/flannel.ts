import type { Cluster } from '../cluster.js';
import { type FlannelConfig, flannelConfig } from './flannel-config.js';
import { hostGatewayWay } from './flannel-host-gw.js';
import { ipipDevice, ipipWay } from './flannel-ipip.js';
import { type FlannelPeer, flannelPeer } from './flannel-peer.js';
import { udpDevice, udpWay } from './flannel-udp.js';
import { vxlanDevice, vxlanWay } from './flannel-vxlan.js';
import type { Cni, IntendedDevice, IntendedWay, Known } from './intent.js';

/**
 * flannel: one backend per node, and flanneld ignores leases of another one. With `--ip-masq` it translates what leaves the
 * pod network (pkg/trafficmngr: `-s NETWORK ! -d 224.0.0.0/4 -j MASQUERADE`, what stays inside returns before). Told not to,
 * it leaves that to the bridge plugin (flannel's CNI plugin sets `ipMasq` to the opposite), so nobody knows.
 */
export const flannel: Cni = {
  name: 'flannel',
  ways: flannelWays,
  device: flannelDevice,
  masquerade(cluster, node) {
    const { masquerade, networks } = flannelConfig(cluster, node);
    return masquerade?.value === true ? { wanted: true, option: '--ip-masq', networks, at: masquerade.at } : undefined;
  },
};

/** Ways by flannel's backends, for flannel itself and for Canal. */
export function flannelWays(cluster: Cluster, from: string, to: string): readonly IntendedWay[] {
  const config = flannelConfig(cluster, from);
  const [own, peer] = [flannelPeer(cluster, from), flannelPeer(cluster, to)];
  const type = backendOf(config, own);
  if (type === undefined || (peer.type !== undefined && peer.type.value !== type.value)) return [];
  const way = wayBy(type.value, cluster, config, own, peer);
  return way === undefined ? [] : peer.subnets.map(way);
}

function wayBy(type: string, cluster: Cluster, config: FlannelConfig, own: FlannelPeer, peer: FlannelPeer) {
  switch (type) {
    case 'vxlan':
      return vxlanWay(cluster, config, own, peer);
    case 'host-gw':
      return hostGatewayWay(cluster, own, peer);
    case 'udp':
      return udpWay(config, own, peer);
    case 'ipip':
      return ipipWay(config.directRouting?.value, own, peer);
    default:
      return undefined;
  }
}

/** The tunnel device that a node's backend makes. */
export function flannelDevice(cluster: Cluster, node: string): IntendedDevice | undefined {
  const config = flannelConfig(cluster, node);
  const own = flannelPeer(cluster, node);
  switch (backendOf(config, own)?.value) {
    case 'vxlan':
      return vxlanDevice(config, own);
    case 'udp':
      return udpDevice(config);
    case 'ipip':
      return ipipDevice;
    default:
      return undefined;
  }
}

/**
 * What a node announces is what its agent runs; the config map may be younger than the agent. A node that announces nothing
 * and has no lease may have no agent at all, on purpose.
 */
const backendOf = (config: FlannelConfig, own: FlannelPeer): Known<string> | undefined =>
  own.type ?? (own.publicIp !== undefined || own.subnets.length > 0 ? config.type : undefined);
