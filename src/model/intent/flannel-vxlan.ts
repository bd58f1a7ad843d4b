import { formatPrefix } from '../../core/prefix.js';
import type { Cluster } from '../cluster.js';
import type { FlannelConfig } from './flannel-config.js';
import type { FlannelPeer } from './flannel-peer.js';
import type { IntendedDevice, IntendedWay, Known, Lines } from './intent.js';
import { onLink } from './link.js';

/** The kernel's own port (drivers/net/vxlan/vxlan_core.c: vxlan_port), where flannel sets none. */
const KERNEL_PORT = 8472;

/**
 * flannel's VXLAN (pkg/backend/vxlan): a device `flannel.VNI` without learning, and for each lease one permanent neighbour
 * (the subnet's first address has the peer's VtepMAC), one FDB entry (that MAC is at the peer's public IP) and one route by
 * the subnet's first address, onlink. With DirectRouting a peer on the same link gets a plain route and no entries.
 */
export function vxlanWay(cluster: Cluster, config: FlannelConfig, own: FlannelPeer, peer: FlannelPeer) {
  const vni = own.vni ?? config.vni;
  return (subnet: IntendedWay['subnet']): IntendedWay => {
    const way = { backend: 'flannel vxlan', from: own.node, to: peer.node, subnet } as const;
    const direct = isDirect(cluster, config, own, peer);
    if (direct === undefined) return way;
    if (direct !== false) {
      const at: Lines = [...subnet.at, ...direct.dev.at, ...direct.via.at];
      return {
        ...way,
        route: { prefix: subnet.value, via: direct.via.value, dev: direct.dev.value, onlink: false, at },
      };
    }
    if (vni === undefined) return way;
    const dev = `flannel.${vni.value}`;
    const gateway = formatPrefix(subnet.value).replace(/\/\d+$/, '');
    const { mac, publicIp } = peer;
    return {
      ...way,
      route: { prefix: subnet.value, via: gateway, dev, onlink: true, at: [...subnet.at, ...vni.at] },
      neighbour: mac === undefined ? undefined : { address: gateway, dev, mac: mac.value, at: mac.at },
      fdb:
        mac === undefined || publicIp === undefined
          ? undefined
          : { mac: mac.value, dev, dst: publicIp.value, at: [...publicIp.at, ...mac.at] },
    };
  };
}

/** The plain route's hop when DirectRouting serves the peer, false when the tunnel does, undefined when nothing tells. */
function isDirect(
  cluster: Cluster,
  { directRouting }: FlannelConfig,
  own: FlannelPeer,
  { publicIp }: FlannelPeer,
): { readonly via: Known<string>; readonly dev: Known<string> } | false | undefined {
  if (directRouting?.value === false) return false;
  if (publicIp === undefined) return undefined;
  const link = onLink(cluster, own.node, publicIp.value);
  if (link.kind === 'no') return false;
  return directRouting === undefined || link.kind === 'unknown' ? undefined : { via: publicIp, dev: link.dev };
}

/** The node's device; its VNI and port as the node's lease, log or the whole configuration tell them. */
export function vxlanDevice(config: FlannelConfig, own: FlannelPeer): IntendedDevice | undefined {
  const vni = own.vni ?? config.vni;
  return vni === undefined ? undefined : { name: `flannel.${vni.value}`, kind: 'vxlan', vni, port: vxlanPort(config) };
}

/** The port of VXLAN that a configuration means. */
export const vxlanPort = ({ port }: FlannelConfig): Known<number> | undefined =>
  port?.value === 0 ? { ...port, value: KERNEL_PORT } : port;
