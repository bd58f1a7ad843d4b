import type { Cluster } from '../cluster.js';
import type { Placed } from '../facts.js';
import { buildRulesets, type Hints } from '../netfilter/build-rulesets.js';
import { ruleDumpScope } from '../netfilter/rule-dump-scope.js';
import { RuleReader } from '../netfilter/rule-reader.js';
import type { Ruleset } from '../netfilter/ruleset.js';
import { perCluster, perNode } from '../per-cluster.js';
import { rowsByKey } from '../rows-by.js';

/**
 * Rows of a kind, by node. Each kind is sorted once: with a hundred nodes, to search it for each would take most of the time.
 */
const sortedRows = perCluster((cluster: Cluster) => {
  const sorted = new Map<readonly Placed[], ReadonlyMap<string | undefined, readonly Placed[]>>();
  return (rows: readonly Placed[]) => {
    const known = sorted.get(rows) ?? rowsByKey(rows, (row) => cluster.nodeOf(row));
    sorted.set(rows, known);
    return known;
  };
});

/** A node's own of the rows of a kind (`cluster.facts.routes`). */
export const ownRows = <R extends Placed>(
  cluster: Cluster,
  rows: readonly R[],
  node: string | undefined,
): readonly R[] => (sortedRows(cluster)(rows).get(node) ?? []) as readonly R[];

const reader = perCluster(() => new RuleReader());

/** Sources of a node of which lines are missing: a pipe filtered them, or some were not understood. */
export const lackingDumps = perNode(
  (cluster, node): ReadonlySet<number> =>
    new Set(
      cluster
        .dumpsOn(node)
        .filter((dump) => dump.filtered || dump.skipped !== undefined)
        .map((dump) => dump.source),
    ),
);

/** What its dumps of rules were asked for. A dump with lines missing shows nothing whole. */
function scopes(cluster: Cluster, node: string): Pick<Hints, 'lacking' | 'narrowed' | 'allTables'> {
  const lacking = lackingDumps(cluster, node);
  const dumps = cluster.dumpsOn(node).map(({ source, command }) => ({ source, ...ruleDumpScope(command) }));
  const those = (which: (dump: (typeof dumps)[number]) => boolean): ReadonlySet<number> =>
    new Set(dumps.filter(which).map(({ source }) => source));
  return {
    lacking,
    narrowed: those(({ oneChain }) => oneChain),
    allTables: those(({ allTables, source }) => allTables && !lacking.has(source)),
  };
}

/** The netfilter rules of a node, from all its dumps. */
export const hostRulesets = perNode((cluster, node): readonly Ruleset[] =>
  buildRulesets(
    ownRows(cluster, cluster.facts.chains, node),
    ownRows(cluster, cluster.facts.rules, node),
    {
      ...scopes(cluster, node),
      legacyHidden: ownRows(cluster, cluster.facts.logs, node).flatMap(({ code, source }) =>
        code === 'legacy-tables-present' ? [source] : [],
      ),
    },
    reader(cluster),
  ),
);
