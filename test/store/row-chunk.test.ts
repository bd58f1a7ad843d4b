import fc from 'fast-check';
import { expect, it } from 'vitest';
import { big, bool, int, maybe, type RowOf, real, table, text, texts } from '../../src/core/table.js';
import { duckdb } from '../../src/store/duckdb.js';
import { rowsOf } from '../../src/store/result-rows.js';
import { RowChunk } from '../../src/store/row-chunk.js';

const kinds = table('kinds', 'A column of every type.', {
  text: maybe(text('')),
  texts: maybe(texts('')),
  int: maybe(int('')),
  big: maybe(big('')),
  real: maybe(real('')),
  bool: maybe(bool('')),
});

type Kinds = RowOf<typeof kinds>;

// Without lone surrogates, which no UTF-8 has; with NUL, and long enough to lie outside the column.
const words = fc.string({ unit: 'binary', maxLength: 40 });
const row: fc.Arbitrary<Kinds> = fc.record(
  {
    text: words,
    texts: fc.array(fc.string({ maxLength: 20 }), { maxLength: 4 }),
    int: fc.maxSafeInteger(),
    big: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    real: fc.double({ noNaN: true }),
    bool: fc.boolean(),
  },
  { requiredKeys: [] },
);

async function written(rows: readonly Kinds[], flushAt: number): Promise<readonly object[]> {
  const connection = await (await duckdb.DuckDBInstance.create(':memory:')).connect();
  await connection.run(
    'CREATE TABLE kinds (source INTEGER, line INTEGER, text VARCHAR, texts VARCHAR[], int BIGINT, big BIGINT, real DOUBLE, bool BOOLEAN)',
  );
  const appender = await connection.createAppender('kinds');
  const chunk = new RowChunk(appender, kinds, 'placed');
  for (const [at, values] of rows.entries()) {
    chunk.add(values, 7, at);
    if (at === flushAt) chunk.flush();
  }
  chunk.flush();
  appender.closeSync();
  return rowsOf(await connection.run('SELECT * FROM kinds ORDER BY line'));
}

const plain = (value: unknown): unknown =>
  typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : (value ?? null);

const asRead = (values: Kinds, line: number): object => ({
  source: 7,
  line,
  ...Object.fromEntries(
    Object.keys(kinds.columns).map((name) => [name, plain((values as Record<string, unknown>)[name])]),
  ),
});

it('gives back every value, and none where there was none, of one vector and of several', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 500 }),
      fc.nat(3000),
      async (some, times, flushAt) => {
        const rows = Array.from({ length: times }, () => some).flat();
        expect(await written(rows, flushAt)).toEqual(rows.map(asRead));
      },
    ),
    { numRuns: 30 },
  );
});
