/** gzip (RFC 1952) and bare deflate (RFC 1951), through Node's zlib. */
import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw, type ZlibOptions } from 'node:zlib';
import type { Bytes } from './bytes.js';

type Inflater = Gunzip | InflateRaw;

/** Compressed bytes that are remembered, so that a damaged small file is read right up to the damage. */
const REMEMBERED = 1024 * 1024;
/** What zlib says of bytes that begin no gzip member. */
const NO_HEADER = new Set(['incorrect header check', 'unknown compression method', 'unknown header flags set']);

/** Bytes of output per chunk: each costs a change of threads, and what zlib has of one when it finds damage is lost. */
const OUTPUT = 1024 * 1024;
/** Bytes of output made ahead. What one write gives is not bounded otherwise: deflate makes up to 1032 bytes of one. */
const AHEAD = 2 * OUTPUT;
/** Writes given ahead, so that zlib need not wait for the reader between two. */
const WRITES = 2;
/** A stream that is paused waits as soon as it holds a byte: what it holds when it fails would be lost. */
const OPTIONS: ZlibOptions & { readonly highWaterMark: number } = { chunkSize: OUTPUT, highWaterMark: 1 };

/** gzip: members one after another are one stream, rubbish after them is ignored. Throws as `inflated` does. */
export function gunzip(source: Bytes): AsyncGenerator<Uint8Array> {
  return inflated(source, () => createGunzip(OPTIONS));
}

/** Deflate without a header, as it is in zip. Throws as `inflated` does. */
export function inflate(source: Bytes): AsyncGenerator<Uint8Array> {
  return inflated(source, () => createInflateRaw(OPTIONS));
}

/**
 * One zlib stream, pulled. It works ahead in another thread, within bounds. It listens to `data` itself, because
 * iterating a zlib stream loses what it holds when it fails.
 */
class Pulled {
  readonly #stream: Inflater;
  readonly #ready: Uint8Array[] = [];
  #bytes = 0;
  #wake = () => {};
  /** Chunks given that are not used up; after a failure the first of them is the damaged one. */
  pending = 0;
  failed: Error | undefined;
  /** No more will come; zlib ends by itself when zeros follow the last member. */
  ended = false;

  constructor(stream: Inflater) {
    this.#stream = stream;
    stream.on('data', (chunk: Uint8Array) => {
      this.#ready.push(chunk);
      this.#bytes += chunk.length;
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

  /** True when another chunk would be worked on before this one is asked for output again. */
  get hungry(): boolean {
    return this.pending < WRITES && this.failed === undefined && !this.ended;
  }

  give(chunk: Uint8Array): void {
    this.pending++;
    this.#stream.write(chunk, (error) => {
      if (error) return;
      this.pending--;
      this.#wake();
    });
  }

  /** Says that no more will be given. */
  end(): void {
    this.#stream.end();
  }

  /**
   * The next chunk of output. Undefined when all that was given is used up, unless that was the end of it; after the end,
   * and after a failure.
   */
  async take(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#ready.shift();
      this.#bytes -= chunk?.length ?? 0;
      if (this.#bytes < AHEAD) this.#stream.resume();
      if (chunk !== undefined || this.failed !== undefined || this.ended) return chunk;
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

/** Decompresses. Throws where the stream is damaged or cut, after what could be decompressed was handed out. */
async function* inflated(source: Bytes, create: () => Inflater): AsyncGenerator<Uint8Array> {
  const input = source[Symbol.asyncIterator]();
  const stream = new Pulled(create());
  /** What was given so far, until it is too much. */
  let before: Uint8Array[] | undefined = [];
  let remembered = 0;
  let read = false;
  let given = 0;
  try {
    for (;;) {
      while (stream.hungry && !read) {
        const { done, value } = await input.next();
        if (done === true) {
          read = true;
          stream.end();
          break;
        }
        remembered += value.length;
        if (remembered > REMEMBERED) before = undefined;
        else before?.push(value);
        stream.give(value);
      }
      const out = await stream.take();
      if (out !== undefined) {
        given += out.length;
        yield out;
      } else if (stream.failed !== undefined) break;
      else if (stream.ended) return;
    }
    if (before !== undefined && stream.pending > 0) {
      const upTo = before.slice(0, before.length - stream.pending + 1);
      for await (const rest of upToDamage(create(), upTo, given)) {
        given += rest.length;
        yield rest;
      }
    }
    if (given > 0 && NO_HEADER.has(stream.failed.message)) return;
    throw stream.failed;
  } finally {
    stream.close();
    await input.return?.();
  }
}

/**
 * zlib gives nothing of a chunk in which it finds damage. So that chunk, the last one, is tried again byte by byte, by a
 * new stream that has read what came before it. `skip` bytes of what it gives are known already.
 */
async function* upToDamage(
  inflater: Inflater,
  chunks: readonly Uint8Array[],
  skip: number,
): AsyncGenerator<Uint8Array> {
  const stream = new Pulled(inflater);
  const damaged = chunks.at(-1)!;
  let left = skip;
  async function* outputOf(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
    stream.give(chunk);
    for (let out = await stream.take(); out !== undefined; out = await stream.take()) {
      if (out.length > left) yield out.subarray(left);
      left = Math.max(0, left - out.length);
    }
  }
  try {
    for (const chunk of chunks.slice(0, -1)) yield* outputOf(chunk);
    for (let at = 0; at < damaged.length && stream.failed === undefined && !stream.ended; at++) {
      yield* outputOf(damaged.subarray(at, at + 1));
    }
  } finally {
    stream.close();
  }
}
