/** Zstandard (RFC 8878), through fzstd: several frames and skippable frames too. It does not verify checksums. */
import { Decompress } from 'fzstd';
import type { Bytes } from './bytes.js';

/**
 * Input given at a time. The smallest block has 4 bytes and gives 128 KiB, and all blocks of a slice are decompressed
 * at once: so at most 64 MiB are held.
 */
const SLICE = 2048;

/** Decompresses. Throws where the stream is damaged or cut, after everything that comes before it. */
export async function* unzstd(source: Bytes): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const stream = new Decompress((chunk) => {
    // A copy: fzstd goes on using its block as history.
    if (chunk.length > 0) ready.push(chunk.slice());
  });
  /** Hands over a slice; an error waits until what came before it is out. */
  const push = (slice: Uint8Array, last: boolean): unknown => {
    try {
      stream.push(slice, last);
      return undefined;
    } catch (error) {
      return error ?? new Error('damaged');
    }
  };
  const slices = async function* () {
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; at += SLICE) yield { slice: chunk.slice(at, at + SLICE), last: false };
    }
    yield { slice: new Uint8Array(0), last: true };
  };
  for await (const { slice, last } of slices()) {
    const error = push(slice, last);
    const out = ready;
    ready = [];
    yield* out;
    if (error !== undefined) throw error;
  }
}
