/** gzip (RFC 1952) and bare deflate (RFC 1951), through Node's zlib. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Bytes } from './bytes.js';
import { type Inflating, type Packed, Pulled } from './inflating.js';
import { Aside, ThreadLost } from './inflating-aside.js';

/** Compressed bytes that are remembered, so that a damaged small file is read right up to the damage. */
const REMEMBERED = 1024 * 1024;
/** Compressed bytes from which on a stream gets a thread of its own, which takes as long to start as some 5 MB to decompress. */
const LARGE = 8 * 1024 * 1024;
/** The build puts it there, one folder below its root as every room. From sources, as some tests are run, there is none. */
const THREAD = new URL('../intake/inflate-thread.js', import.meta.url);
/** What zlib says of bytes that begin no gzip member. */
const NO_HEADER = new Set(['incorrect header check', 'unknown compression method', 'unknown header flags set']);

/**
 * gzip: members one after another are one stream, rubbish after them is ignored. `size`: compressed bytes, where that is known.
 * Throws as `inflated` does.
 */
export function gunzip(source: Bytes, size = 0): AsyncGenerator<Uint8Array> {
  const aside = size >= LARGE && availableParallelism() > 1 && existsSync(THREAD);
  return inflated(source, 'gzip', () => (aside ? asideIfItStarts(THREAD) : new Pulled('gzip')));
}

/** Where the machine lets nobody start another thread, this one has to do. */
function asideIfItStarts(script: URL): Inflating {
  try {
    return new Aside('gzip', script);
  } catch {
    return new Pulled('gzip');
  }
}

/**
 * Deflate without a header, as it is in zip. Throws as `inflated` does. Never in a thread of its own: what a zip says of a size may
 * be a lie, a hundred thousand times.
 */
export function inflate(source: Bytes): AsyncGenerator<Uint8Array> {
  return inflated(source, 'deflate', () => new Pulled('deflate'));
}

/**
 * Decompresses, by the stream that `create` makes. Throws where the data are damaged or cut, after what could be decompressed was
 * handed out; `ThreadLost` where the stream's thread ended.
 */
export async function* inflated(source: Bytes, packed: Packed, create: () => Inflating): AsyncGenerator<Uint8Array> {
  const input = source[Symbol.asyncIterator]();
  let stream = create();
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
        else before?.push(value.slice());
        stream.give(value);
      }
      const out = await stream.take();
      if (out !== undefined) {
        given += out.length;
        yield out;
      } else if (stream.failed instanceof ThreadLost && given === 0 && before !== undefined) {
        // It never began.
        stream.close();
        stream = new Pulled(packed);
        for (const piece of before) stream.give(piece);
        if (read) stream.end();
      } else if (stream.failed !== undefined) break;
      else if (stream.ended) return;
    }
    if (before !== undefined && stream.pending > 0 && !(stream.failed instanceof ThreadLost)) {
      const upTo = before.slice(0, before.length - stream.pending + 1);
      for await (const rest of upToDamage(packed, upTo, given)) {
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
async function* upToDamage(packed: Packed, chunks: readonly Uint8Array[], skip: number): AsyncGenerator<Uint8Array> {
  const stream = new Pulled(packed);
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
