import { covers, type Prefix } from './prefix.js';

/** Pairs that are given at most: a hundred thousand owners of one prefix would make billions. */
const MOST = 10_000;

/**
 * Pairs of entries whose prefixes have an address in common and that `count`, each as two indexes, the smaller first, in
 * ascending order; at most 10,000. Prefixes are nested or apart, so of a sorted list only those that still hold the next one
 * need to be asked.
 */
export function nestedPairs(
  entries: readonly { readonly prefix: Prefix }[],
  count: (a: number, b: number) => boolean,
): readonly (readonly [number, number])[] {
  const order = entries.map((_, index) => index);
  order.sort((a, b) => outerFirst(entries[a]!.prefix, entries[b]!.prefix) || a - b);
  const holders: number[] = [];
  const pairs: [number, number][] = [];
  for (const index of order) {
    while (holders.length > 0 && !covers(entries[holders.at(-1)!]!.prefix, entries[index]!.prefix)) holders.pop();
    for (const holder of holders) {
      const [a, b] = holder < index ? [holder, index] : [index, holder];
      if (pairs.length < MOST && count(a, b)) pairs.push([a, b]);
    }
    holders.push(index);
  }
  return pairs.sort(([a, b], [c, d]) => a - c || b - d);
}

const outerFirst = (a: Prefix, b: Prefix): number => {
  if (a.family !== b.family) return a.family - b.family;
  return a.first < b.first ? -1 : a.first > b.first ? 1 : a.length - b.length;
};
