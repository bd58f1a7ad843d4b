import type { DuckDBAppender } from '@duckdb/node-api';
import type { ColumnType, Table } from '../core/table.js';
import { type ChunkColumn, chunkColumn } from './chunk-columns.js';
import { bindings, duckdb, VECTOR } from './duckdb.js';

const { BIGINT, BOOLEAN, DOUBLE, INTEGER, LIST, VARCHAR } = duckdb;

const TYPES: Readonly<Record<ColumnType, Parameters<typeof duckdb.DuckDBDataChunk.create>[0][number]>> = {
  text: VARCHAR,
  texts: LIST(VARCHAR),
  int: BIGINT,
  big: BIGINT,
  real: DOUBLE,
  bool: BOOLEAN,
};

/**
 * Chunks that the appender may hold: left to itself it holds a hundred, beside the memory that the database has, and twice that for a
 * moment when they go on to the table.
 */
const HELD_CHUNKS = 8;

/** Rows of a table on their way to the database, columns of 2,048 rows at a time: a call for each value of each row takes twice as long. */
export class RowChunk {
  readonly #names: readonly string[];
  readonly #columns: readonly ChunkColumn[];
  readonly #chunk: InstanceType<typeof duckdb.DuckDBDataChunk>;
  readonly #places: readonly Int32Array[];
  #rows = 0;
  #handed = 0;

  /** `placed`: rows stand behind the source and the line that they were read from. */
  constructor(
    private readonly appender: DuckDBAppender,
    table: Table,
    placed: 'placed' | 'unplaced',
  ) {
    const columns = Object.entries(table.columns);
    this.#names = columns.map(([name]) => name);
    this.#places = placed === 'placed' ? [new Int32Array(VECTOR), new Int32Array(VECTOR)] : [];
    const types = [...this.#places.map(() => INTEGER), ...columns.map(([, { type }]) => TYPES[type])];
    this.#chunk = duckdb.DuckDBDataChunk.create(types, VECTOR);
    this.#columns = columns.map(([, { type }], at) => chunkColumn(type, this.#vector(this.#places.length + at)));
  }

  /** `row` must fit (see `oversized`). `source` and `line` are the place of one that is placed. */
  add(row: object, source = 0, line = 0): void {
    const at = this.#rows++;
    const values = row as Readonly<Record<string, unknown>>;
    if (this.#places.length > 0) {
      this.#places[0]![at] = source;
      this.#places[1]![at] = line;
    }
    for (let i = 0; i < this.#columns.length; i++) this.#columns[i]!.set(at, values[this.#names[i]!]);
    if (this.#rows === VECTOR) this.#hand();
  }

  /** Makes all rows known to queries. */
  flush(): void {
    this.#hand();
    this.appender.flushSync();
  }

  #vector(at: number): ReturnType<typeof bindings.data_chunk_get_vector> {
    return bindings.data_chunk_get_vector(this.#chunk.chunk, at);
  }

  #hand(): void {
    if (this.#rows === 0) return;
    this.#places.forEach((values, at) => {
      bindings.copy_data_to_vector(this.#vector(at), 0, values.buffer as ArrayBuffer, 0, 4 * this.#rows);
    });
    for (const column of this.#columns) column.end(this.#rows);
    this.#chunk.rowCount = this.#rows;
    this.appender.appendDataChunk(this.#chunk);
    // Frees the texts, which the appender has copied.
    this.#chunk.reset();
    this.#rows = 0;
    if (++this.#handed % HELD_CHUNKS === 0) this.appender.flushSync();
  }
}
