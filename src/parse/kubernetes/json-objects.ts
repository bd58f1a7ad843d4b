import type { Line } from '../../core/sink.js';

/** A stretch of JSON text that is one object, and the lines it lies on. */
export interface JsonPiece {
  readonly text: string;
  readonly lines: readonly Line[];
  /** The enclosing list's kind, when it was printed before the items. */
  readonly listKind?: string | undefined;
}

/** What became of a line. */
export type Fed = 'taken' | 'foreign';

/**
 * Longest single object, in UTF-16 units. etcd refuses objects over 1.5 MB; pretty-printing can triple that. One of 6 million that is
 * nothing but brackets takes 200 MB.
 */
const LIMIT = 6 * 1024 * 1024;

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;

/**
 * Cuts JSON into objects as its lines come: each document, or each item of a List, so that a list of tens of megabytes
 * is never whole in memory. Documents may follow one another without separator (`kubectl cluster-info dump`).
 */
export class JsonObjects {
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Depth at which items stand: 0 a document, 1 within a top-level list, 2 within `items`. */
  #itemDepth = 0;
  #lastKey = '';
  #listKind: string | undefined;
  #parts: string[] = [];
  #lines: Line[] = [];
  #size = 0;
  #collecting = false;

  constructor(
    private readonly give: (piece: JsonPiece) => void,
    private readonly refuse: (reason: string, place: number) => void,
  ) {}

  /** Between documents: nothing is open. */
  get idle(): boolean {
    return this.#depth === 0;
  }

  /** The kind of the list's items, when it was printed before them. */
  get listKind(): string | undefined {
    return this.#listKind;
  }

  /** Opens a document whose first brace was on a line that went elsewhere. */
  openBrace(): void {
    this.#begin();
    this.#parts.push('{');
    this.#depth = 1;
  }

  #begin(): void {
    this.#parts = [];
    this.#lines = [];
    this.#size = 0;
    this.#collecting = true;
  }

  feed(at: Line): Fed {
    const text = at.text;
    if (this.#depth > 0 && !this.#inString && !/^\s*(?:["{}[\],:]|-?\d|true|false|null|$)/.test(text)) {
      this.end(at.number);
      return 'foreign';
    }
    let from = 0;
    let stringFrom = -1;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (c === BACKSLASH) this.#escaped = true;
        else if (c === QUOTE) {
          this.#inString = false;
          if (this.#depth === 1 && stringFrom >= 0) this.#topString(text.slice(stringFrom, i));
        }
        continue;
      }
      if (c === QUOTE) {
        if (this.#depth === 0) return 'foreign';
        this.#inString = true;
        stringFrom = i + 1;
      } else if (c === OPEN_BRACE) {
        if (this.#depth === this.#itemDepth) {
          this.#begin();
          from = i;
        }
        this.#depth++;
      } else if (c === OPEN_LIST) {
        if (this.#depth === 0) this.#itemDepth = 1;
        else if (this.#depth === 1 && this.#itemDepth === 0 && this.#lastKey === 'items') {
          this.#itemDepth = 2;
          this.#collecting = false;
        }
        this.#depth++;
      } else if (c === CLOSE_BRACE || c === CLOSE_LIST) {
        if (this.#depth === 0) return 'foreign';
        this.#depth--;
        if (c === CLOSE_BRACE && this.#collecting && this.#depth === this.#itemDepth) {
          this.#keep(text.slice(from, i + 1), at);
          this.#finish();
        }
        if (this.#depth === 0) this.#reset();
      } else if (this.#depth === 0 && c !== 32 && c !== 9 && c !== 44) return 'foreign';
    }
    if (this.#collecting) this.#keep(text.slice(from), at);
    return 'taken';
  }

  /** The input is over: a document that is still open was cut. */
  end(place: number): void {
    if (this.#depth > 0) this.refuse('JSON ends in the middle; what was complete before is used', place);
    this.#reset();
  }

  #topString(word: string): void {
    if (this.#lastKey === 'kind' && this.#listKind === undefined) this.#listKind = /^(\w+)List$/.exec(word)?.[1];
    this.#lastKey = word;
  }

  #keep(part: string, at: Line): void {
    this.#size += part.length;
    if (this.#size > LIMIT) {
      this.#collecting = false;
      this.refuse('an object is longer than 6 MB and was left out', at.number);
      return;
    }
    this.#parts.push(part);
    if (this.#lines.at(-1) !== at) this.#lines.push(at);
  }

  #finish(): void {
    this.#collecting = false;
    this.give({ text: this.#parts.join('\n'), lines: this.#lines, listKind: this.#listKind });
    this.#parts = [];
    this.#lines = [];
  }

  #reset(): void {
    this.#depth = 0;
    this.#itemDepth = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#lastKey = '';
    this.#listKind = undefined;
    this.#collecting = false;
    this.#parts = [];
    this.#lines = [];
  }
}
