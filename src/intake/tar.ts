/**
 * Reads a tar archive as a stream, through node-tar's parser: ustar, PAX, GNU long names and v7. It was chosen because it
 * looks for the next header after a damaged one, and gives what there is of an entry when the archive is cut. Archives that
 * were written one behind the other (`cat a.tar b.tar`) are read as one, as `tar --ignore-zeros` does.
 */
import { Buffer } from 'node:buffer';
import { Parser, type ReadEntry } from 'tar';
import { printable } from '../core/escape.js';
import type { Bytes } from './bytes.js';
import { isTarHeader } from './tar-header.js';
import { afterZeros, cutAfterZeros } from './zero-blocks.js';

export interface TarEntry {
  readonly name: string;
  /** `other` has no content that could be read by itself: sparse files, parts of volumes. */
  readonly kind: 'file' | 'directory' | 'link' | 'device' | 'other';
  readonly size: number;
  readonly modified: Date | undefined;
  /** May be left unread: the rest is skipped when the next entry is asked for. */
  readonly bytes: Bytes;
}

/** Called when something is wrong: one sentence, and the entry that it concerns, if it is one. */
export type Damaged = (reason: string, name?: string) => void;

/** Bytes of a header, and of what content is filled up to (POSIX 1003.1, pax, "ustar interchange format"). */
const BLOCK = 512;
/** The parser handles a chunk at once; what it finds waits in memory, so chunks are kept small. */
const SLICE = 256 * 1024;

/**
 * The same bytes in pieces of whole blocks. Of a part of one the parser keeps a view, which would be overwritten; and where the
 * archive is cut it would give an entry's last bytes together with what follows them, which it then refuses. A piece ends where
 * blocks of zeros do: another archive may begin behind the end mark of the first.
 */
async function* pieces(source: Bytes): AsyncGenerator<Buffer> {
  /** A block whose end is in a chunk to come. */
  let early = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = early.length > 0 ? Math.min(BLOCK - early.length, bytes.length) : 0;
    if (at > 0) early = Buffer.concat([early, bytes.subarray(0, at)]);
    if (early.length === BLOCK) {
      yield early;
      early = Buffer.alloc(0);
    }
    const end = bytes.length - ((bytes.length - at) % BLOCK);
    for (; at < end; at += SLICE) yield* cutAfterZeros(bytes.subarray(at, Math.min(at + SLICE, end)));
    if (end < bytes.length) early = Buffer.from(bytes.subarray(end));
  }
  if (early.length > 0) yield early;
}

