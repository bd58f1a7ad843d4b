/** gzip (RFC 1952) and bare deflate (RFC 1951), through Node's zlib. */
import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from 'node:zlib';
import type { Bytes } from './bytes.js';

type Inflater = Gunzip | InflateRaw;

const OUTPUT = 256 * 1024;
/** Compressed bytes that are remembered, so that a damaged small file is read right up to the damage. */
const REMEMBERED = 1024 * 1024;
/** What zlib says of bytes that begin no gzip member. */
const NO_HEADER = new Set(['incorrect header check', 'unknown compression method', 'unknown header flags set']);

/** gzip: members one after another are one stream, rubbish after them is ignored. Throws as `inflated` does. */
export function gunzip(source: Bytes): AsyncGenerator<Uint8Array> {
  return inflated(source, () => createGunzip({ chunkSize: OUTPUT }));
}

/** Deflate without a header, as it is in zip. Throws as `inflated` does. */
export function inflate(source: Bytes): AsyncGenerator<Uint8Array> {
  return inflated(source, () => createInflateRaw({ chunkSize: OUTPUT }));
}

/**
 * One zlib stream, pulled. It listens to `data` itself, because iterating a zlib stream loses what it holds when it
 * fails. Everything that one write gives is held, so chunks must be small.
 */
class Pulled {
  readonly #stream: Inflater;
  #ready: Uint8Array[] = [];
  #wake = () => {};
  failed: Error | undefined;
  /** zlib ends by itself when zeros follow the last member. */
  ended = false;

  constructor(stream: Inflater) {
    this.#stream = stream;
    stream.on('data', (chunk: Uint8Array) => this.#ready.push(chunk));
    stream.on('error', (error) => {
      this.failed = error;
      this.#wake();
    });
    stream.on('end', () => {
      this.ended = true;
      this.#wake();
    });
  }

  /** What a chunk gives; without one, what is left at the end. */
  async take(chunk?: Uint8Array): Promise<Uint8Array[]> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (chunk === undefined) this.#stream.end();
      else this.#stream.write(chunk, () => resolve());
    });
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  close(): void {
    this.#stream.destroy();
  }
}

function sizeOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

/** Decompresses. Throws where the stream is damaged or cut, after what could be decompressed was handed out. */
async function* inflated(source: Bytes, create: () => Inflater): AsyncGenerator<Uint8Array> {
  const stream = new Pulled(create());
  let before: Uint8Array[] | undefined = [];
  let remembered = 0;
  let given = 0;
  try {
    for await (const chunk of source) {
      const out = await stream.take(chunk);
      given += sizeOf(out);
      yield* out;
      if (stream.failed !== undefined) {
        if (before !== undefined) {
          for await (const rest of upToDamage(create(), before, chunk, sizeOf(out))) {
            given += rest.length;
            yield rest;
          }
        }
        if (given > 0 && NO_HEADER.has(stream.failed.message)) return;
        throw stream.failed;
      }
      if (stream.ended) return;
      remembered += chunk.length;
      if (remembered <= REMEMBERED) before?.push(chunk);
      else before = undefined;
    }
    yield* await stream.take();
    if (stream.failed !== undefined) throw stream.failed;
  } finally {
    stream.close();
  }
}

/**
 * zlib gives nothing of a chunk in which it finds damage. So the chunk is tried again byte by byte, by a new stream
 * that has read what came before it. `skip` bytes of what it gives are known already.
 */
async function* upToDamage(
  inflater: Inflater,
  before: readonly Uint8Array[],
  damaged: Uint8Array,
  skip: number,
): AsyncGenerator<Uint8Array> {
  const stream = new Pulled(inflater);
  let left = skip;
  try {
    for (const chunk of before) await stream.take(chunk);
    for (let at = 0; at < damaged.length && stream.failed === undefined && !stream.ended; at++) {
      for (const chunk of await stream.take(damaged.subarray(at, at + 1))) {
        if (chunk.length > left) yield chunk.subarray(left);
        left = Math.max(0, left - chunk.length);
      }
    }
  } finally {
    stream.close();
  }
}
