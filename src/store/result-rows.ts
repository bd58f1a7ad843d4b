import type { DuckDBResult, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { duckdb } from './duckdb.js';
import type { SqlRow } from './event-store.js';

/** Distinct texts of a column that are remembered. Beyond them it is taken for one whose texts do not come back. */
const MOST_TEXTS = 20_000;

/**
 * Rows of a result as plain objects, made straight from its chunks of 2,048 rows, so that no second copy of a large result
 * lies in memory. Integers come as numbers (bigint beyond 2^53), lists as arrays. Equal texts of a column are one string: the
 * rules of a hundred nodes say the same, and so do their chains and tables.
 */
export async function rowsOf(result: DuckDBResult): Promise<SqlRow[]> {
  const names = result.deduplicatedColumnNames();
  const texts = names.map(() => new Map<string, string>());
  // An object read from JSON has room for its columns within itself, and no more; a copy keeps most outside.
  const empty = JSON.stringify(Object.fromEntries(names.map((name) => [name, null])));
  const rows: Record<string, unknown>[] = [];
  for (;;) {
    const chunk = await result.fetchChunk();
    // Asked once: each time it goes through to the database.
    const count = chunk?.rowCount ?? 0;
    if (chunk === null || count === 0) return rows;
    const first = rows.length;
    for (let i = 0; i < count; i++) rows.push(JSON.parse(empty));
    for (const [column, name] of names.entries()) {
      const vector = chunk.getColumnVector(column);
      const known = texts[column]!;
      for (let i = 0; i < count; i++) {
        const value = plain(vector.getItem(i), vector.type);
        rows[first + i]![name] = typeof value === 'string' ? once(value, known) : value;
      }
    }
  }
}

function once(text: string, known: Map<string, string>): string {
  const same = known.get(text);
  if (same !== undefined) return same;
  if (known.size < MOST_TEXTS) known.set(text, text);
  return text;
}

function plain(value: DuckDBValue, type: DuckDBType): unknown {
  if (typeof value === 'bigint')
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  if (value === null || typeof value !== 'object') return value;
  return duckdb.JSDuckDBValueConverter(value, type, duckdb.JSDuckDBValueConverter);
}
