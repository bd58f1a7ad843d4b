import type { Cite } from '../core/finding.js';
import { contains, covers, formatPrefix, type Prefix, parsePrefix } from '../core/prefix.js';
import type { Host } from '../model/host/host.js';
import type { Case } from './cause.js';

/** Where a node's pods have their addresses from, as another node's route names it. */
export interface Subnet {
  readonly text: string;
  readonly prefix: Prefix;
  readonly node?: string | undefined;
  readonly cite?: Cite | undefined;
}

/** The pod subnet that an address is in, or undefined when it is no pod's. */
export function subnetOf(given: Case, address: string): Subnet | undefined {
  const owner = given.cluster.owner(address);
  if (!['pod', 'pod-range', 'vtep', 'gateway'].includes(owner.role)) return undefined;
  const range = given.cluster.podRange(address, true);
  if (range !== undefined)
    return {
      text: formatPrefix(range.prefix),
      prefix: range.prefix,
      node: range.node,
      cite: { role: `pod subnet of ${range.node}`, at: range.at },
    };
  const prefix = parsePrefix(`${address}/${lengthOf(given, address)}`);
  if (prefix === undefined) return undefined;
  return {
    text: formatPrefix(prefix),
    prefix,
    node: owner.node,
    cite: owner.at === undefined ? undefined : { role: `${address} is a pod`, at: owner.at },
  };
}

/** Where nothing tells the subnet itself: its pool's blocks, or the subnets of the other nodes, all of one size, tell how large it is. */
function lengthOf({ cluster, facts }: Case, address: string): number {
  const host = address.includes(':') ? 128 : 32;
  const block = facts.pools.find((pool) => {
    const prefix = parsePrefix(pool.cidr);
    return pool.block_size !== undefined && prefix !== undefined && contains(prefix, address);
  });
  if (block?.block_size !== undefined) return block.block_size;
  const sizes = new Set(
    cluster.podRanges
      .filter((r) => r.node !== undefined && r.prefix.family === (host === 32 ? 4 : 6) && r.prefix.length < host)
      .map((r) => r.prefix.length),
  );
  return sizes.size === 1 && host === 32 ? [...sizes][0]! : host;
}

/** True when any table has a route to the prefix, or to a part of it, besides a default route. */
export const hasRoute = (host: Host, prefix: Prefix): boolean =>
  [...host.tables.values()].some((table) =>
    table.value.some(
      (r) => r.prefix.length > 0 && r.type === 'unicast' && (covers(r.prefix, prefix) || covers(prefix, r.prefix)),
    ),
  );
