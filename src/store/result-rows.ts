import type { DuckDBResult, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { duckdb } from './duckdb.js';
import type { SqlRow } from './event-store.js';

/**
 * Rows of a result as plain objects, made straight from its chunks of 2,048 rows, so that no second copy of a large result
 * lies in memory. Integers come as numbers (bigint beyond 2^53), lists as arrays.
 */
export async function rowsOf(result: DuckDBResult): Promise<SqlRow[]> {
  const names = result.deduplicatedColumnNames();
  const rows: SqlRow[] = [];
  for (;;) {
    const chunk = await result.fetchChunk();
    // Asked once: each time it goes through to the database.
    const count = chunk?.rowCount ?? 0;
    if (chunk === null || count === 0) return rows;
    const first = rows.length;
    for (let i = 0; i < count; i++) rows.push({});
    for (const [column, name] of names.entries()) {
      const vector = chunk.getColumnVector(column);
      for (let i = 0; i < count; i++)
        (rows[first + i] as Record<string, unknown>)[name] = plain(vector.getItem(i), vector.type);
    }
  }
}

function plain(value: DuckDBValue, type: DuckDBType): unknown {
  if (typeof value === 'bigint')
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  if (value === null || typeof value !== 'object') return value;
  return duckdb.JSDuckDBValueConverter(value, type, duckdb.JSDuckDBValueConverter);
}
