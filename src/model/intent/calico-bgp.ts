import type { Cluster } from '../cluster.js';
import { type CalicoNode, sameSubnet } from './calico-node.js';
import type { IntendedWay, Lines } from './intent.js';
import { onLink } from './link.js';

/**
 * Calico without encapsulation: BIRD writes a plain route to each block by the peer's node address. Of a peer behind a router
 * BIRD resolves the next hop by the node's own routes: what comes out is for the site to decide, and unknown.
 */
export function bgpWay(
  cluster: Cluster,
  own: CalicoNode,
  peer: CalicoNode,
  subnet: IntendedWay['subnet'],
  pool: Lines,
): IntendedWay {
  const way = { backend: 'Calico BGP', from: own.node, to: peer.node, subnet } as const;
  const { address } = peer;
  if (address === undefined || sameSubnet(own, peer) !== true) return way;
  const link = onLink(cluster, own.node, address.value.address);
  if (link.kind !== 'yes') return way;
  return {
    ...way,
    route: {
      prefix: subnet.value,
      via: address.value.address,
      dev: link.dev.value,
      onlink: false,
      proto: 'bird',
      at: [...subnet.at, ...address.at, ...link.dev.at, ...pool],
    },
  };
}
