import { BIGINT, type DuckDBAppender, DuckDBDataChunk, INTEGER, SMALLINT, UINTEGER, UTINYINT } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import type { Frame } from '../core/frame.js';
import { PACKET_COLUMNS, type RawType } from './packet-columns.js';

/** Rows of one DuckDB vector. */
const ROWS = 2048;

const TYPES = { INTEGER, UINTEGER, BIGINT, SMALLINT, UTINYINT } as const;
type Plain = Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int16Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

function plainArray(type: Exclude<RawType, 'BIGINT'>): Plain {
  switch (type) {
    case 'INTEGER':
      return new Int32Array(ROWS);
    case 'UINTEGER':
      return new Uint32Array(ROWS);
    case 'SMALLINT':
      return new Int16Array(ROWS);
    case 'UTINYINT':
      return new Uint8Array(ROWS);
  }
}

/** Writes a 64-bit integer given as a double (exact up to 2^53, negative allowed) without making a bigint. */
function write64(words: Int32Array, row: number, value: number): void {
  words[2 * row] = value | 0;
  words[2 * row + 1] = Math.floor(value / 0x1_0000_0000);
}

/** Low 32 bits of `value` modulo 2^32, for values beyond 2^31. */
const low32 = (value: number): number => (value % 0x1_0000_0000) | 0;

/** Fills data chunks with frames and appends them to `packet_raw`. */
export class PacketWriter {
  readonly #appender: DuckDBAppender;
  readonly #chunk: DuckDBDataChunk;
  readonly #vectors: duckdb.Vector[];
  readonly #tap = new Int32Array(ROWS);
  readonly #place = new Int32Array(ROWS);
  readonly #time = new Int32Array(ROWS * 2);
  readonly #columns: Plain[];
  readonly #wide: boolean[];
  #rows = 0;
  /** Packets written so far. */
  count = 0;

  constructor(appender: DuckDBAppender) {
    this.#appender = appender;
    const types = [INTEGER, INTEGER, BIGINT, ...PACKET_COLUMNS.map((column) => TYPES[column.type])];
    this.#chunk = DuckDBDataChunk.create(types, ROWS);
    this.#vectors = types.map((_, i) => duckdb.data_chunk_get_vector(this.#chunk.chunk, i));
    this.#wide = PACKET_COLUMNS.map((column) => column.type === 'BIGINT');
    this.#columns = PACKET_COLUMNS.map((column) =>
      column.type === 'BIGINT' ? new Int32Array(ROWS * 2) : plainArray(column.type),
    );
  }

  /** Copies one frame. A frame without a time gets -1. */
  add(frame: Frame, tap: number, place: number): void {
    const row = this.#rows;
    this.#tap[row] = tap;
    this.#place[row] = place;
    this.#writeTime(row, frame.sec, frame.nsec);
    for (let i = 0; i < PACKET_COLUMNS.length; i++) {
      const value = PACKET_COLUMNS[i]!.of(frame);
      if (this.#wide[i]) write64(this.#columns[i] as Int32Array, row, value < 0 ? -1 : value);
      else this.#columns[i]![row] = value;
    }
    this.count++;
    if (++this.#rows === ROWS) this.flush();
  }

  /** Hands the rows over to the database. */
  flush(): void {
    if (this.#rows === 0) return;
    this.#chunk.rowCount = this.#rows;
    const arrays = [this.#tap, this.#place, this.#time, ...this.#columns];
    for (let i = 0; i < arrays.length; i++) {
      const array = arrays[i]!;
      duckdb.copy_data_to_vector(this.#vectors[i]!, 0, array.buffer, 0, (array.byteLength / ROWS) * this.#rows);
    }
    this.#appender.appendDataChunk(this.#chunk);
    this.#rows = 0;
  }

  /** seconds * 1e9 + nanoseconds as 64 bits, in two exact halves: a double holds no nanosecond epoch. */
  #writeTime(row: number, sec: number, nsec: number): void {
    if (sec < 0) {
      this.#time[2 * row] = -1;
      this.#time[2 * row + 1] = -1;
      return;
    }
    // 1e9 = 2^9 * 1953125; sec * 1953125 is exact below 2^53 for the seconds of any year before 2116.
    const scaled = sec * 1953125;
    const high = Math.floor(scaled / 0x80_0000);
    const low = (scaled % 0x80_0000) * 512 + nsec;
    this.#time[2 * row] = low32(low);
    this.#time[2 * row + 1] = high + Math.floor(low / 0x1_0000_0000);
  }
}
