import type { Placed } from './facts.js';
import { perCluster } from './per-cluster.js';

/** Lists of the cluster's objects that the bundle may show in part. */
export type ListName = 'nodes' | 'pods' | 'services' | 'endpoints';

/**
 * Lists that end in the middle, or that the API server handed out in part (`metadata.continue`), with the line that tells: what is
 * not in them may well exist.
 */
export const cutLists = perCluster(
  ({ facts }): ReadonlyMap<ListName, Placed> =>
    new Map(
      facts.settings.flatMap((row): readonly (readonly [ListName, Placed])[] =>
        row.component === 'list' && row.key === 'cut' ? [[row.object as ListName, row]] : [],
      ),
    ),
);
