/**
 * Cuts a member's bytes into lines. The encodings and accidents of real bundles end here: parsers see clean text with
 * the line number an editor shows and the byte offset in the decompressed member.
 */
import { Buffer } from 'node:buffer';
import type { Line } from '../core/sink.js';
import type { Bytes } from './bytes.js';
import type { LineNote } from './line-splitter.js';
import { type ByteOptions, ByteSplitter } from './line-utf8.js';
import { Utf16Splitter } from './line-utf16.js';
import { utf16 } from './recognise.js';

/** Longest text of a line that parsers get, in bytes (UTF-16 input: in characters). Longer lines are cut and counted. */
export const MAX_TEXT = 256 * 1024;

export interface LineOptions extends ByteOptions {
  /** Instead of `MAX_TEXT`. */
  readonly maxText?: number;
  /** Called between chunks, at most some thousand lines apart: the place to wait for a slow store. */
  readonly pause?: () => void | Promise<void>;
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
