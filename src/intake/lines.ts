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

/** Blanks in a row that are kept, in a line longer than twice as many: columns of real tables are narrower. */
const GAP = 4000;

/** Patterns of parsers try each blank of a gap as the first one: a line of nothing else would keep them busy for minutes. */
function withoutGaps(text: string): string {
  return text.length > 2 * GAP ? text.replace(/\s+/g, (gap) => (gap.length > GAP ? gap.slice(0, GAP) : gap)) : text;
}

function clean(text: string): string {
  let result = text;
  if (result.includes('\0')) result = result.replaceAll('\0', '');
  if (result.includes('\x1b')) result = result.replace(ESCAPES, '');
  return result;
}

/** What both splitters share: numbering, and counting lines that were cut. */
abstract class Splitter {
  lines = 0;
  #cut = 0;
  #firstCut = 0;

  constructor(
    readonly max: number,
    readonly each: (line: Line) => void,
  ) {}

  abstract push(chunk: Buffer): void;
  abstract end(): void;

  protected give(text: string, offset: number, cut: boolean): void {
    this.lines++;
    if (cut) {
      this.#cut++;
      if (this.#firstCut === 0) this.#firstCut = this.lines;
    }
    this.each({ text: withoutGaps(text), number: this.lines, offset });
  }

  notes(): LineNote[] {
    if (this.#cut === 0) return [];
    const reason = `line longer than ${Math.round(this.max / 1024)} KiB: only its beginning was read`;
    return [{ reason, count: this.#cut, firstLine: this.#firstCut }];
  }
}

/** UTF-8, with ASCII as the fast way: each line is decoded by itself, so that keeping one keeps no chunk alive. */
class ByteSplitter extends Splitter {
  #position: number;
  /** Beginning of the unfinished line, at most max + 1 bytes of it. */
  #held: Buffer[] = [];
  #heldLength = 0;
  #lineLength = 0;

  constructor(
    max: number,
    each: (line: Line) => void,
    skip: number,
    private readonly bytes: LineOptions['bytes'],
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
    const offered = this.bytes !== undefined && encoding === 'latin1' && !dirty;
    const origin = this.#position - start;
    for (;;) {
      const newline = chunk.indexOf(10, start);
      if (newline < 0) break;
      let end = newline;
      if (end > start && chunk[end - 1] === 13) end--;
      const cut = end - start > this.max;
      if (offered && !cut && this.bytes!(chunk, start, end, this.lines + 1)) {
        this.lines++;
        start = newline + 1;
        continue;
      }
      if (cut) end = boundary(chunk, start + this.max);
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
    const room = this.max + 2 - this.#heldLength;
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
    const cut = end > this.max;
    if (cut) end = boundary(bytes, this.max);
    this.give(clean(bytes.toString('utf8', 0, end)), this.#position, cut);
    this.#position += this.#lineLength;
    this.#held = [];
    this.#heldLength = 0;
    this.#lineLength = 0;
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
    const cut = text.length > this.max;
    if (cut) text = text.slice(0, this.max);
    this.give(clean(text), this.#position, cut);
    this.#position += this.#lineUnits * 2;
    this.#text = '';
    this.#lineUnits = 0;
  }
}

function splitterFor(head: Buffer, max: number, each: (line: Line) => void, bytes: LineOptions['bytes']) {
  const encoding = utf16(head);
  if (encoding !== undefined) {
    const marked = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
    const skip = marked ? 2 : 0;
    return { encoding, skip, splitter: new Utf16Splitter(max, each, skip, encoding === 'utf-16be') } as const;
  }
  const skip = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  return { encoding: 'utf-8', skip, splitter: new ByteSplitter(max, each, skip, bytes) } as const;
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
    chosen = splitterFor(head, max, each, options.bytes);
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
