import type { DuckDBAppender } from '@duckdb/node-api';
import { EVENT_TABLES } from '../core/event/index.js';
import type { RowOf, Table } from '../core/table.js';
import { RowChunk } from './row-chunk.js';
import type { WriteGuard } from './write-guard.js';

/** Rows of events that wait in memory, of all tables. */
const MOST_PENDING = 40_000;

/** Hands the rows of events over to the database, and counts them. */
export class EventWriter {
  readonly #appenders = new Map<string, DuckDBAppender>();
  readonly #chunks = new Map<string, RowChunk>();
  /** Rows that are not in the database's tables yet. */
  #pending = 0;
  /** Rows of each table, by source. */
  readonly #counts = new Map<string, Map<number, number>>();

  private constructor(private readonly guard: WriteGuard) {}

  /** `appenderOf` makes an appender for a table. */
  static async create(appenderOf: (table: string) => Promise<DuckDBAppender>, guard: WriteGuard): Promise<EventWriter> {
    const writer = new EventWriter(guard);
    for (const { name } of EVENT_TABLES) writer.#appenders.set(name, await appenderOf(name));
    return writer;
  }

  /** Rows that each source has in a table, in order of source; a source without any is left out. */
  rowsBySource(table: Table): readonly (readonly [source: number, rows: number])[] {
    return [...(this.#counts.get(table.name) ?? [])].sort(([a], [b]) => a - b);
  }

  /** True when a table has any row. */
  holds(table: Table): boolean {
    return this.#counts.has(table.name);
  }

  /** `row` must fit (see `oversized`). Throws as the guard does. */
  append<T extends Table>(table: T, row: RowOf<T>, source: number, place: number): void {
    const counts = this.#counts.get(table.name) ?? new Map<number, number>();
    counts.set(source, (counts.get(source) ?? 0) + 1);
    this.#counts.set(table.name, counts);
    this.guard.run(() => {
      this.#chunkOf(table).add(row, source, place);
      if (++this.#pending === MOST_PENDING) this.#flush();
    });
  }

  /** Makes all rows known to queries. Throws as the guard does. */
  flush(): void {
    this.guard.run(() => this.#flush());
  }

  /** Frees the appenders. Not after a write has failed. */
  close(): void {
    for (const appender of this.#appenders.values()) appender.closeSync();
  }

  #chunkOf(table: Table): RowChunk {
    let chunk = this.#chunks.get(table.name);
    if (chunk === undefined) {
      const appender = this.#appenders.get(table.name);
      if (appender === undefined) throw new Error(`unknown table ${table.name}`);
      chunk = new RowChunk(appender, table, 'placed');
      this.#chunks.set(table.name, chunk);
    }
    return chunk;
  }

  /** Rows go to the database at the latest here: appenders would hold two hundred thousand of each table. */
  #flush(): void {
    for (const chunk of this.#chunks.values()) chunk.flush();
    this.#pending = 0;
  }
}
