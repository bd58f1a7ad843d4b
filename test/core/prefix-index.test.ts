import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, covers, type Prefix, parsePrefix } from '../../src/core/prefix.js';
import { PrefixIndex } from '../../src/core/prefix-index.js';

const near = fc.integer({ min: 0, max: 7 });
const text = fc.oneof(
  near.map((n) => `10.0.0.${n}`),
  near.map((n) => `fd00::${n}`),
  near.map((n) => `${240 + n}.0.0.0`),
);
const prefix = fc.tuple(text, fc.integer({ min: 0, max: 128 })).map(([address, length]): Prefix => {
  const bits = address.includes(':') ? 128 : 32;
  return parsePrefix(`${address}/${bits - (length % (bits + 1) < 5 ? length % 5 : length % (bits + 1))}`)!;
});

describe('PrefixIndex', () => {
  it('gives what a look at every prefix gives, the longest first', () => {
    fc.assert(
      fc.property(fc.array(prefix, { maxLength: 40 }), text, (prefixes, address) => {
        const entries = prefixes.map((one, number) => ({ prefix: one, number }));
        const plain = entries
          .filter((entry) => contains(entry.prefix, address))
          .sort((a, b) => b.prefix.length - a.prefix.length || a.number - b.number);
        const index = new PrefixIndex(entries);
        expect([...index.holding(address)]).toEqual(plain);
        expect(index.longest(address, ({ number }) => number % 2 === 0)).toEqual(
          plain.find(({ number }) => number % 2 === 0),
        );
      }),
    );
  });

  it('gives what covers a prefix, and what lies in it, as comparisons do', () => {
    fc.assert(
      fc.property(fc.array(prefix, { maxLength: 40 }), prefix, (prefixes, asked) => {
        const entries = prefixes.map((one) => ({ prefix: one }));
        const index = new PrefixIndex(entries);
        expect(index.within(asked)).toEqual(entries.filter((entry) => covers(asked, entry.prefix)));
        expect(new Set(index.covering(asked))).toEqual(new Set(entries.filter((entry) => covers(entry.prefix, asked))));
      }),
    );
  });

  it('gives nothing for what is no address', () => {
    expect([...new PrefixIndex([{ prefix: parsePrefix('0.0.0.0/0')! }]).holding('node-1')]).toEqual([]);
  });
});
