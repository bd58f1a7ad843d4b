import type { Cluster } from './cluster.js';
import type { Placed } from './facts.js';
import { perCluster } from './per-cluster.js';

/** Lists of the cluster's objects that the bundle may show in part. */
export type ListName = 'nodes' | 'pods' | 'services' | 'endpoints';

/**
 * Lists that end in the middle, that the API server handed out in part (`metadata.continue`), or that were narrowed by their command
 * (a namespace, a selector, names, `| grep`) while nothing else lists the rest; with the line that tells. What is not in them may
 * well exist.
 */
export const cutLists = perCluster(
  (cluster): ReadonlyMap<ListName, Placed> =>
    new Map([
      ...[...narrowings(cluster)].flatMap(([list, all]): readonly (readonly [ListName, Placed])[] =>
        all[0] === undefined ? [] : [[list, all[0]]],
      ),
      ...cluster.facts.settings.flatMap((row): readonly (readonly [ListName, Placed])[] =>
        row.component === 'list' && row.key === 'cut' ? [[row.object as ListName, row]] : [],
      ),
    ]),
);

/** The same for what a list lacks of one namespace: one that shows this namespace whole lacks nothing of it. */
export function isCutIn(cluster: Cluster, list: ListName, namespace: string | undefined): boolean {
  if (!cutLists(cluster).has(list)) return false;
  const cut = cluster.facts.settings.some(
    (row) => row.component === 'list' && row.key === 'cut' && row.object === list,
  );
  return (
    cut || !(narrowings(cluster).get(list) ?? []).some(({ value }) => value === `namespace=${namespace ?? 'default'}`)
  );
}

/** By list the rows that say that a command narrowed it; none where another list of the same objects was not narrowed. */
const narrowings = perCluster(({ facts }): ReadonlyMap<ListName, readonly (Placed & { readonly value: string })[]> => {
  const rows: Readonly<Record<ListName, readonly Placed[]>> = {
    nodes: facts.nodes,
    pods: facts.pods,
    services: facts.services,
    endpoints: facts.endpoints,
  };
  return new Map(
    (Object.keys(rows) as readonly ListName[]).map((list) => {
      const narrowed = facts.settings.filter(
        (row) => row.component === 'list' && row.key === 'narrowed' && row.object === list,
      );
      const sources = new Set(narrowed.map(({ source }) => source));
      const counts = new Map<number, number>();
      for (const { source } of rows[list]) if (!sources.has(source)) counts.set(source, (counts.get(source) ?? 0) + 1);
      // One object alone is no list.
      const whole = [...counts.values()].some((count) => count > 1);
      return [list, whole ? [] : narrowed];
    }),
  );
});
