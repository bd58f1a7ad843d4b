import { announced } from '../model/announced.js';
import { type Interfaces, interfacesOf } from '../model/interfaces.js';
import { ownerOfSubnet } from '../model/subnet-owner.js';
import type { Case } from './cause.js';

/** Whom the next hops of all hosts stand for, read once: a large cluster has a route per pair of nodes. */
export interface NextHops {
  readonly announcements: ReturnType<typeof announced>;
  readonly interfaces: (node: string) => Interfaces;
  /** By next hop, the owners of the subnets that routes of any host lead to by it; undefined for anything else. */
  readonly behind: ReadonlyMap<string, ReadonlySet<string | undefined>>;
  /** By host, the nodes whose pods it reaches by their own addresses. */
  readonly straight: ReadonlyMap<string, ReadonlySet<string>>;
}

const KNOWN = new WeakMap<Case['hosts'], NextHops>();

/** Built on first use. */
export function nextHops({ cluster, hosts }: Case): NextHops {
  const before = KNOWN.get(hosts);
  if (before !== undefined) return before;
  const behind = new Map<string, Set<string | undefined>>();
  const straight = new Map<string, Set<string>>();
  for (const host of hosts.values())
    for (const table of host.tables.values())
      for (const { prefix, hops } of table.value)
        for (const { via } of hops) {
          if (via === undefined) continue;
          const owner = ownerOfSubnet(cluster, prefix)?.node;
          behind.set(via, (behind.get(via) ?? new Set()).add(owner));
          if (owner !== undefined && owner !== host.name && cluster.nodeWithAddress(via) === owner)
            straight.set(host.name, (straight.get(host.name) ?? new Set()).add(owner));
        }
  const shown = new Map<string, Interfaces>();
  const interfaces = (node: string): Interfaces => {
    const own = shown.get(node) ?? interfacesOf(cluster, node);
    shown.set(node, own);
    return own;
  };
  const known: NextHops = { announcements: announced(cluster), interfaces, behind, straight };
  KNOWN.set(hosts, known);
  return known;
}
