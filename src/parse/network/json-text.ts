import type { Line } from '../../core/sink.js';
import { wordTable } from '../../core/word-table.js';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

const MAX_DEPTH = 64;
const ESCAPES = wordTable<string>({ n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' });

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/**
 * JSON that knows on which line each object begins, keeps what was read before a cut, and reads several documents one
 * after another (RFC 8259). Of a repeated key the first value counts: `ip -j route` prints `dst` again for the outer
 * address of an encapsulation.
 */
export class JsonText {
  readonly documents: Json[] = [];
  /** False when the text ends early or is no JSON from some place on. */
  readonly complete: boolean;
  readonly #text: string;
  readonly #starts: number[] = [];
  readonly #places = new WeakMap<object, number>();
  readonly #keys = new WeakMap<object, Map<string, number>>();
  #at = 0;

  /** `from`: where it begins in the first line; `to`: where it ends in the last. */
  constructor(
    private readonly lines: readonly Line[],
    from = 0,
    to = Number.POSITIVE_INFINITY,
  ) {
    let start = 0;
    for (const line of lines) {
      this.#starts.push(start);
      start += line.text.length + 1;
    }
    const text = lines.map((line) => line.text).join('\n');
    this.#text = text.slice(0, (this.#starts.at(-1) ?? 0) + to);
    this.#at = from;
    this.complete = this.#documents();
  }

  /** The line of the first of these keys that the object has, or on which the object or array begins. */
  lineOf(value: object, ...keys: readonly string[]): Line {
    const known = this.#keys.get(value);
    const key = keys.find((name) => known?.has(name));
    const place = (key === undefined ? undefined : known?.get(key)) ?? this.#places.get(value) ?? 0;
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= place) low = middle;
      else high = middle - 1;
    }
    return this.lines[low]!;
  }

  #documents(): boolean {
    for (;;) {
      this.#blank();
      if (this.#at >= this.#text.length) return true;
      const slot: { value?: Json } = {};
      const whole = this.#value(slot, 0);
      if (slot.value !== undefined) this.documents.push(slot.value);
      if (!whole) return false;
    }
  }

  #blank(): void {
    while (this.#at < this.#text.length && this.#text.charCodeAt(this.#at) <= 32) this.#at++;
  }

  /** Reads one value into the slot, also a part of one; false when it is cut or malformed. */
  #value(slot: { value?: Json }, depth: number): boolean {
    this.#blank();
    const c = this.#text[this.#at];
    if (depth > MAX_DEPTH || c === undefined) return false;
    if (c === '{' || c === '[') return this.#container(slot, c, depth);
    if (c === '"') {
      slot.value = this.#string();
      return slot.value !== undefined;
    }
    const word = /^[-+.\w]+/.exec(this.#text.slice(this.#at, this.#at + 40))?.[0] ?? '';
    this.#at += word.length;
    const value = word === 'true' ? true : word === 'false' ? false : word === 'null' ? null : Number(word);
    if (word === '' || Number.isNaN(value)) return false;
    slot.value = value;
    return true;
  }

  #container(slot: { value?: Json }, open: string, depth: number): boolean {
    const list: Json[] = [];
    const object: Record<string, Json> = Object.create(null) as Record<string, Json>;
    const value = open === '[' ? list : object;
    const close = open === '[' ? ']' : '}';
    this.#places.set(value, this.#at);
    // On one line there is nothing to tell apart.
    const keys = open === '{' && this.lines.length > 1 ? new Map<string, number>() : undefined;
    if (keys !== undefined) this.#keys.set(value, keys);
    slot.value = value;
    this.#at++;
    for (;;) {
      this.#blank();
      if (this.#text[this.#at] === close) {
        this.#at++;
        return true;
      }
      let key: string | undefined;
      const keyAt = this.#at;
      if (open === '{') {
        key = this.#text[this.#at] === '"' ? this.#string() : undefined;
        this.#blank();
        if (key === undefined || this.#text[this.#at] !== ':') return false;
        this.#at++;
      }
      const item: { value?: Json } = {};
      const whole = this.#value(item, depth + 1);
      if (item.value !== undefined) {
        if (key === undefined) list.push(item.value);
        else if (!(key in object)) {
          object[key] = item.value;
          keys?.set(key, keyAt);
        }
      }
      if (!whole) return false;
      this.#blank();
      if (this.#text[this.#at] === ',') this.#at++;
      else if (this.#text[this.#at] !== close) return false;
    }
  }

  #string(): string | undefined {
    let out = '';
    for (let i = this.#at + 1; i < this.#text.length; i++) {
      const c = this.#text[i]!;
      if (c === '"') {
        this.#at = i + 1;
        return out;
      }
      if (c !== '\\') out += c;
      else if (this.#text[i + 1] === 'u') {
        out += String.fromCharCode(Number.parseInt(this.#text.slice(i + 2, i + 6), 16) || 0xfffd);
        i += 5;
      } else {
        const escaped = this.#text[++i] ?? '';
        out += ESCAPES[escaped] ?? escaped;
      }
    }
    this.#at = this.#text.length;
    return undefined;
  }
}

/** Follows brackets from line to line, to tell where a JSON text ends among other output. */
export class JsonDepth {
  #depth = 0;
  /** Something was opened. */
  begun = false;

  /** True while the text goes on after this line. */
  add(text: string): boolean {
    let inString = false;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (inString) {
        if (c === 92) i++;
        else if (c === 34) inString = false;
      } else if (c === 34) inString = true;
      else if (c === 91 || c === 123) {
        this.#depth++;
        this.begun = true;
      } else if (c === 93 || c === 125) this.#depth--;
    }
    return this.#depth > 0;
  }
}
