import { describe, expect, it } from 'vitest';
import { pairsOf } from '../../../src/model/journey/standing.js';

const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `n${i}`);

describe('conversations that every cluster must be able to hold', () => {
  it('are between all pairs of a small cluster', () => {
    expect(pairsOf(names(4), () => false)).toHaveLength(12);
    expect(pairsOf(names(10), () => true)).toHaveLength(90);
  });

  it('are a part in a large one, in which every node with dumps sends and receives', () => {
    for (const count of [11, 50, 60]) {
      const all = names(count);
      const pairs = pairsOf(all, () => true);
      expect(pairs.length).toBeLessThanOrEqual(60);
      expect(new Set(pairs.map(([from]) => from)).size).toBe(count);
      expect(new Set(pairs.map(([, to]) => to)).size).toBe(count);
    }
  });

  it('start at nodes that the bundle has dumps of, and go to the others as well', () => {
    const pairs = pairsOf(names(40), (name) => name === 'n3' || name === 'n7');
    expect(pairs.slice(0, 2)).toEqual([
      ['n3', 'n7'],
      ['n7', 'n3'],
    ]);
    expect(new Set(pairs.map(([from]) => from))).toEqual(new Set(['n3', 'n7']));
    expect(new Set(pairs.map(([, to]) => to)).size).toBe(40);
    expect(pairsOf(names(40), () => false)).toEqual([]);
  });
});
