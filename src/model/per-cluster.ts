import type { Cluster } from './cluster.js';

/** The same reading of a cluster, done once. */
export function perCluster<T>(read: (cluster: Cluster) => T): (cluster: Cluster) => T {
  const done = new WeakMap<Cluster, { readonly value: T }>();
  return (cluster) => {
    let known = done.get(cluster);
    if (known === undefined) {
      known = { value: read(cluster) };
      done.set(cluster, known);
    }
    return known.value;
  };
}

/** The same reading of a node, done once for each cluster and node. */
export function perNode<T>(read: (cluster: Cluster, node: string) => T): (cluster: Cluster, node: string) => T {
  const nodes = perCluster(() => new Map<string, { readonly value: T }>());
  return (cluster, node) => {
    const known = nodes(cluster).get(node) ?? { value: read(cluster, node) };
    nodes(cluster).set(node, known);
    return known.value;
  };
}
