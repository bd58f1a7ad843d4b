/** Bytes on their way from an input to who reads a member: counted, bounded, checked. What is wrong with them is told, never thrown. */
import type { Bytes } from './bytes.js';
import { crc32 } from './crc32.js';
import { decompress, type Encoding } from './decompress.js';
import { systemReason } from './folder.js';
import { type Budget, formatBytes } from './limits.js';

/** Told of what is wrong with a stream. */
type Tell = (reason: string) => void;

/** Tells of each piece how long it is. */
export async function* counted(
  bytes: Bytes,
  onBytes: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    onBytes?.(chunk.length);
    yield chunk;
  }
}

/** A read error ends the stream. */
export async function* safe(bytes: Bytes, tell: Tell): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    tell(`could not be read further: ${systemReason(error)}`);
  }
}

/** At most so many bytes. */
export async function* limited(bytes: Bytes, most: number, tell: Tell): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of bytes) {
    if (read + chunk.length > most) {
      yield chunk.subarray(0, most - read);
      tell(`larger than ${formatBytes(most)}: only that much was read`);
      return;
    }
    read += chunk.length;
    yield chunk;
  }
}

/** The content of a zip's member. What does not fit its checksum (undefined: there is none) is handed out, and named. */
export async function* unzipped(
  raw: Bytes,
  packed: Encoding,
  checksum: number | undefined,
  budget: Budget,
  tell: Tell,
): AsyncGenerator<Uint8Array> {
  let whole = true;
  let crc = 0;
  const bytes = decompress(packed, raw, budget, (reason) => {
    whole = false;
    tell(reason);
  });
  for await (const chunk of bytes) {
    if (checksum !== undefined) crc = crc32(chunk, crc);
    yield chunk;
  }
  if (whole && checksum !== undefined && crc !== checksum)
    tell('damaged: its content does not fit its checksum, and was read as it is');
}
