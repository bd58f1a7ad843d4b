import type { DuckDBAppender, DuckDBDataChunk } from '@duckdb/node-api';
import type { Vector } from '@duckdb/node-bindings';
import { bindings, duckdb, VECTOR } from './duckdb.js';
import type { WriteGuard } from './write-guard.js';

/** Chunks of one row group. The appender would hold more, and text is big. */
const ROW_GROUP = 60;

/** Fills data chunks with the text of lines and appends them to `line`. */
export class LineWriter {
  readonly #appender: DuckDBAppender;
  readonly #chunk: DuckDBDataChunk;
  /** Both are BIGINT columns: low and high word, the latter always 0. */
  readonly #source = new Int32Array(2 * VECTOR);
  readonly #line = new Int32Array(2 * VECTOR);
  #texts: Vector;
  #rows = 0;
  #chunks = 0;

  constructor(
    appender: DuckDBAppender,
    private readonly guard: WriteGuard,
  ) {
    this.#appender = appender;
    this.#chunk = duckdb.DuckDBDataChunk.create([duckdb.BIGINT, duckdb.BIGINT, duckdb.VARCHAR], VECTOR);
    this.#texts = this.#vector(2);
  }

  add(source: number, line: number, text: string): void {
    // Full only when it could not be handed over: fails again rather than write beyond the chunk.
    if (this.#rows === VECTOR) this.flush();
    const row = this.#rows;
    this.#source[2 * row] = source;
    this.#line[2 * row] = line;
    bindings.vector_assign_string_element(this.#texts, row, text);
    if (++this.#rows === VECTOR) this.flush();
  }

  /** Hands the rows over to the database. */
  flush(): void {
    if (this.#rows === 0) return;
    bindings.copy_data_to_vector(this.#vector(0), 0, this.#source.buffer, 0, 8 * this.#rows);
    bindings.copy_data_to_vector(this.#vector(1), 0, this.#line.buffer, 0, 8 * this.#rows);
    this.#chunk.rowCount = this.#rows;
    this.guard.run(() => {
      this.#appender.appendDataChunk(this.#chunk);
      if (++this.#chunks % ROW_GROUP === 0) this.#appender.flushSync();
    });
    // Frees the texts, which the appender has copied.
    this.#chunk.reset();
    this.#texts = this.#vector(2);
    this.#rows = 0;
  }

  #vector(column: number): Vector {
    return bindings.data_chunk_get_vector(this.#chunk.chunk, column);
  }
}
