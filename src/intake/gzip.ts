/** gzip (RFC 1952) and bare deflate (RFC 1951), through Node's zlib. */
import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from 'node:zlib';
import type { Bytes } from './bytes.js';

/** Deflate gives at most 1032 bytes for one, so that a slice of input gives at most 16 MiB. */
const SLICE = 16 * 1024;
const OUTPUT = 256 * 1024;

/** gzip: members one after another are one stream, rubbish after them is ignored. Throws as `inflated` does. */
export function gunzip(source: Bytes): AsyncGenerator<Uint8Array> {
  return inflated(source, createGunzip({ chunkSize: OUTPUT }));
}

/** Deflate without a header, as it is in zip. Throws as `inflated` does. */
export function inflate(source: Bytes): AsyncGenerator<Uint8Array> {
  return inflated(source, createInflateRaw({ chunkSize: OUTPUT }));
}

/**
 * Decompresses. Throws where the stream is damaged or cut, after everything that could be decompressed was handed
 * out; that is why this listens to `data` itself: iterating a zlib stream loses what it holds when it fails.
 */
async function* inflated(source: Bytes, stream: Gunzip | InflateRaw): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  let failed: Error | undefined;
  let wake: (() => void) | undefined;
  stream.on('data', (chunk: Uint8Array) => ready.push(chunk));
  stream.on('error', (error) => {
    failed = error;
    wake?.();
  });
  const settle = (start: (done: () => void) => void) =>
    new Promise<void>((resolve) => {
      wake = resolve;
      start(resolve);
    });
  try {
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length && failed === undefined; at += SLICE) {
        await settle((done) => stream.write(chunk.subarray(at, at + SLICE), () => done()));
        const out = ready;
        ready = [];
        yield* out;
      }
      if (failed !== undefined) throw failed;
    }
    await settle((done) => stream.once('end', done).end());
    yield* ready;
    if (failed !== undefined) throw failed;
  } finally {
    stream.destroy();
  }
}
