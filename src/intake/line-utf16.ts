import { Buffer } from 'node:buffer';
import type { Line } from '../core/sink.js';
import { Splitter } from './line-splitter.js';
import { clean } from './line-text.js';

/** UTF-16, as Windows PowerShell redirects output. */
export class Utf16Splitter extends Splitter {
  #position: number;
  #half: Buffer = Buffer.alloc(0);
  #text = '';
  #lineUnits = 0;

  constructor(
    max: number,
    each: (line: Line) => void,
    skip: number,
    readonly bigEndian: boolean,
  ) {
    super(max, each);
    this.#position = skip;
  }

  push(chunk: Buffer): void {
    // A copy: swapping must not change the caller's bytes, and a unit may be split between chunks.
    const bytes = Buffer.concat([this.#half, chunk]);
    const whole = bytes.subarray(0, bytes.length & ~1);
    this.#half = bytes.subarray(whole.length);
    if (this.bigEndian) whole.swap16();
    const text = whole.toString('utf16le');
    let start = 0;
    for (;;) {
      const newline = text.indexOf('\n', start);
      if (newline < 0) break;
      this.#hold(text, start, newline);
      this.#release();
      this.#position += 2;
      start = newline + 1;
    }
    this.#hold(text, start, text.length);
  }

  end(): void {
    if (this.#lineUnits > 0) this.#release();
  }

  #hold(text: string, from: number, to: number): void {
    this.#lineUnits += to - from;
    const room = this.max + 1 - this.#text.length;
    if (room > 0) this.#text += text.slice(from, Math.min(to, from + room));
  }

  #release(): void {
    let text = this.#text;
    if (text.length === this.#lineUnits && text.endsWith('\r')) text = text.slice(0, -1);
    const cut = text.length > this.max && this.max;
    if (cut !== false) text = text.slice(0, this.max);
    this.give(clean(text), this.#position, cut);
    this.#position += this.#lineUnits * 2;
    this.#text = '';
    this.#lineUnits = 0;
  }
}
