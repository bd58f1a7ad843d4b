import { rmSync } from 'node:fs';
import type { DuckDBAppender, DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { AddressTable } from '../core/address.js';
import type { Note } from '../core/note.js';
import type { PacketSink, Sink } from '../core/sink.js';
import type { RowOf, Table } from '../core/table.js';
import type { Tap } from '../core/tap.js';
import { Admission } from './admission.js';
import { Connections } from './connections.js';
import { connectMore, type Database, makeDatabase, quoted } from './database.js';
import { dimensionRows } from './dimension-rows.js';
import type { ArtifactRow, CaptureRow, HostClaim, SourceFacts, SourceRow, TapRow } from './dimensions.js';
import { EventWriter } from './event-writer.js';
import { LineWriter } from './line-writer.js';
import { withEnoughMemory } from './memory-limit.js';
import { Notes } from './notes.js';
import { type PacketKind, PacketWriter } from './packet-writer.js';
import { rowsOf, rowsOfStream } from './result-rows.js';
import { RowChunk } from './row-chunk.js';
import * as schema from './schema.js';
import { textSink } from './text-sink.js';
import { WriteGuard } from './write-guard.js';

export type SqlRow = Readonly<Record<string, unknown>>;

/**
 * The normalised event store: an embedded DuckDB database that parsers and decoders append to, and that heuristics and
 * users query. Dimension rows (artifacts, sources, taps, addresses) stay in memory until `seal`, because what they mean
 * is known only after the last member.
 */
export class EventStore {
  readonly addresses = new AddressTable();
  readonly artifacts: ArtifactRow[] = [];
  readonly sources: SourceRow[] = [];
  readonly taps: TapRow[] = [];
  readonly hostClaims: HostClaim[] = [];
  /** Which pieces of text are kept: asked before `addSource`. */
  readonly admission = new Admission();
  readonly #captures: CaptureRow[] = [];
  readonly #notes = new Notes();
  readonly #database: Database;
  /** Everything is written through this one. */
  readonly #connection: DuckDBConnection;
  readonly #connections: Connections;
  readonly #events: EventWriter;
  readonly #packets: PacketWriter;
  readonly #lines: LineWriter;
  readonly #lineAppender: DuckDBAppender;
  readonly #packetAppender: DuckDBAppender;
  readonly #guard: WriteGuard;
  /** Threads of the database now. */
  #inUse = 1;

  private constructor(
    database: Database,
    events: EventWriter,
    packets: DuckDBAppender,
    lines: DuckDBAppender,
    private readonly threads: number,
    guard: WriteGuard,
  ) {
    this.#guard = guard;
    this.#database = database;
    this.#connection = database.connection;
    this.#connections = new Connections(database.connection);
    this.#events = events;
    this.#packetAppender = packets;
    this.#packets = new PacketWriter(database.beside.packets, guard);
    this.#lineAppender = lines;
    this.#lines = new LineWriter(database.beside.lines, guard);
  }

  /**
   * Makes an empty store in `file` (which must not exist). `tempDir` is where DuckDB spills.
   * Memory is bounded so that a small machine can hold any bundle. `threads` of the database are used for large captures; the
   * queries of a small bundle are over before a second thread has woken up.
   */
  static async create(file: string, tempDir: string, threads = 2): Promise<EventStore> {
    const guard = new WriteGuard({ file, tempDir });
    return guard.ask(() => EventStore.#make(file, tempDir, threads, guard));
  }

  static async #make(file: string, tempDir: string, threads: number, guard: WriteGuard): Promise<EventStore> {
    const database = await makeDatabase(file, tempDir);
    const { connection } = database;
    const packets = await connection.createAppender('packet_raw');
    const lines = await connection.createAppender('line');
    const events = await EventWriter.create((table) => connection.createAppender(table), guard);
    return new EventStore(database, events, packets, lines, threads, guard);
  }

  /** Packets stored so far. */
  get packetCount(): number {
    return this.#packets.count;
  }

  /** Rows that each source has in a table of events, in order of source; a source without any is left out. */
  rowsBySource(table: Table): readonly (readonly [source: number, rows: number])[] {
    return this.#events.rowsBySource(table);
  }

  /** True when the bundle has anything of this kind: a query that asks for nothing else needs not be asked. */
  holds(subject: PacketKind | Table): boolean {
    return typeof subject === 'string' ? this.#packets.saw(subject) : this.#events.holds(subject);
  }

  /** A new member. */
  addArtifact(file: string, kind: ArtifactRow['kind']): ArtifactRow {
    const row: ArtifactRow = { artifact: this.artifacts.length + 1, file, kind };
    this.artifacts.push(row);
    return row;
  }

  /** A new piece of a member. */
  addSource(facts: SourceFacts): number {
    const source = this.sources.length + 1;
    this.sources.push({ ...facts, source });
    return source;
  }

  /** A new place where a source sees packets. */
  addTap(source: number, tap: Tap): number {
    const row: TapRow = { ...tap, tap: this.taps.length + 1, source };
    this.taps.push(row);
    return row.tap;
  }

  /** What a capture says of itself. */
  addCapture(source: number, facts: CaptureRow['facts']): void {
    this.#captures.push({ source, facts });
  }

  /** Remembers that a source's command had ended. */
  finish(source: number): void {
    this.sources[source - 1]!.finished = true;
  }

  /** Remembers that a line of a source was not understood. */
  skip(source: number, line: number): void {
    const row = this.sources[source - 1]!;
    const { first, count } = row.skipped ?? { first: line, count: 0 };
    row.skipped = { first, last: line, count: count + 1 };
  }

  /** Remembers that a member ends in the middle: what its last piece lacks may have stood behind that. */
  cutOff(file: string): void {
    const artifact = this.artifacts.find((one) => one.file === file);
    const last = this.sources.findLast((one) => one.artifact === artifact?.artifact);
    if (artifact !== undefined && last !== undefined) this.skip(last.source, artifact.lines ?? 1);
  }

  /** Remembers that rows of a source are not looked at: an absence in it tells nothing. */
  leaveOut(source: number): void {
    this.skip(source, this.sources[source - 1]!.skipped?.last ?? 1);
  }

  /** Records what could not be read; notes with the same file and reason are counted together. */
  note(note: Note): void {
    this.#notes.add(note);
  }

  get notes(): readonly Note[] {
    return this.#notes.all;
  }

  /** Where a capture decoder puts its frames. */
  packetSink(source: number): PacketSink {
    const file = this.artifacts[this.sources[source - 1]!.artifact - 1]!.file;
    return {
      addresses: this.addresses,
      tap: (tap) => this.addTap(source, tap),
      packet: (frame, tap, place) => this.#packets.add(frame, tap, place),
      capture: (facts) => this.addCapture(source, facts),
      note: (reason, place) => this.note({ file, reason, count: 1, firstLine: place }),
    };
  }

  /** Where a text parser puts its events. */
  sink(source: number): Sink {
    return textSink(this, { packets: this.#packets, lines: this.#lines, events: this.#events }, source);
  }

  /**
   * Ends reading: from now on what was read can be queried, and nothing can be added. `keep`: the database itself must hold all
   * packets.
   */
  async endReading(keep: boolean): Promise<void> {
    this.#events.flush();
    const packets = await this.#packets.end(this.#packetAppender);
    await this.#beside('packet_raw', packets, this.#packetAppender, keep);
    await this.#beside('line', await this.#lines.end(this.#lineAppender), this.#lineAppender, keep);
    await this.#guard.wait(() => this.#connection.run('COMMIT'));
    await connectMore(this.#database, this.#connections, this.threads);
    if (packets === undefined) return;
    this.#inUse = this.threads;
    await this.#connection.run(`SET threads = ${this.threads}`);
  }

  /** How many queries are worth to be asked at the same time. */
  get lanes(): number {
    return this.#connections.count;
  }

  /** Writes the dimension tables. Call once, after roles and nodes are known. */
  async seal(addressRows: Iterable<RowOf<typeof schema.address>>): Promise<void> {
    await this.#guard.wait(() => this.#connection.run('BEGIN'));
    for (const [table, rows] of dimensionRows(this, this.#captures)) await this.#insert(table, rows);
    await this.#insert(schema.address, addressRows);
    await this.#guard.wait(() => this.#connection.run('COMMIT'));
  }

  /** Rows of a query as plain objects; integers come as numbers (bigint beyond 2^53). */
  async query(sql: string, values?: Record<string, DuckDBValue>): Promise<SqlRow[]> {
    return this.#ask(async (connection) => rowsOf(await connection.run(sql, values)));
  }

  /** The same for what may be large: the database does not make the whole result first. */
  async queryMuch(sql: string): Promise<SqlRow[]> {
    return this.#ask(async (connection) => rowsOfStream(await connection.stream(sql)));
  }

  /** Ends the queries that run now, if any: their promises are rejected soon. */
  interrupt(): void {
    this.#connections.interrupt();
  }

  /**
   * Closes the database file, whole when it is to be kept. One that could not be written is left as it is: it is of no use.
   * Throws Failure when the disk is full.
   */
  async close(keep = true): Promise<void> {
    if (this.#guard.failed) return;
    this.#packetAppender.closeSync();
    this.#lineAppender.closeSync();
    this.#events.close();
    await this.#guard.ask(() => this.#connection.run(keep ? 'CHECKPOINT' : 'PRAGMA disable_checkpoint_on_shutdown'));
    this.#connections.close();
    this.#database.instance.closeSync();
  }

  /** Puts what was written to a file in a table's place, or into the table when the database is to be kept. */
  async #beside(table: string, file: string | undefined, appender: DuckDBAppender, keep: boolean): Promise<void> {
    if (file === undefined) return;
    if (keep) {
      await this.#guard.wait(() => this.#connection.run(`INSERT INTO ${table} FROM read_parquet(${quoted(file)})`));
      rmSync(file);
      return;
    }
    appender.closeSync();
    await this.#connection.run(`DROP TABLE ${table}`);
    await this.#connection.run(`CREATE VIEW ${table} AS FROM read_parquet(${quoted(file)})`);
  }

  #ask<T>(query: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.#guard.ask(() => withEnoughMemory(this.#connections, this.#inUse, query));
  }

  async #insert(table: Table, rows: Iterable<object>): Promise<void> {
    const appender = await this.#connection.createAppender(table.name);
    this.#guard.run(() => {
      const chunk = new RowChunk(appender, table, 'unplaced');
      for (const row of rows) chunk.add(row);
      chunk.flush();
      appender.closeSync();
    });
  }
}