function kindOf(entry: ReadEntry): TarEntry['kind'] {
  // PAX keeps a sparse file's map in its content; version 1.0 also in front of it (GNU tar manual, "Sparse Formats").
  if (/(^|\/)GNUSparseFile\.\d+\//.test(entry.path)) return 'other';
  switch (entry.type) {
    case 'File':
    case 'OldFile':
    case 'ContiguousFile':
      return 'file';
    case 'Directory':
    case 'GNUDumpDir':
      return 'directory';
    case 'Link':
    case 'SymbolicLink':
      return 'link';
    case 'CharacterDevice':
    case 'BlockDevice':
    case 'FIFO':
      return 'device';
    default:
      return 'other';
  }
}

/** node-tar's parser, turned from pushing into pulling: it is given a chunk when somebody waits for what comes next. */
class Puller {
  readonly #found: ReadEntry[] = [];
  readonly #source: AsyncGenerator<Buffer>;
  #parser: Parser;
  #ended = false;
  /** Blocks that should have been headers and were not. */
  damagedBlocks = 0;
  /** The archive ends in the middle of an entry. */
  cut = false;
  /** The two blocks of zeros that end an archive were seen. */
  complete = false;
  /** What follows the end mark is neither zeros nor another archive. */
  rubbish = false;

  constructor(
    source: Bytes,
    private readonly ignored: (entry: ReadEntry) => void,
  ) {
    this.#source = pieces(source);
    this.#parser = this.#begin();
  }

  /** A parser for one archive. */
  #begin(): Parser {
    this.complete = false;
    const parser = new Parser({
      strict: false,
      zstd: false,
      onReadEntry: (entry) => this.#found.push(entry),
      onwarn: (code, message) => {
        if (code === 'TAR_ENTRY_INVALID') this.damagedBlocks++;
        else if (code === 'TAR_BAD_ARCHIVE' && String(message).startsWith('Truncated')) this.cut = true;
      },
    });
    parser.on('ignoredEntry', this.ignored);
    parser.on('eof', () => {
      this.complete = true;
    });
    return parser;
  }

  /** The next entry; undefined at the end. */
  async entry(): Promise<ReadEntry | undefined> {
    while (this.#found.length === 0) if (!(await this.#feed())) return this.#found.shift();
    return this.#found.shift();
  }

  /** The next bytes of the entry being read; undefined at its end. */
  async chunk(entry: ReadEntry): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = entry.read();
      if (chunk !== null) return chunk;
      if (entry.emittedEnd) return undefined;
      if (!(await this.#feed())) return entry.read() ?? undefined;
    }
  }

  /** Gives the parser one more chunk; false when there is none. */
  async #feed(): Promise<boolean> {
    if (this.#ended) return false;
    const { done, value } = await this.#source.next();
    if (done === true) return this.#end();
    if (!this.complete) {
      this.#parser.write(value);
      return true;
    }
    // All entries before the end mark were handed out, or no more would be asked for.
    const more = afterZeros(value);
    if (more === undefined) return true;
    if (!isTarHeader(more)) {
      this.rubbish = true;
      return this.#end();
    }
    this.#parser.end();
    this.#parser = this.#begin();
    this.#parser.write(more);
    return true;
  }

  #end(): false {
    this.#ended = true;
    this.#parser.end();
    return false;
  }

  async close(): Promise<void> {
    await this.#source.return(undefined);
  }
}

/**
 * The entries of an archive in order. Never throws: a cut archive gives the cut entry as far as it goes, damaged
 * headers are passed over until the next good one; both are reported.
 */
export async function* readTar(source: Bytes, damaged: Damaged): AsyncGenerator<TarEntry> {
  const special: ReadEntry[] = [];
  const puller = new Puller(source, (entry) => special.push(entry));
  let last: string | undefined;
  /** Only one word about the end: the most exact one. */
  let told = false;
  try {
    for (;;) {
      const entry = await puller.entry();
      for (const it of special.splice(0)) yield describe(it, 'other', empty());
      if (entry === undefined) break;
      last = entry.path;
      let read = 0;
      const next = async (): Promise<IteratorResult<Uint8Array>> => {
        const value = await puller.chunk(entry);
        if (value === undefined) return { done: true, value };
        read += value.length;
        return { done: false, value };
      };
      // No return(): leaving the loop over an entry must not end the archive.
      yield describe(entry, kindOf(entry), { [Symbol.asyncIterator]: () => ({ next }) });
      while ((await next()).done !== true);
      if (read < entry.size && entry.type !== 'Link') {
        damaged(`the archive ends in this member: ${read} of ${entry.size} bytes were read`, entry.path);
        told = true;
      }
    }
    const after = last === undefined ? '' : `, its last member is ${printable(last)}`;
    if (puller.damagedBlocks > 0) {
      damaged(`the archive is damaged: ${puller.damagedBlocks} blocks of 512 bytes were no header${after}`);
    } else if (puller.rubbish) damaged(`something that is no archive follows the end of the archive${after}: left out`);
    else if (puller.cut && !told) damaged(`the archive is cut${after}`);
    else if (!puller.complete && !told) damaged(`the archive has no end mark, it may have been cut${after}`);
  } catch (error) {
    damaged(
      `the archive is damaged (${error instanceof Error ? error.message : String(error)}): the rest was left out`,
    );
  } finally {
    await puller.close();
  }
}

function describe(entry: ReadEntry, kind: TarEntry['kind'], bytes: Bytes): TarEntry {
  return { name: entry.path, kind, size: entry.size, modified: entry.mtime, bytes };
}

async function* empty(): AsyncGenerator<Uint8Array> {}
