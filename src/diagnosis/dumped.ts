import { perCluster } from '../model/per-cluster.js';

/** What of its nodes the bundle shows. */
export interface Dumped {
  /** Nodes with a dump of their network: where kubectl was typed may be no node. */
  readonly nodes: readonly string[];
  /** Those with routes: what `ip addr` implies of them decides little. */
  readonly routed: ReadonlySet<string>;
}

/** Looked up once per bundle. */
export const dumped = perCluster((cluster): Dumped => {
  const { routes, addresses, links, neighbours, fdb, rules, chains, sysctls } = cluster.facts;
  const namesOf = (rows: readonly { readonly source: number }[]): readonly string[] => [
    ...new Set(rows.flatMap((row) => cluster.nodeOf(row) ?? [])),
  ];
  const all = [routes, addresses, links, neighbours, fdb, rules, chains, sysctls].flatMap(namesOf);
  const shown = new Set(all);
  return { nodes: cluster.dumpedNodes.filter((node) => shown.has(node)), routed: new Set(namesOf(routes)) };
});
