import type { SourceRow } from '../store/dimensions.js';

/**
 * Takes the node from the sources of all but the first `most` nodes, in the order of the bundle, and returns these sources: each node is a
 * host of the model with its tables, some 14 kB. What is nobody's is not judged.
 */
export function boundNodes(sources: readonly SourceRow[], most: number): readonly SourceRow[] {
  const nodes = new Set<string>();
  return sources.filter((source) => {
    if (source.node === undefined || nodes.has(source.node)) return false;
    if (nodes.size < most) {
      nodes.add(source.node);
      return false;
    }
    source.node = undefined;
    return true;
  });
}
