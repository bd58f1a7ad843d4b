/** Blocks of zeros in a tar archive: two of them end it (POSIX 1003.1, pax, "ustar interchange format"). */
import { Buffer } from 'node:buffer';

const BLOCK = 512;
const ZEROS = Buffer.alloc(BLOCK);

const isZero = (bytes: Buffer, at: number): boolean =>
  bytes[at] === 0 && bytes.subarray(at, at + BLOCK).equals(ZEROS.subarray(0, Math.min(BLOCK, bytes.length - at)));

/** The same bytes, which begin with a block, cut where something follows blocks of zeros. */
export function* cutAfterZeros(bytes: Buffer): Generator<Buffer> {
  let from = 0;
  let zeros = false;
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const zero = isZero(bytes, at);
    if (zeros && !zero) {
      yield bytes.subarray(from, at);
      from = at;
    }
    zeros = zero;
  }
  if (from < bytes.length) yield bytes.subarray(from);
}

/** What begins with the first block that is not all zeros; undefined when there is none. */
export function afterZeros(bytes: Buffer): Buffer | undefined {
  let at = 0;
  while (at < bytes.length && isZero(bytes, at)) at += BLOCK;
  return at < bytes.length ? bytes.subarray(at) : undefined;
}
