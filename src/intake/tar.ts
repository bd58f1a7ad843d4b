/** Reads a tar archive as a stream, through tar-stream: ustar, PAX, GNU long names and v7. */
import { type Header, extract as newExtract } from 'tar-stream';
import type { Bytes } from './bytes.js';

export interface TarEntry {
  readonly name: string;
  /** `other` is what has no content of its own for us: sparse maps, volume labels and the like. */
  readonly kind: 'file' | 'directory' | 'link' | 'device' | 'other';
  readonly size: number;
  readonly modified: Date;
  /** May be left unread: the rest is skipped when the next entry is asked for. */
  readonly bytes: Bytes;
}

/** Called when something is wrong: one sentence, and the entry that it concerns, if it is one. */
export type Damaged = (reason: string, name?: string) => void;

function kindOf(type: string | null | undefined): TarEntry['kind'] {
  switch (type) {
    case 'file':
    case 'contiguous-file':
      return 'file';
    case 'directory':
      return 'directory';
    case 'link':
    case 'symlink':
      return 'link';
    case 'character-device':
    case 'block-device':
    case 'fifo':
      return 'device';
    default:
      return 'other';
  }
}

/** v7 archives have no magic. A high-water mark of one byte makes every write wait until it was taken. */
const OPTIONS = { allowUnknownFormat: true, highWaterMark: 1 };

/** Feeds the source to tar-stream, one chunk at a time, and remembers how much that was. */
class Feed {
  readonly extract = newExtract(OPTIONS);
  /** Bytes of the archive so far; whether it has ended. */
  fed = 0;
  ended = false;
  /** The entry being read, and where its content ends in the archive. */
  #entry: { push(chunk: null): unknown } | undefined;
  #entryEnd = 0;

  constructor() {
    this.extract.on('entry', (header, stream) => {
      this.#entry = stream;
      this.#entryEnd = contentStart(header) + header.size;
    });
    // Errors arrive through the iterator; without a listener they would also end the process.
    this.extract.on('error', () => {});
  }

  async run(source: Bytes): Promise<void> {
    try {
      for await (const chunk of source) {
        if (this.extract.destroyed) return;
        if (chunk.length === 0) continue;
        this.fed += chunk.length;
        await this.#write(chunk);
      }
    } catch (error) {
      this.extract.destroy(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.ended = true;
    // Ending tar-stream in the middle of an entry would throw away what it holds of it, so only the entry is ended.
    if (this.#entry !== undefined && this.fed < this.#entryEnd) this.#entry.push(null);
    else this.extract.end(null);
  }

  /** Resolves when tar-stream has taken the chunk, or was destroyed. */
  #write(chunk: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.extract.off('drain', done);
        this.extract.off('close', done);
        resolve();
      };
      this.extract.on('drain', done);
      this.extract.on('close', done);
      if (this.extract.write(chunk)) done();
    });
  }
}

/** Offset of an entry's content in the archive; tar-stream sets it, its type declarations do not know it. */
function contentStart(header: Header): number {
  return (header as Header & { readonly byteOffset: number }).byteOffset;
}

/**
 * The entries of an archive in order. Never throws: an archive that is cut gives the cut entry as far as it goes, a
 * damaged header ends the reading; both are reported.
 */
export async function* readTar(source: Bytes, damaged: Damaged): AsyncGenerator<TarEntry> {
  const feed = new Feed();
  const running = feed.run(source);
  const entries = feed.extract[Symbol.asyncIterator]();
  let last: string | undefined;
  try {
    for (;;) {
      const step = await entries.next();
      if (step.done === true) return;
      const { header } = step.value;
      last = header.name;
      const size = header.size;
      let read = 0;
      const chunks = step.value[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
      const next = async (): Promise<IteratorResult<Uint8Array>> => {
        const chunk = await chunks.next();
        if (chunk.done !== true) read += chunk.value.length;
        return chunk;
      };
      // No return(): leaving the loop over an entry must not end the archive.
      const bytes = { [Symbol.asyncIterator]: () => ({ next }) };
      yield { name: header.name, kind: kindOf(header.type), size, modified: header.mtime, bytes };
      while ((await next()).done !== true);
      if (read < size && header.type !== 'directory') {
        damaged(`the archive ends in this member: ${read} of ${size} bytes were read`, header.name);
        return;
      }
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const where = last === undefined ? 'at its beginning' : `after ${last}`;
    damaged(
      why === 'Unexpected end of data'
        ? `the archive ends in the middle, ${where}`
        : `the archive is damaged ${where}: what follows was left out`,
    );
  } finally {
    feed.extract.destroy(null);
    await running;
  }
}
