import { expect, it } from 'vitest';
import { EVENT_TABLES } from '../../src/core/event/index.js';
import { STORE_TABLES } from '../../src/store/schema.js';
import { VIEWS } from '../../src/store/views.js';

it('no event table has a column that the store adds itself', () => {
  for (const table of EVENT_TABLES) {
    expect(
      Object.keys(table.columns).filter((name) => ['source', 'line'].includes(name)),
      table.name,
    ).toEqual([]);
  }
});

it('every table and view has a name of its own', () => {
  const names = [...EVENT_TABLES, ...STORE_TABLES, ...VIEWS].map((table) => table.name);
  expect(names).toEqual([...new Set(names)]);
});
