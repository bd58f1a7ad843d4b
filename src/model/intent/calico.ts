import type { ippool } from '../../core/event/cni.js';
import { parsePrefix } from '../../core/prefix.js';
import type { Cluster } from '../cluster.js';
import type { Fact } from '../facts.js';
import type { CniNetwork } from '../pod-networks.js';
import { bgpWay } from './calico-bgp.js';
import { ipipWay } from './calico-ipip.js';
import { type CalicoNode, calicoNode, poolOf, sameSubnet } from './calico-node.js';
import { vxlanWay } from './calico-vxlan.js';
import type { Cni, IntendedDevice, IntendedWay, Known } from './intent.js';

/**
 * Calico: the pool of a block says how it is reached (Always, CrossSubnet, Never for IP in IP and for VXLAN), and by
 * natOutgoing whether its pods are translated towards what is in no pool (felix/rules/nat.go: `match-set cali40masq-ipam-pools
 * src, ! match-set cali40all-ipam-pools dst -j MASQUERADE`).
 */
export const calico: Cni = {
  name: 'Calico',
  ways(cluster, from, to) {
    const [own, peer] = [calicoNode(cluster, from), calicoNode(cluster, to)];
    if (!takesPart(own)) return [];
    return peer.blocks.flatMap((block) => {
      const pool = poolOf(cluster, block.value);
      return pool === undefined ? [] : (wayTo(cluster, own, peer, block, pool) ?? []);
    });
  },
  device(cluster, node) {
    const own = calicoNode(cluster, node);
    return takesPart(own) ? devicesOf(cluster)[0] : undefined;
  },
  masquerade(cluster, _node, pod) {
    const address = parsePrefix(pod);
    const pool = address === undefined ? undefined : poolOf(cluster, address);
    return pool?.nat_outgoing === undefined
      ? undefined
      : {
          wanted: pool.nat_outgoing,
          option: `natOutgoing of pool ${pool.name}`,
          networks: cluster.facts.pools.map((p): Known<string> => ({ value: p.cidr, at: [p] })),
          at: [pool],
        };
  },
};

type Pool = Fact<typeof ippool>;

/** By the pool's modes; undefined when a mode, or for CrossSubnet a node's address, is not known. */
function wayTo(
  cluster: Cluster,
  own: CalicoNode,
  peer: CalicoNode,
  block: Known<IntendedWay['subnet']['value']>,
  pool: Pool,
): IntendedWay | undefined {
  const near = sameSubnet(own, peer);
  const tunnelled = (mode: string | undefined): boolean | undefined =>
    mode === 'Always'
      ? true
      : mode === 'Never'
        ? false
        : mode === 'CrossSubnet' && near !== undefined
          ? !near
          : undefined;
  const [vxlan, ipip] = [tunnelled(pool.vxlan_mode), tunnelled(pool.ipip_mode)];
  // One pool has at most one of both.
  if (vxlan === true) return vxlanWay(own, peer, block, [pool]);
  if (ipip === true) return ipipWay(own, peer, block, [pool]);
  return vxlan === false && ipip === false ? bgpWay(cluster, own, peer, block, [pool]) : undefined;
}

/** True for a node that Calico's agent runs on: the agent announces the node's address, and takes blocks for its pods. */
const takesPart = (own: CalicoNode): boolean => own.address !== undefined || own.blocks.length > 0;

/** Tunnel devices that the pools ask for. Felix's own settings may change port and VNI, so these are unknown here. */
function devicesOf(cluster: Cluster): readonly IntendedDevice[] {
  const { pools } = cluster.facts;
  const asks = (mode: string | undefined): boolean => mode === 'Always' || mode === 'CrossSubnet';
  return [
    ...(pools.some((pool) => asks(pool.vxlan_mode)) ? [{ name: 'vxlan.calico', kind: 'vxlan' } as const] : []),
    ...(pools.some((pool) => asks(pool.ipip_mode)) ? [{ name: 'tunl0', kind: 'ipip' } as const] : []),
  ];
}

/** The pools, as networks that pods get addresses of. */
export function poolNetworks(cluster: Cluster): readonly CniNetwork[] {
  return cluster.facts.pools.flatMap((pool): CniNetwork[] => {
    const prefix = parsePrefix(pool.cidr);
    return prefix === undefined
      ? []
      : [
          {
            prefix,
            text: pool.cidr,
            kind: 'pool',
            name: pool.name,
            disabled: pool.disabled === true,
            natOutgoing: pool.nat_outgoing,
            at: pool,
          },
        ];
  });
}
