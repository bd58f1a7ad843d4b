import type { CalicoNode } from './calico-node.js';
import type { IntendedWay, Lines } from './intent.js';

/** Calico's IP in IP: BIRD learns the block from the peer, and writes the route by the peer's node address into tunl0, onlink. */
export function ipipWay(own: CalicoNode, peer: CalicoNode, subnet: IntendedWay['subnet'], pool: Lines): IntendedWay {
  const way = { backend: 'Calico IPIP', from: own.node, to: peer.node, subnet } as const;
  const { address } = peer;
  if (address === undefined) return way;
  return {
    ...way,
    route: {
      prefix: subnet.value,
      via: address.value.address,
      dev: 'tunl0',
      onlink: true,
      proto: 'bird',
      at: [...subnet.at, ...address.at, ...pool],
    },
  };
}
