import type { CalicoNode } from './calico-node.js';
import type { IntendedWay, Lines } from './intent.js';

const DEVICE = 'vxlan.calico';

/**
 * Calico's VXLAN (felix/dataplane/linux/vxlan_mgr.go): a route to each block by the peer's tunnel address, onlink; for the
 * peer a permanent neighbour (its tunnel address has its tunnel MAC) and an FDB entry (that MAC is at its node address).
 */
export function vxlanWay(own: CalicoNode, peer: CalicoNode, subnet: IntendedWay['subnet'], pool: Lines): IntendedWay {
  const way = { backend: 'Calico VXLAN', from: own.node, to: peer.node, subnet } as const;
  const { address, vxlanAddress, vxlanMac } = peer;
  if (vxlanAddress === undefined) return way;
  const via = vxlanAddress.value;
  return {
    ...way,
    route: {
      prefix: subnet.value,
      via,
      dev: DEVICE,
      onlink: true,
      proto: '80',
      at: [...subnet.at, ...vxlanAddress.at, ...pool],
    },
    neighbour:
      vxlanMac === undefined
        ? undefined
        : { address: via, dev: DEVICE, mac: vxlanMac.value, at: [...vxlanMac.at, ...vxlanAddress.at] },
    fdb:
      vxlanMac === undefined || address === undefined
        ? undefined
        : { mac: vxlanMac.value, dev: DEVICE, dst: address.value.address, at: [...address.at, ...vxlanMac.at] },
  };
}
