import type { DuckDBAppender } from '@duckdb/node-api';
import { bindings, duckdb, VECTOR } from './duckdb.js';
import { LineRows } from './line-rows.js';
import type { ParquetColumn } from './parquet-file.js';
import { Spill } from './spill.js';
import type { WriteGuard } from './write-guard.js';

const COLUMNS: readonly ParquetColumn[] = [
  { name: 'source', type: 'INTEGER' },
  { name: 'line', type: 'INTEGER' },
  { name: 'text', type: 'VARCHAR' },
];

/** Bytes of a UTF-16 unit in UTF-8, at most. */
const UTF8 = 3;

/** Collects the text of lines: few for the table `line`, many for a Parquet file, as packet-writer.ts does with packets. */
export class LineWriter {
  readonly #spill: Spill<LineRows>;

  /** `file` is where the Parquet file goes. */
  constructor(file: string, guard: WriteGuard) {
    this.#spill = new Spill(file, COLUMNS, () => new LineRows(), guard);
  }

  add(source: number, line: number, text: string): void {
    this.#roomFor(UTF8 * text.length).add(source, line, text);
  }

  /** The same for an ASCII text that lies in bytes [from, to). */
  addBytes(source: number, line: number, bytes: Uint8Array, from: number, to: number): void {
    this.#roomFor(to - from).addBytes(source, line, bytes, from, to);
  }

  /** Ends writing: nothing can be added any more. Returns the Parquet file that holds all lines, or undefined when `appender` got them. */
  end(appender: DuckDBAppender): Promise<string | undefined> {
    return this.#spill.end(this.#spill.rows.count, (rows) => append(appender, rows));
  }

  /** Rows that take a text of so many bytes. */
  #roomFor(bytes: number): LineRows {
    const { rows } = this.#spill;
    if (!rows.full(bytes)) return rows;
    this.#spill.write(rows.count);
    this.#spill.rows.clear();
    return this.#spill.rows;
  }
}

/** Hands lines over to the database, a vector at a time. */
function append(appender: DuckDBAppender, rows: LineRows): void {
  // Both are BIGINT columns: low and high word, the latter always 0.
  const source = new Int32Array(2 * VECTOR);
  const line = new Int32Array(2 * VECTOR);
  const chunk = duckdb.DuckDBDataChunk.create([duckdb.BIGINT, duckdb.BIGINT, duckdb.VARCHAR], VECTOR);
  let count = 0;
  const flush = (): void => {
    bindings.copy_data_to_vector(bindings.data_chunk_get_vector(chunk.chunk, 0), 0, source.buffer, 0, 8 * count);
    bindings.copy_data_to_vector(bindings.data_chunk_get_vector(chunk.chunk, 1), 0, line.buffer, 0, 8 * count);
    chunk.rowCount = count;
    appender.appendDataChunk(chunk);
    // Frees the texts, which the appender has copied.
    chunk.reset();
    count = 0;
  };
  for (const row of rows.each()) {
    source[2 * count] = row.source;
    line[2 * count] = row.line;
    bindings.vector_assign_string_element_len(bindings.data_chunk_get_vector(chunk.chunk, 2), count, row.text);
    if (++count === VECTOR) flush();
  }
  if (count > 0) flush();
  appender.flushSync();
}
