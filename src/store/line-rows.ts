import { Buffer } from 'node:buffer';
import type { ColumnValues } from './parquet-file.js';

/** Rows that are held at most, and bytes of their texts. */
const MOST_ROWS = 32_768;
const TEXT_BYTES = 6 * 1024 * 1024;
/** Bytes before each text that say how long it is. */
const LENGTH = 4;

/** Lines as columns, as they are handed over. */
export class LineRows {
  readonly #source = new Int32Array(MOST_ROWS);
  readonly #line = new Int32Array(MOST_ROWS);
  readonly #texts = Buffer.allocUnsafeSlow(TEXT_BYTES);
  #used = 0;
  count = 0;

  /** True when there is no room for a text of so many bytes (at most 1 MB). */
  full(bytes: number): boolean {
    return this.count === MOST_ROWS || this.#used + LENGTH + bytes > TEXT_BYTES;
  }

  clear(): void {
    this.count = 0;
    this.#used = 0;
  }

  add(source: number, line: number, text: string): void {
    this.#end(source, line, this.#texts.write(text, this.#used + LENGTH));
  }

  /** The same for a text that lies in bytes [from, to). */
  addBytes(source: number, line: number, bytes: Uint8Array, from: number, to: number): void {
    // Half as dear as a Buffer's `subarray`, for each of a million lines.
    const text = new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
    this.#texts.set(text, this.#used + LENGTH);
    this.#end(source, line, to - from);
  }

  #end(source: number, line: number, length: number): void {
    this.#source[this.count] = source;
    this.#line[this.count] = line;
    this.#texts.writeUInt32LE(length, this.#used);
    this.#used += LENGTH + length;
    this.count++;
  }

  /** The columns as they are written, in table order. */
  get values(): ColumnValues[] {
    const { buffer, byteOffset } = this.#texts;
    return [
      { kind: 'narrow', values: this.#source },
      { kind: 'narrow', values: this.#line },
      { kind: 'texts', bytes: new Uint8Array(buffer as ArrayBuffer, byteOffset, this.#used) },
    ];
  }

  /** Each line, for the database's own table. */
  *each(): Generator<{ readonly source: number; readonly line: number; readonly text: Uint8Array }> {
    for (let row = 0, at = 0; row < this.count; row++) {
      const length = this.#texts.readUInt32LE(at);
      at += LENGTH;
      const text = this.#texts.subarray(at, at + length);
      yield { source: this.#source[row]!, line: this.#line[row]!, text };
      at += length;
    }
  }
}
