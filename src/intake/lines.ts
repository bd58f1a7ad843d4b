/**
 * Cuts a member's bytes into lines. The encodings and accidents of real bundles end here: parsers see clean text with
 * the line number an editor shows and the byte offset in the decompressed member.
 */
import { Buffer, isAscii } from 'node:buffer';
import type { Line } from '../core/sink.js';
import type { Bytes } from './bytes.js';
import { utf16 } from './recognise.js';

/** Longest text of a line that parsers get, in bytes (UTF-16 input: in characters). Longer lines are cut and counted. */
export const MAX_TEXT = 256 * 1024;

export interface LineOptions {
  /** Instead of `MAX_TEXT`. */
  readonly maxText?: number;
  /** Asked of a longer line, by its first characters: how many bytes of it may be kept all the same. UTF-8 only. */
  readonly long?: (beginning: string) => number;
  /** Offered each line of clean ASCII as bytes [from, to) first; true when it needs no text. The bytes are gone after it. */
  readonly bytes?: (bytes: Uint8Array, from: number, to: number, number: number) => boolean;
  /** Called between chunks, at most some thousand lines apart: the place to wait for a slow store. */
  readonly pause?: () => void | Promise<void>;
}

/** Something about lines that a reader must know: one sentence, how many lines, the first of them. */
export interface LineNote {
  readonly reason: string;
  readonly count: number;
  readonly firstLine: number;
}

export interface LinesRead {
  readonly lines: number;
  /** Bytes of the (decompressed) member. */
  readonly bytes: number;
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
  readonly notes: readonly LineNote[];
}

/** Bytes needed to tell the encoding. */
const SNIFF = 512;
/** Longest piece handled at once: larger chunks are cut, so that `pause` is called often enough. */
const PIECE = 1024 * 1024;

/**
 * Terminal sequences (ECMA-48): CSI, OSC and other strings up to their terminator, two-character escapes. An
 * unterminated string loses only its introducer: a stray `ESC ]` must not hide the rest of a line.
 */
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])?/g;

/** Bytes of a long line by which it is told what it is. */
const BEGINNING = 2000;

/** Blanks in a row that are kept, in a line longer than twice as many: columns of real tables are narrower. */
const GAP = 4000;

/** Patterns of parsers try each blank of a gap as the first one: a line of nothing else would keep them busy for minutes. */
function withoutGaps(text: string): string {
  return hasGap(text) ? text.replace(/\s+/g, (gap) => (gap.length > GAP ? gap.slice(0, GAP) : gap)) : text;
}

/** Looked for first: to replace the blanks of a line of megabytes takes many times its size. */
function hasGap(text: string): boolean {
  if (text.length <= 2 * GAP) return false;
  for (let at = GAP; at < text.length; at += GAP) {
    if (!BLANK.test(text[at]!)) continue;
    let from = at;
    let end = at;
    while (from > 0 && BLANK.test(text[from - 1]!)) from--;
    while (end < text.length && BLANK.test(text[end]!)) end++;
    if (end - from > GAP) return true;
  }
  return false;
}
const BLANK = /\s/;

function clean(text: string): string {
  let result = text;
  if (result.includes('\0')) result = result.replaceAll('\0', '');
  if (result.includes('\x1b')) result = result.replace(ESCAPES, '');
  return result;
}

/** What both splitters share: numbering, and counting lines that were cut. */
abstract class Splitter {
  lines = 0;
  /** Lines that were cut, by the length that was kept. */
  readonly #cut = new Map<number, { count: number; firstLine: number }>();

  constructor(
    readonly max: number,
    readonly each: (line: Line) => void,
  ) {}

  abstract push(chunk: Buffer): void;
  abstract end(): void;

  /** `cut`: the length at which the line was cut, if it was. */
  protected give(text: string, offset: number, cut: number | false): void {
    this.lines++;
    if (cut !== false) {
      const { count, firstLine } = this.#cut.get(cut) ?? { count: 0, firstLine: this.lines };
      this.#cut.set(cut, { count: count + 1, firstLine });
    }
    this.each({ text: withoutGaps(text), number: this.lines, offset });
  }

  notes(): LineNote[] {
    return [...this.#cut].map(([length, { count, firstLine }]) => ({
      reason: `line longer than ${Math.round(length / 1024)} KiB: only its beginning was read`,
      count,
      firstLine,
    }));
  }
}

/** UTF-8, with ASCII as the fast way: each line is decoded by itself, so that keeping one keeps no chunk alive. */
class ByteSplitter extends Splitter {
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
    private readonly options: LineOptions,
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

/** UTF-16, as Windows PowerShell redirects output. */
class Utf16Splitter extends Splitter {
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

function splitterFor(head: Buffer, max: number, each: (line: Line) => void, options: LineOptions) {
  const encoding = utf16(head);
  if (encoding !== undefined) {
    const marked = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
    const skip = marked ? 2 : 0;
    return { encoding, skip, splitter: new Utf16Splitter(max, each, skip, encoding === 'utf-16be') } as const;
  }
  const skip = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  return { encoding: 'utf-8', skip, splitter: new ByteSplitter(max, each, skip, options) } as const;
}

/**
 * Reads all lines of a member. Lines end with LF; a CR before it is dropped, other CRs stay. Byte order marks, NULs and
 * terminal escapes are not part of the text, bytes that are no UTF-8 become U+FFFD. A last line without LF counts.
 * `each` is called synchronously and in order. Errors of the source are passed on; there are no others.
 */
export async function readLines(
  bytes: Bytes,
  each: (line: Line) => void,
  options: LineOptions = {},
): Promise<LinesRead> {
  const max = options.maxText ?? MAX_TEXT;
  let total = 0;
  let head: Buffer = Buffer.alloc(0);
  let chosen: ReturnType<typeof splitterFor> | undefined;
  const choose = () => {
    chosen = splitterFor(head, max, each, options);
    chosen.splitter.push(head.subarray(chosen.skip));
  };
  for await (const chunk of bytes) {
    total += chunk.length;
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (chosen === undefined) {
      head = head.length === 0 ? buffer : Buffer.concat([head, buffer]);
      if (head.length >= SNIFF) choose();
    } else {
      for (let at = 0; at < buffer.length; at += PIECE) {
        chosen.splitter.push(buffer.subarray(at, at + PIECE));
        if (at + PIECE < buffer.length) await options.pause?.();
      }
    }
    await options.pause?.();
  }
  if (chosen === undefined) choose();
  const { splitter, encoding } = chosen!;
  splitter.end();
  return { lines: splitter.lines, bytes: total, encoding, notes: splitter.notes() };
}
