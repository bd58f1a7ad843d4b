import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nestedPairs } from '../../src/core/nested-prefixes.js';
import { overlaps, type Prefix, parsePrefix } from '../../src/core/prefix.js';

const prefix = fc
  .record({
    family: fc.constantFrom(4, 6),
    low: fc.integer({ min: 0, max: 15 }),
    length: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ family, low, length }): Prefix => {
    const bits = family === 4 ? 32 : 128;
    const text = family === 4 ? `0.0.0.${low}/${bits - length}` : `::${low.toString(16)}/${bits - length}`;
    return parsePrefix(text)!;
  });

const everyPair = (entries: readonly { readonly prefix: Prefix }[]): (readonly [number, number])[] =>
  entries.flatMap((a, i) =>
    entries.flatMap((b, j) => (i < j && overlaps(a.prefix, b.prefix) ? [[i, j] as const] : [])),
  );

describe('nestedPairs', () => {
  it('finds what a comparison of all with all finds, in the same order', () => {
    fc.assert(
      fc.property(fc.array(prefix, { maxLength: 30 }), (prefixes) => {
        const entries = prefixes.map((one) => ({ prefix: one }));
        expect(nestedPairs(entries, () => true)).toEqual(everyPair(entries));
      }),
    );
  });

  it('gives no more than it says, where all are the same', () => {
    const entries = Array.from({ length: 400 }, () => ({ prefix: parsePrefix('10.244.1.0/24')! }));
    expect(nestedPairs(entries, () => true)).toHaveLength(10_000);
    expect(nestedPairs(entries, () => false)).toEqual([]);
  });
});
