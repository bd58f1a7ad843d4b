import { canonicalAddress } from '../core/address.js';
import { type Prefix, parsePrefix } from '../core/prefix.js';
import type { Cluster } from './cluster.js';
import type { DeviceRole } from './device.js';
import type { Placed } from './facts.js';

/** An address on an interface of a node, as `ip addr` shows it. */
export interface InterfaceAddress {
  readonly ifname: string;
  readonly device: DeviceRole;
  readonly address: string;
  readonly prefix: Prefix;
  readonly at: Placed;
}

/** A node's interfaces with their addresses. */
export interface Interfaces {
  readonly list: readonly InterfaceAddress[];
  /** Families of which a whole listing is there (it shows the loopback device): only then an absence counts. */
  readonly whole: ReadonlySet<4 | 6>;
  readonly sources: readonly number[];
}

/** All addresses of a node's interfaces, from all dumps of it: one that it had at any time counts as its own. */
export function interfacesOf(cluster: Cluster, node: string): Interfaces {
  const list: InterfaceAddress[] = [];
  const whole = new Set<4 | 6>();
  const sources = new Set<number>();
  for (const a of cluster.facts.addresses) {
    if (cluster.nodeOf(a) !== node) continue;
    const address = canonicalAddress(a.address);
    const prefix = parsePrefix(`${a.address}/${a.prefix_length}`);
    if (address === undefined || prefix === undefined) continue;
    sources.add(a.source);
    if (a.ifname === 'lo') whole.add(prefix.family);
    list.push({ ifname: a.ifname, device: cluster.device(node, a.ifname), address, prefix, at: a });
  }
  return { list, whole, sources: [...sources] };
}

/** Whether the node is there, as far as the bundle tells: its object says Ready, or something was collected on it. */
export function isLive(cluster: Cluster, node: string): boolean {
  const rows = cluster.facts.nodes.filter((n) => cluster.named(n.name) === node && n.status !== undefined);
  const last = rows.at(-1)?.status;
  return last === undefined || /^Ready\b/.test(last) || cluster.showsInterfaces(node);
}
