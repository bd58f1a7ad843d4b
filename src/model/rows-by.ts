/**
 * Rows of a list by a key. The list that was asked last is sorted, and only that one: whoever goes from node to node with two
 * lookups for each pair must not keep a table for every node. For lists that stay as they are.
 */
export function rowsBy<R>(
  keyOf: (row: R) => string | undefined,
): (rows: readonly R[], key: string | undefined) => readonly R[] {
  let sorted = new WeakMap<readonly R[], ReadonlyMap<string | undefined, readonly R[]>>();
  return (rows, key) => {
    let known = sorted.get(rows);
    if (known === undefined) {
      known = rowsByKey(rows, keyOf);
      sorted = new WeakMap([[rows, known]]);
    }
    return known.get(key) ?? [];
  };
}

/** Rows by a key, in their order; those without one under `undefined`. */
export function rowsByKey<R>(
  rows: readonly R[],
  keyOf: (row: R) => string | undefined,
): ReadonlyMap<string | undefined, readonly R[]> {
  const found = new Map<string | undefined, R[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const list = found.get(key);
    if (list === undefined) found.set(key, [row]);
    else list.push(row);
  }
  return found;
}
