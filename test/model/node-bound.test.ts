import { expect, it } from 'vitest';
import { boundNodes } from '../../src/model/node-bound.js';
import type { SourceRow } from '../../src/store/dimensions.js';

it('takes all dumps of the nodes beyond the bound away, and none of the first ones', () => {
  const sources = ['a', undefined, 'b', 'c', 'a', 'c', 'b'].map(
    (node, i): SourceRow => ({ source: i + 1, artifact: 1, format: 'ip-route', filtered: false, node }),
  );
  expect(boundNodes(sources, 2).map(({ source }) => source)).toEqual([4, 6]);
  expect(sources.map(({ node }) => node)).toEqual(['a', undefined, 'b', undefined, 'a', undefined, 'b']);
  expect(boundNodes(sources, 2)).toEqual([]);
});
