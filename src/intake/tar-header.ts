/** Is this the first block of a tar archive? Told by the checksum, which archives from before ustar (v7) have too. */

const BLOCK = 512;
const CHECKSUM_AT = 148;
const CHECKSUM_LENGTH = 8;

/**
 * True when the first 512 bytes are a tar header (POSIX pax, "ustar Interchange Format"): the octal number at 148 is
 * the sum of all bytes with that field taken as spaces. Some old writers summed signed bytes; both are accepted.
 * A block of zeros is an archive's end, not its beginning.
 */
export function isTarHeader(head: Uint8Array): boolean {
  if (head.length < BLOCK || head[0] === 0) return false;
  let written = 0;
  let digits = 0;
  for (let i = CHECKSUM_AT; i < CHECKSUM_AT + CHECKSUM_LENGTH; i++) {
    const c = head[i]!;
    if (c >= 0x30 && c <= 0x37) {
      written = written * 8 + (c - 0x30);
      digits++;
    } else if (c === 0 || c === 0x20) {
      if (digits > 0) break;
    } else return false;
  }
  if (digits === 0) return false;
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < BLOCK; i++) {
    const c = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_LENGTH ? 0x20 : head[i]!;
    unsigned += c;
    signed += c < 0x80 ? c : c - 0x100;
  }
  return written === unsigned || written === signed;
}
