/** Streams of bytes, and looking at their beginning without losing it. */
import { Buffer } from 'node:buffer';

/** A stream of pieces. A piece may be overwritten as soon as the second one after it is asked for (`HELD`): who keeps it longer copies it. */
export type Bytes = AsyncIterable<Uint8Array>;

/** Pieces of a stream that its reader may hold at a time, the last one included. */
export const HELD = 2;

/** A stream whose first bytes were read. Iterating gives all bytes, the head included. Close it when it is not read to its end. */
export class Peeked implements AsyncIterableIterator<Uint8Array> {
  readonly #rest: AsyncIterator<Uint8Array>;
  readonly #early: Uint8Array[];
  readonly head: Uint8Array;

  constructor(head: Uint8Array, early: Uint8Array[], rest: AsyncIterator<Uint8Array>) {
    this.head = head;
    this.#early = early;
    this.#rest = rest;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const value = this.#early.shift();
    return value === undefined ? this.#rest.next() : { done: false, value };
  }

  /** Closes the source; may be called again. */
  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#early.length = 0;
    await this.#rest.return?.();
    return { done: true, value: undefined };
  }
}

/** Reads ahead until `want` bytes are there or the source ends. */
export async function peek(source: Bytes, want: number): Promise<Peeked> {
  const rest = source[Symbol.asyncIterator]();
  const early: Uint8Array[] = [];
  let length = 0;
  while (length < want) {
    const { done, value } = await rest.next();
    if (done === true) break;
    length += value.length;
    early.push(early.length === 0 && length >= want ? value : Buffer.from(value));
  }
  const head = early.length === 1 ? early[0]! : Buffer.concat(early);
  return new Peeked(head.subarray(0, want), early, rest);
}
