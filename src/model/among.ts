import type { Placed } from './facts.js';

/** True when the very row is one of these, which are in the order of their places; a set of a hundred thousand would be as large as they. */
export function isAmong(rows: readonly Placed[], row: Placed): boolean {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const { source, line } = rows[middle]!;
    if (source < row.source || (source === row.source && line < row.line)) low = middle + 1;
    else high = middle;
  }
  for (let at = low; at < rows.length; at++) {
    if (rows[at] === row) return true;
    if (rows[at]!.source !== row.source || rows[at]!.line !== row.line) return false;
  }
  return false;
}
