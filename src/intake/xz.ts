/**
 * xz (the .xz File Format 1.2.1), through xz-decompress, which is xz-embedded in WebAssembly. It knows the checks
 * CRC32 and CRC64 (what xz and liblzma write unless told otherwise) but not SHA-256.
 */
import { ReadableStream } from 'node:stream/web';
import xz from 'xz-decompress';
import type { Bytes } from './bytes.js';

/** Decompresses. Throws where the stream is damaged or cut, after everything that comes before it. */
export async function* unxz(source: Bytes): AsyncGenerator<Uint8Array> {
  const input = source[Symbol.asyncIterator]();
  let ended = false;
  const compressed = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await input.next();
      if (done !== true) controller.enqueue(value);
      else {
        ended = true;
        controller.close();
      }
    },
    async cancel() {
      await input.return?.();
    },
  });
  const stream = new xz.XzReadableStream(compressed);
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value.length > 0) yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
    if (!ended) await input.return?.();
  }
}
