import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NumberValues } from '../../src/store/column-range.js';
import { duckdb } from '../../src/store/duckdb.js';
import { type NumberType, ParquetFile } from '../../src/store/parquet-file.js';

/** Values of each type, extremes and long runs of one value among them. */
const VALUE: Readonly<Record<NumberType, fc.Arbitrary<bigint>>> = {
  INTEGER: fc.bigInt(-(2n ** 31n), 2n ** 31n - 1n),
  UINTEGER: fc.bigInt(0n, 2n ** 32n - 1n),
  BIGINT: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
};

interface Column {
  readonly type: NumberType;
  /** By row group. */
  readonly groups: readonly (readonly bigint[])[];
}

const table: fc.Arbitrary<readonly Column[]> = fc
  .record({
    types: fc.array(fc.constantFrom<NumberType>('INTEGER', 'UINTEGER', 'BIGINT'), { minLength: 1, maxLength: 40 }),
    rows: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 3 }),
  })
  .chain(({ types, rows }) =>
    fc.tuple(
      ...types.map((type) =>
        fc
          .tuple(
            ...rows.map((count) =>
              fc.oneof(
                VALUE[type].map((value) => Array<bigint>(count).fill(value)),
                fc.array(VALUE[type], { minLength: count, maxLength: count }),
              ),
            ),
          )
          .map((groups): Column => ({ type, groups })),
      ),
    ),
  );

/** As they lie in memory, with more room behind the last row, as the store has it. */
function inMemory(type: NumberType, values: readonly bigint[]): NumberValues {
  if (type === 'BIGINT') {
    const words = new Int32Array(2 * values.length + 6);
    new BigInt64Array(words.buffer, 0, values.length).set(values);
    return { kind: 'words', values: words };
  }
  const array = type === 'INTEGER' ? new Int32Array(values.length + 5) : new Uint32Array(values.length + 5);
  array.set(values.map(Number));
  return { kind: 'narrow', values: array };
}

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podtrail-test-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

it('the database reads back every value, and knows smallest and largest', async () => {
  const connection = await (await duckdb.DuckDBInstance.create(':memory:')).connect();
  let files = 0;
  await fc.assert(
    fc.asyncProperty(table, async (columns) => {
      const path = join(dir, `${files++}.parquet`);
      const file = new ParquetFile(
        path,
        columns.map(({ type }, i) => ({ name: `c${i}`, type })),
      );
      const groups = columns[0]!.groups.map((values) => values.length);
      // Two at a time are handed over before anything can have been written, the third is after a pause.
      for (const [g, rows] of groups.entries()) {
        if (g === 2) await new Promise((done) => setTimeout(done, 5));
        file.append(
          columns.map(({ type, groups }) => inMemory(type, groups[g]!)),
          rows,
        );
      }
      await file.close();
      const read = (await connection.runAndReadAll(`FROM '${path}'`)).getColumnsJS();
      expect(read.map((values) => values.map((value) => BigInt(value as number)))).toEqual(
        columns.map(({ groups }) => groups.flat()),
      );
      const known = await connection.runAndReadAll(
        `SELECT stats_min_value::HUGEINT, stats_max_value::HUGEINT FROM parquet_metadata('${path}') ORDER BY column_id, row_group_id`,
      );
      const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
      expect(known.getRowsJS()).toEqual(
        columns.flatMap(({ groups }) =>
          groups.map((values) => [...values].sort(compare)).map((sorted) => [sorted[0]!, sorted.at(-1)!]),
        ),
      );
    }),
    { numRuns: 60 },
  );
});

it('takes a few bytes for a column that does not change', async () => {
  const path = join(dir, 'constant.parquet');
  const file = new ParquetFile(path, [{ name: 'c', type: 'INTEGER' }]);
  file.append([{ kind: 'narrow', values: new Int32Array(100_000).fill(7) }], 100_000);
  await file.close();
  const connection = await (await duckdb.DuckDBInstance.create(':memory:')).connect();
  const [row] = (
    await connection.runAndReadAll(`SELECT total_compressed_size, num_values FROM parquet_metadata('${path}')`)
  ).getRowsJS();
  expect(Number(row![0])).toBeLessThan(100);
  expect(Number(row![1])).toBe(100_000);
});

it('leaves a file alone that is there', async () => {
  const path = join(dir, 'there.parquet');
  await new ParquetFile(path, []).close();
  expect(() => new ParquetFile(path, [])).toThrow('EEXIST');
});
