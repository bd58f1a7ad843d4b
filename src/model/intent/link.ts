import { canonicalAddress } from '../../core/address.js';
import { contains, parsePrefix } from '../../core/prefix.js';
import type { Cluster } from '../cluster.js';
import type { Known } from './intent.js';

/** The uplink of a node whose network holds an address: `yes` with its name, `no` when the node's addresses are shown without such. */
export type OnLink =
  | { readonly kind: 'yes'; readonly dev: Known<string> }
  | { readonly kind: 'no' }
  | { readonly kind: 'unknown' };

/** Whether an address is on the link of a node's uplinks, as `ip addr` of that node shows them. */
export function onLink(cluster: Cluster, node: string, address: string): OnLink {
  let shown = false;
  for (const own of cluster.facts.addresses) {
    if (cluster.nodeOf(own) !== node || cluster.device(node, own.ifname) !== 'uplink') continue;
    if (canonicalAddress(own.address)?.includes(':') !== address.includes(':')) continue;
    shown = true;
    const network = parsePrefix(`${own.address}/${own.prefix_length}`);
    if (network !== undefined && contains(network, address))
      return { kind: 'yes', dev: { value: own.ifname, at: [own] } };
  }
  return { kind: shown ? 'no' : 'unknown' };
}
