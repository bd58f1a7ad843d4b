import { canonicalAddress } from '../core/address.js';
import { announced } from './announced.js';
import type { Cluster } from './cluster.js';
import type { Placed } from './facts.js';
import { specialRole } from './special-address.js';

/** An address that a node really has, or is known by inside the cluster. */
export interface NodeAddress {
  readonly node: string;
  readonly address: string;
  /** Interface, when `ip addr` shows it. */
  readonly ifname: string | undefined;
  readonly at: Placed;
}

/**
 * The nodes' own addresses: what they announce inside the cluster, and what stands on the device of a default route or
 * beside an announced address. A bridge that somebody made for pods, a second network of virtual machines, a VIP that
 * moved: these stand on uplinks as well and are no address that the node is known by.
 */
export function nodeAddresses(cluster: Cluster): readonly NodeAddress[] {
  const known = announced(cluster).filter((a) => a.use !== 'outside');
  const text = new Set(known.map((a) => a.address));
  const defaults = new Set(
    cluster.facts.routes
      .filter((r) => (r.dst === '0.0.0.0/0' || r.dst === '::/0') && r.dev !== undefined)
      .map((r) => `${cluster.nodeOf(r)} ${r.dev}`),
  );
  const found = new Map<string, NodeAddress>();
  for (const a of cluster.facts.addresses) {
    const node = cluster.nodeOf(a);
    const address = canonicalAddress(a.address);
    if (node === undefined || address === undefined || specialRole(address) !== undefined) continue;
    if (cluster.device(node, a.ifname) !== 'uplink') continue;
    if (!text.has(address) && !defaults.has(`${node} ${a.ifname}`)) continue;
    found.set(`${node} ${address}`, { node, address, ifname: a.ifname, at: a });
  }
  for (const a of known) {
    const key = `${a.node} ${a.address}`;
    if (!found.has(key) && specialRole(a.address) === undefined)
      found.set(key, { node: a.node, address: a.address, ifname: undefined, at: a.at });
  }
  return [...found.values()];
}
