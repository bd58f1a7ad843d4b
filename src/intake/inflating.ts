/** One zlib stream, pulled: in pieces, and never far ahead of its reader. */
import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw, type ZlibOptions } from 'node:zlib';

export type Packed = 'gzip' | 'deflate';

/** Bytes of output per piece: each costs a change of threads, and what zlib has of one when it finds damage is lost. */
export const OUTPUT = 512 * 1024;
/** Bytes of output made ahead. What one write gives is not bounded otherwise: deflate makes up to 1032 bytes of one. */
export const AHEAD: number = 6 * OUTPUT;
/** Pieces of input given ahead, so that zlib need not wait for the reader between two. */
export const WRITES = 2;

/** A stream that is paused waits as soon as it holds a byte: what it holds when it fails would be lost. */
const OPTIONS: ZlibOptions & { readonly highWaterMark: number } = { chunkSize: OUTPUT, highWaterMark: 1 };

export const inflaterOf = (packed: Packed): Gunzip | InflateRaw =>
  packed === 'gzip' ? createGunzip(OPTIONS) : createInflateRaw(OPTIONS);

export interface Inflating {
  /** Pieces given that are not used up; after a failure the first of them is the damaged one. */
  readonly pending: number;
  readonly failed: Error | undefined;
  /** No more will come; zlib ends by itself when zeros follow the last member. */
  readonly ended: boolean;
  /** True when another piece would be worked on before this one is asked for output again. */
  readonly hungry: boolean;
  /** At most 1 MB. */
  give(piece: Uint8Array): void;
  /** Says that no more will be given. */
  end(): void;
  /**
   * The next piece of output. Undefined when all that was given is used up, unless that was the end of it; after the end,
   * and after a failure.
   */
  take(): Promise<Uint8Array | undefined>;
  close(): void;
}

/**
 * Read by the thread that made it, while another one works for zlib. It listens to `data` itself, because iterating a zlib stream
 * loses what it holds when it fails.
 */
export class Pulled implements Inflating {
  readonly #stream: Gunzip | InflateRaw;
  readonly #ready: Uint8Array[] = [];
  #bytes = 0;
  #wake = () => {};
  pending = 0;
  failed: Error | undefined;
  ended = false;

  constructor(packed: Packed) {
    const stream = inflaterOf(packed);
    this.#stream = stream;
    stream.on('data', (piece: Uint8Array) => {
      this.#ready.push(piece);
      this.#bytes += piece.length;
      if (this.#bytes >= AHEAD) stream.pause();
      this.#wake();
    });
    stream.on('error', (error) => {
      this.failed = error;
      this.#wake();
    });
    stream.on('end', () => {
      this.ended = true;
      this.#wake();
    });
  }

  get hungry(): boolean {
    return this.pending < WRITES && this.failed === undefined && !this.ended;
  }

  give(piece: Uint8Array): void {
    this.pending++;
    this.#stream.write(piece, (error) => {
      if (error) return;
      this.pending--;
      this.#wake();
    });
  }

  end(): void {
    this.#stream.end();
  }

  async take(): Promise<Uint8Array | undefined> {
    for (;;) {
      const piece = this.#ready.shift();
      this.#bytes -= piece?.length ?? 0;
      if (this.#bytes < AHEAD) this.#stream.resume();
      if (piece !== undefined || this.failed !== undefined || this.ended) return piece;
      if (this.pending === 0 && !this.#stream.writableEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#stream.destroy();
  }
}
