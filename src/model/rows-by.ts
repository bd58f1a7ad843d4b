/** Rows by the node that they belong to, in their order; those of nobody under `undefined`. */
export function rowsByNode<R>(
  rows: readonly R[],
  nodeOf: (row: R) => string | undefined,
): ReadonlyMap<string | undefined, readonly R[]> {
  const found = new Map<string | undefined, R[]>();
  for (const row of rows) {
    const node = nodeOf(row);
    const list = found.get(node);
    if (list === undefined) found.set(node, [row]);
    else list.push(row);
  }
  return found;
}
