import type { DuckDBAppender } from '@duckdb/node-api';
import { bindings, duckdb, VECTOR } from './duckdb.js';
import { LineRows } from './line-rows.js';
import { type ParquetColumn, ParquetFile } from './parquet-file.js';
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
  #rows: LineRows | undefined = new LineRows();
  /** Taken in turn with the other, which may still be on its way to the file. */
  #other: LineRows | undefined;
  #spilled: ParquetFile | undefined;

  /** `file` is where the Parquet file goes. */
  constructor(
    private readonly file: string,
    private readonly guard: WriteGuard,
  ) {}

  add(source: number, line: number, text: string): void {
    if (this.#rows!.full(UTF8 * text.length)) this.#spill();
    this.#rows!.add(source, line, text);
  }

  /** The same for an ASCII text that lies in bytes [from, to). */
  addBytes(source: number, line: number, bytes: Uint8Array, from: number, to: number): void {
    if (this.#rows!.full(to - from)) this.#spill();
    this.#rows!.addBytes(source, line, bytes, from, to);
  }

  /** Ends writing: nothing can be added any more. Returns the Parquet file that holds all lines, or undefined when `appender` got them. */
  async end(appender: DuckDBAppender): Promise<string | undefined> {
    const rows = this.#rows!;
    const file = this.#spilled;
    if (file === undefined) this.guard.run(() => append(appender, rows));
    else {
      if (rows.count > 0) this.#spill();
      await this.guard.wait(() => file.close());
    }
    // Their memory is wanted by the queries that come now.
    this.#rows = undefined;
    this.#other = undefined;
    return file?.path;
  }

  #spill(): void {
    const rows = this.#rows!;
    this.guard.run(() => {
      this.#spilled ??= new ParquetFile(this.file, COLUMNS);
      if (!this.#spilled.append(rows.values, rows.count)) return;
      this.#rows = this.#other ?? new LineRows();
      this.#other = rows;
    });
    this.#rows!.clear();
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
