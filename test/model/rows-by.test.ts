import { describe, expect, it } from 'vitest';
import { rowsBy, rowsByKey } from '../../src/model/rows-by.js';

interface Row {
  readonly key: string | undefined;
  readonly n: number;
}

const row = (key: string | undefined, n: number): Row => ({ key, n });

describe('rows by a key', () => {
  const rows = [row('b', 1), row('a', 2), row(undefined, 3), row('b', 4)];

  it('are found in their order, those without a key, too', () => {
    const by = rowsBy(({ key }: Row) => key);
    expect(by(rows, 'b').map(({ n }) => n)).toEqual([1, 4]);
    expect(by(rows, undefined).map(({ n }) => n)).toEqual([3]);
    expect(by(rows, 'c')).toEqual([]);
  });

  it('of one list are not those of another, in whatever order lists are asked', () => {
    const by = rowsBy(({ key }: Row) => key);
    const others = [row('b', 9)];
    expect([rows, others, rows].map((list) => by(list, 'b').map(({ n }) => n))).toEqual([[1, 4], [9], [1, 4]]);
  });

  it('sort a list once while it alone is asked', () => {
    let asked = 0;
    const by = rowsBy(({ key }: Row) => {
      asked++;
      return key;
    });
    for (let i = 0; i < 100; i++) by(rows, 'a');
    expect(asked).toBe(rows.length);
  });

  it('take a key like any other that every object has', () => {
    expect(rowsByKey([row('constructor', 1)], ({ key }) => key).get('constructor')).toHaveLength(1);
    expect(rowsByKey([], () => 'a').get('constructor')).toBeUndefined();
  });
});
