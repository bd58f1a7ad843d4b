import * as zlib from 'node:zlib';

/** The reflected polynomial 0xEDB88320 (ISO 3309, RFC 1952 section 8), eight tables: what a byte does that is so many bytes ahead. */
const TABLES = Array.from({ length: 8 }, () => new Int32Array(256));
for (let i = 0; i < 256; i++) {
  let c = i;
  for (let bit = 0; bit < 8; bit++) c = (c & 1) === 0 ? c >>> 1 : (c >>> 1) ^ 0xedb88320;
  TABLES[0]![i] = c;
}
for (let table = 1; table < 8; table++)
  for (let i = 0; i < 256; i++) {
    const before = TABLES[table - 1]![i]!;
    TABLES[table]![i] = (before >>> 8) ^ TABLES[0]![before & 255]!;
  }
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** CRC-32 of `bytes` behind data whose CRC-32 is `before` (0 for none): 0 to 2^32 - 1. Eight bytes a step. */
export function crc32InSteps(bytes: Uint8Array, before = 0): number {
  let c = ~before;
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    const low = c ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    c =
      T7[low & 255]! ^
      T6[(low >>> 8) & 255]! ^
      T5[(low >>> 16) & 255]! ^
      T4[low >>> 24]! ^
      T3[bytes[at + 4]!]! ^
      T2[bytes[at + 5]!]! ^
      T1[bytes[at + 6]!]! ^
      T0[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) c = (c >>> 8) ^ T0[(c ^ bytes[at]!) & 255]!;
  return ~c >>> 0;
}

/** The same by Node's own where it has one, which is since 20.15. */
export const crc32: (bytes: Uint8Array, before?: number) => number =
  (zlib as { readonly crc32?: (bytes: Uint8Array, before?: number) => number }).crc32 ?? crc32InSteps;
