import { u16 } from '../../decode/bytes.js';

/** A checksum of a frame, with what it covers. */
export interface Covered {
  /** Where it stands, an even number of bytes behind `from`. */
  readonly field: number;
  /** The captured bytes that it covers, itself included. */
  readonly from: number;
  readonly to: number;
  /** All that it covers was captured. */
  readonly whole: boolean;
  /** The pseudo header (RFC 9293 3.1, RFC 8200 8.1): where the IP header begins, the protocol, the length of the segment. */
  readonly pseudo?: { readonly ip: number; readonly proto: number; readonly length: number };
}

/** One's complement sum (RFC 1071), 0 to 0xffff. */
function folded(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x10000);
  return rest;
}

function words(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i += 2) sum += i + 1 < to ? u16(bytes, i) : bytes[i]! << 8;
  return sum;
}

function pseudoSum(bytes: Uint8Array, { pseudo }: Covered): number {
  if (pseudo === undefined) return 0;
  const { ip, proto, length } = pseudo;
  const addresses = bytes[ip]! >>> 4 === 4 ? words(bytes, ip + 12, ip + 20) : words(bytes, ip + 8, ip + 40);
  return addresses + proto + (length & 0xffff) + (length >>> 16);
}

/** Of all that is covered, but the field. */
const sumOf = (bytes: Uint8Array, covered: Covered): number =>
  folded(
    pseudoSum(bytes, covered) + words(bytes, covered.from, covered.field) + words(bytes, covered.field + 2, covered.to),
  );

/** Equal in one's complement, which has two zeros. */
const same = (a: number, b: number): boolean => a % 0xffff === b % 0xffff;

/**
 * What the field holds once `before` has become `after`: right where it was right, wrong where it was wrong. A wrong one tells
 * nothing of what was replaced: one that the network card was to complete (the kernel leaves the pseudo header's sum there,
 * `CHECKSUM_PARTIAL` of include/linux/skbuff.h) is that again, zero is zero, any other becomes the right one and 1. One that cannot
 * be judged is carried over by the difference (RFC 1624).
 */
export function carriedOver(before: Uint8Array, after: Uint8Array, covered: Covered): number {
  const old = u16(before, covered.field);
  const right = 0xffff - sumOf(after, covered);
  // A UDP checksum of zero would mean that there is none (RFC 768); to all others both zeros are one.
  const given = right === 0 && covered.pseudo !== undefined ? 0xffff : right;
  if (covered.whole && same(old, 0xffff - sumOf(before, covered))) return given;
  if (covered.pseudo !== undefined && same(old, folded(pseudoSum(before, covered))))
    return folded(pseudoSum(after, covered));
  if (old === 0) return 0;
  if (covered.whole) return (right % 0xffff) + 1;
  return folded(old + sumOf(before, covered) + (0xffff - sumOf(after, covered)));
}
