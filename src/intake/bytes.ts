/** Streams of bytes, and looking at their beginning without losing it. */
import { Buffer } from 'node:buffer';

export type Bytes = AsyncIterable<Uint8Array>;

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
    early.push(value);
    length += value.length;
  }
  const head = early.length === 1 ? early[0]! : Buffer.concat(early);
  return new Peeked(head.subarray(0, want), early, rest);
}
