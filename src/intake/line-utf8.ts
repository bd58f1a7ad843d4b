import { Buffer, isAscii } from 'node:buffer';
import type { Line } from '../core/sink.js';
import { Splitter } from './line-splitter.js';
import { clean } from './line-text.js';

/** Bytes of a long line by which it is told what it is. */
const BEGINNING = 2000;

/** What a reader wants of lines that lie there as bytes. */
export interface ByteOptions {
  /** Asked of a longer line, by its first characters: how many bytes of it may be kept all the same. UTF-8 only. */
  readonly long?: (beginning: string) => number;
  /** Offered each line of clean ASCII as bytes [from, to) first; true when it needs no text. The bytes are gone after it. */
  readonly bytes?: (bytes: Uint8Array, from: number, to: number, number: number) => boolean;
}

/** UTF-8, with ASCII as the fast way: each line is decoded by itself, so that keeping one keeps no chunk alive. */
export class ByteSplitter extends Splitter {
  #position: number;
  /** Bytes of the unfinished line that may be kept: `max`, or more when it is one that comes long; unknown until it is longer. */
  #most: number | undefined;
  /** Beginning of the unfinished line, at most two bytes more than may be kept of it. */
  #held: Buffer[] = [];
  #heldLength = 0;
  #lineLength = 0;

  constructor(
    max: number,
    each: (line: Line) => void,
    skip: number,
    private readonly options: ByteOptions,
  ) {
    super(max, each);
    this.#position = skip;
  }

  push(chunk: Buffer): void {
    let start = 0;
    if (this.#lineLength > 0) {
      const newline = chunk.indexOf(10);
      if (newline < 0) {
        this.#hold(chunk);
        return;
      }
      this.#hold(chunk.subarray(0, newline));
      this.#release();
      this.#position++;
      start = newline + 1;
    }
    const encoding = isAscii(chunk) ? 'latin1' : 'utf8';
    const dirty = chunk.includes(0x1b) || chunk.includes(0);
    const { bytes } = this.options;
    const offered = bytes !== undefined && encoding === 'latin1' && !dirty;
    const origin = this.#position - start;
    for (;;) {
      const newline = chunk.indexOf(10, start);
      if (newline < 0) break;
      let end = newline;
      if (end > start && chunk[end - 1] === 13) end--;
      const long = end - start > this.max;
      if (offered && !long && bytes(chunk, start, end, this.lines + 1)) {
        this.lines++;
        start = newline + 1;
        continue;
      }
      const most = long ? this.#mostOf(chunk.subarray(start, start + BEGINNING)) : this.max;
      const cut = end - start > most && most;
      if (cut !== false) end = boundary(chunk, start + most);
      const text = chunk.toString(encoding, start, end);
      this.give(dirty ? clean(text) : text, origin + start, cut);
      start = newline + 1;
    }
    this.#position = origin + start;
    if (start < chunk.length) this.#hold(chunk.subarray(start));
  }

  end(): void {
    if (this.#lineLength > 0) this.#release();
  }

  #hold(part: Buffer): void {
    this.#lineLength += part.length;
    if (this.#lineLength > this.max && this.#most === undefined)
      this.#most = this.#mostOf(Buffer.concat([...this.#held, part.subarray(0, BEGINNING)]).subarray(0, BEGINNING));
    const room = (this.#most ?? this.max) + 2 - this.#heldLength;
    if (room <= 0 || part.length === 0) return;
    // Copied: the part is a view of a chunk that may be large.
    const kept = Buffer.from(part.subarray(0, room));
    this.#held.push(kept);
    this.#heldLength += kept.length;
  }

  #release(): void {
    const bytes = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
    let end = bytes.length;
    if (end === this.#lineLength && bytes[end - 1] === 13) end--;
    const most = this.#most ?? this.max;
    const cut = end > most && most;
    if (cut !== false) end = boundary(bytes, most);
    this.give(clean(bytes.toString('utf8', 0, end)), this.#position, cut);
    this.#position += this.#lineLength;
    this.#held = [];
    this.#heldLength = 0;
    this.#lineLength = 0;
    this.#most = undefined;
  }

  #mostOf(beginning: Buffer): number {
    return Math.max(this.max, this.options.long?.(beginning.toString('utf8')) ?? 0);
  }
}

/** The end of the last whole UTF-8 character at or before `end`. */
function boundary(bytes: Uint8Array, end: number): number {
  let at = end;
  while (at > end - 4 && at > 0 && (bytes[at]! & 0xc0) === 0x80) at--;
  return at;
}
