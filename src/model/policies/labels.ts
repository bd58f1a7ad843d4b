import type { Cluster } from '../cluster.js';
import type { Placed } from '../facts.js';
import { livePods } from '../live-pods.js';

export type Labels = ReadonlyMap<string, string>;

/** Labels with the line that shows them. */
export interface Shown {
  readonly labels: Labels;
  readonly at: Placed;
}

/** A pod as policies see it. */
export interface PolicyPod {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly node: string | undefined;
  readonly at: Placed;
  /** Absent where no object of the pod is in the bundle: tables do not show labels. */
  readonly shown: Shown | undefined;
}

const labelsOf = (pairs: readonly string[]): Labels =>
  new Map(
    pairs.map((pair): [string, string] => {
      const end = pair.indexOf('=');
      return end < 0 ? [pair, ''] : [pair.slice(0, end), pair.slice(end + 1)];
    }),
  );

/** The live pod that has an address; undefined when none is known, or two claim it. */
export function podWithAddress(cluster: Cluster, address: string): PolicyPod | undefined {
  const pods = livePods(cluster).filter((pod) => pod.addresses.includes(address));
  if (new Set(pods.map(({ at }) => at.name)).size !== 1) return undefined;
  const best = pods.find(({ at }) => at.namespace !== undefined) ?? pods[0]!;
  const { name, namespace } = best.at;
  const row = cluster.facts.objectLabels.findLast(
    (one) =>
      one.kind === 'Pod' &&
      one.name === name &&
      (namespace === undefined || (one.namespace ?? namespace) === namespace),
  );
  return {
    name,
    namespace: namespace ?? row?.namespace,
    node: best.node,
    at: best.at,
    shown: row === undefined ? undefined : { labels: labelsOf(row.labels), at: row },
  };
}

/** The label that the API server gives every namespace since 1.21 (KEP 2161). */
export const NAME_LABEL = 'kubernetes.io/metadata.name';

/** Labels of a namespace; undefined where its object is not in the bundle. */
export function namespaceLabels(cluster: Cluster, namespace: string): Labels | undefined {
  const row = cluster.facts.objectLabels.findLast((one) => one.kind === 'Namespace' && one.name === namespace);
  return row === undefined ? undefined : new Map([[NAME_LABEL, namespace], ...labelsOf(row.labels)]);
}
