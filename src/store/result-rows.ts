import type {
  DuckDBDataChunk,
  DuckDBMaterializedResult,
  DuckDBResult,
  DuckDBType,
  DuckDBValue,
} from '@duckdb/node-api';
import { duckdb } from './duckdb.js';
import type { SqlRow } from './event-store.js';

/** Distinct texts of a column that are remembered. Beyond them it is taken for one whose texts do not come back. */
const MOST_TEXTS = 20_000;

/**
 * Rows of a result as plain objects, made straight from its chunks of 2,048 rows, so that no second copy of a large result
 * lies in memory. Integers come as numbers (bigint beyond 2^53), lists as arrays. Equal texts of a column are one string: the
 * rules of a hundred nodes say the same, and so do their chains and tables.
 */
export function rowsOf(result: DuckDBMaterializedResult): SqlRow[] {
  const rows = new Rows(result);
  // Taken on this thread: to ask another one for each chunk would cost a small result more than the query.
  for (let i = 0; i < result.chunkCount; i++) rows.add(result.getChunk(i));
  return rows.rows;
}

/** The same from a result that the database makes while it is read. */
export async function rowsOfStream(result: DuckDBResult): Promise<SqlRow[]> {
  const rows = new Rows(result);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || rows.add(chunk) === 0) return rows.rows;
  }
}

class Rows {
  readonly rows: Record<string, unknown>[] = [];
  readonly #names: readonly string[];
  readonly #texts: readonly Map<string, string>[];
  /** An object read from JSON has room for its columns within itself, and no more; a copy keeps most outside. */
  readonly #empty: string;

  constructor(result: DuckDBResult) {
    this.#names = result.deduplicatedColumnNames();
    this.#texts = this.#names.map(() => new Map<string, string>());
    this.#empty = JSON.stringify(Object.fromEntries(this.#names.map((name) => [name, null])));
  }

  /** @returns how many rows the chunk had */
  add(chunk: DuckDBDataChunk): number {
    // Asked once: each time it goes through to the database.
    const count = chunk.rowCount;
    if (count === 0) return 0;
    const first = this.rows.length;
    for (let i = 0; i < count; i++) this.rows.push(JSON.parse(this.#empty));
    for (const [column, name] of this.#names.entries()) {
      const vector = chunk.getColumnVector(column);
      const known = this.#texts[column]!;
      for (let i = 0; i < count; i++) {
        const value = plain(vector.getItem(i), vector.type);
        this.rows[first + i]![name] = typeof value === 'string' ? once(value, known) : value;
      }
    }
    return count;
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
