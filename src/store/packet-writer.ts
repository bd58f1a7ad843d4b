import type { DuckDBAppender, DuckDBDataChunk } from '@duckdb/node-api';
import type { Vector } from '@duckdb/node-bindings';
import { type Frame, Proto, Tunnel } from '../core/frame.js';
import { bindings, duckdb } from './duckdb.js';
import { PACKET_COLUMNS } from './packet-columns.js';
import { PacketRows, ROWS } from './packet-rows.js';
import type { WriteGuard } from './write-guard.js';

/**
 * Rows of one row group of DuckDB. Handed over in these portions they go to the file as they are; the appender's own portions
 * are larger, and cost a third more time and memory.
 */
const ROW_GROUP = 60 * ROWS;

/** Kinds of packets of which it is known at once whether there are any. `quote`: ICMP errors that quote a packet. */
export type PacketKind = 'tcp' | 'udp' | 'icmp' | 'tunnel' | 'quote';

/** Fills data chunks with frames and appends them to `packet_raw`. */
export class PacketWriter {
  readonly #appender: DuckDBAppender;
  readonly #chunk: DuckDBDataChunk;
  readonly #tap = new Int32Array(ROWS);
  readonly #place = new Int32Array(ROWS);
  readonly #time = new Int32Array(ROWS * 2);
  readonly #columns = new PacketRows();
  readonly #copies: readonly { readonly vector: Vector; readonly array: { buffer: ArrayBuffer; byteLength: number } }[];
  /** The second of the last frame, and its first nanosecond as two 32-bit halves. */
  #sec = -1;
  #secLow = 0;
  #secHigh = 0;
  #rows = 0;
  /** 1 at the number of each IP protocol that was seen. */
  readonly #protos = new Uint8Array(256);
  #tunnelled = false;
  #quoting = false;
  /** Packets written so far. */
  count = 0;

  constructor(
    appender: DuckDBAppender,
    private readonly guard: WriteGuard,
  ) {
    this.#appender = appender;
    const { BIGINT, INTEGER, SMALLINT, UINTEGER, UTINYINT } = duckdb;
    const types = { INTEGER, UINTEGER, BIGINT, SMALLINT, UTINYINT } as const;
    const columns = this.#columns;
    const arrays = [this.#tap, this.#place, this.#time, ...PACKET_COLUMNS.map(({ name }) => columns[name])];
    this.#chunk = duckdb.DuckDBDataChunk.create(
      [INTEGER, INTEGER, BIGINT, ...PACKET_COLUMNS.map(({ type }) => types[type])],
      ROWS,
    );
    const chunk = this.#chunk.chunk;
    this.#copies = arrays.map((array, i) => ({ array, vector: bindings.data_chunk_get_vector(chunk, i) }));
  }

  /** Copies one frame. A frame without a time gets -1. */
  add(frame: Frame, tap: number, place: number): void {
    // Full only when it could not be handed over: fails again rather than write beyond the chunk.
    if (this.#rows === ROWS) this.flush();
    const row = this.#rows;
    this.#tap[row] = tap;
    this.#place[row] = place;
    this.#writeTime(row, frame.sec, frame.nsec);
    this.#columns.set(row, frame);
    if (frame.proto >= 0) this.#protos[frame.proto] = 1;
    if (frame.tunnel !== Tunnel.none) this.#tunnelled = true;
    if (frame.quotedDst !== 0) this.#quoting = true;
    this.count++;
    if (++this.#rows === ROWS) {
      this.flush();
      if (this.count % ROW_GROUP === 0) this.guard.run(() => this.#appender.flushSync());
    }
  }

  /** True when any packet of this kind was written. */
  saw(kind: PacketKind): boolean {
    switch (kind) {
      case 'tcp':
        return this.#protos[Proto.tcp] === 1;
      case 'udp':
        return this.#protos[Proto.udp] === 1;
      case 'icmp':
        return this.#protos[Proto.icmp] === 1 || this.#protos[Proto.icmp6] === 1;
      case 'tunnel':
        return this.#tunnelled;
      case 'quote':
        return this.#quoting;
    }
  }

  /** Hands the rows over to the database. */
  flush(): void {
    if (this.#rows === 0) return;
    this.#chunk.rowCount = this.#rows;
    for (const { vector, array } of this.#copies) {
      bindings.copy_data_to_vector(vector, 0, array.buffer, 0, (array.byteLength / ROWS) * this.#rows);
    }
    this.guard.run(() => this.#appender.appendDataChunk(this.#chunk));
    this.#rows = 0;
  }

  /** seconds * 1e9 + nanoseconds as 64 bits, in two exact halves: a double holds no nanosecond epoch. */
  #writeTime(row: number, sec: number, nsec: number): void {
    if (sec < 0) {
      this.#time[2 * row] = -1;
      this.#time[2 * row + 1] = -1;
      return;
    }
    if (sec !== this.#sec) {
      this.#sec = sec;
      // 1e9 = 2^9 * 1953125; sec * 1953125 is exact below 2^53 for the seconds of any year before 2116.
      const scaled = sec * 1953125;
      this.#secHigh = Math.floor(scaled / 0x80_0000);
      this.#secLow = (scaled % 0x80_0000) * 512;
    }
    const low = this.#secLow + nsec;
    this.#time[2 * row] = low | 0;
    this.#time[2 * row + 1] = this.#secHigh + Math.floor(low / 0x1_0000_0000);
  }
}
