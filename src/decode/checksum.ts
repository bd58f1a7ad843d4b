import { Checksum, type Frame } from '../core/frame.js';
import { u16 } from './bytes.js';

/**
 * The Internet checksum (RFC 1071) over captured bytes. The sum does not depend on byte order, so whole 32-bit words
 * of the chunk are added as the machine holds them and the result is swapped once. The word view is made per chunk,
 * not per packet.
 */

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const EVEN_SHIFT = LITTLE ? 0 : 8;
const NOTHING = new Uint8Array(0);

let viewed: Uint8Array = NOTHING;
let words: Int32Array = new Int32Array(0);
/** Position of bytes[0] within its 32-bit word. */
let skew = 0;

function view(bytes: Uint8Array): void {
  viewed = bytes;
  skew = bytes.byteOffset & 3;
  words = new Int32Array(bytes.buffer, bytes.byteOffset - skew, (bytes.length + skew) >>> 2);
}

/** Lets go of the last chunk. */
export function forgetWords(): void {
  viewed = NOTHING;
  words = new Int32Array(0);
  skew = 0;
}

/** One's complement sum of the 16-bit words in [at, end), an odd last byte padded with zero; 0..0xffff. */
export function sum16(bytes: Uint8Array, at: number, end: number): number {
  if (viewed !== bytes) view(bytes);
  let sum = 0;
  let i = at + skew;
  const stop = end + skew;
  while ((i & 3) !== 0 && i < stop) {
    sum += bytes[i - skew]! << ((i & 1) === 0 ? EVEN_SHIFT : 8 - EVEN_SHIFT);
    i++;
  }
  const w = words;
  const lastWord = stop >>> 2;
  let word = i >>> 2;
  if (word < lastWord) {
    i = lastWord << 2;
    while (word < lastWord) {
      // Of each word its upper half, and the whole modulo 2^32, which gives the lower halves in one operation less;
      // both stay below 2^31 for 16,384 words.
      const pause = lastWord - word > 16384 ? word + 16384 : lastWord;
      let whole = 0;
      let high = 0;
      for (; word + 4 <= pause; word += 4) {
        const a = w[word]!;
        const b = w[word + 1]!;
        const c = w[word + 2]!;
        const d = w[word + 3]!;
        whole = (whole + a + b + c + d) | 0;
        high = (high + (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16)) | 0;
      }
      for (; word < pause; word++) {
        const a = w[word]!;
        whole = (whole + a) | 0;
        high = (high + (a >>> 16)) | 0;
      }
      const low = (whole - (high << 16)) | 0;
      const both = (low & 0xffff) + (low >>> 16) + (high & 0xffff) + (high >>> 16);
      sum += (both & 0xffff) + (both >>> 16);
    }
  }
  while (i < stop) {
    sum += bytes[i - skew]! << ((i & 1) === 0 ? EVEN_SHIFT : 8 - EVEN_SHIFT);
    i++;
  }
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  const startsEven = ((at + skew) & 1) === 0;
  return startsEven === LITTLE ? ((sum & 0xff) << 8) | (sum >>> 8) : sum;
}

/** Verdict on an IPv4 header that is captured whole. */
export function headerChecksum(bytes: Uint8Array, at: number, length: number): number {
  let sum =
    u16(bytes, at) +
    u16(bytes, at + 2) +
    u16(bytes, at + 4) +
    u16(bytes, at + 6) +
    u16(bytes, at + 8) +
    u16(bytes, at + 10) +
    u16(bytes, at + 12) +
    u16(bytes, at + 14) +
    u16(bytes, at + 16) +
    u16(bytes, at + 18);
  for (let i = at + 20; i < at + length; i += 2) sum += u16(bytes, i);
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  return sum === 0xffff ? Checksum.good : Checksum.bad;
}

/**
 * Verdict on a TCP, UDP or ICMPv6 segment in [at, wire), with the pseudo header of the IP header at `ip`;
 * unverified when it is not captured whole or is a fragment.
 */
export function segmentChecksum(
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  ip: number,
  proto: number,
  frame: Frame,
): number {
  if (wire > end || frame.fragOffset >= 0) return Checksum.unverified;
  const length = wire - at;
  let sum = proto + (length & 0xffff) + (length >>> 16) + sum16(bytes, at, wire);
  if (bytes[ip]! >>> 4 === 4) {
    sum += u16(bytes, ip + 12) + u16(bytes, ip + 14) + u16(bytes, ip + 16) + u16(bytes, ip + 18);
  } else for (let i = ip + 8; i < ip + 40; i += 2) sum += u16(bytes, i);
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  return sum === 0xffff ? Checksum.good : Checksum.bad;
}

/** Verdict on an ICMPv4 message, which has no pseudo header. */
export function messageChecksum(bytes: Uint8Array, at: number, end: number, wire: number, frame: Frame): number {
  if (wire > end || frame.fragOffset >= 0) return Checksum.unverified;
  return sum16(bytes, at, wire) === 0xffff ? Checksum.good : Checksum.bad;
}
