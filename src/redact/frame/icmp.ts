import { Proto } from '../../core/frame.js';
import type { Envelope } from './ip.js';
import { rewriteIp } from './link.js';
import type { Rewriting, Understood } from './rewriting.js';

/** RFC 792: headers of all messages, the gateway of a redirect, and the packet that an error quotes. */
export function rewriteIcmp4(
  frame: Rewriting,
  at: number,
  end: number,
  wire: number,
  { fragment, depth }: Envelope,
): Understood {
  // Type, code and checksum.
  if (end - at < 8) return Math.min(at + 4, end);
  frame.checksum({ field: at + 2, from: at, to: end, whole: wire <= end && !fragment });
  const type = frame.bytes[at]!;
  if (type === REDIRECT) frame.ip4(at + 4);
  return ERRORS.has(type) ? quoted(frame, at + 8, end, depth) : at + 8;
}

const REDIRECT = 5;
const ERRORS: ReadonlySet<number> = new Set([3, 4, REDIRECT, 11, 12]);

/** The quoted packet was longer than the quote; its IP header says how long. What is not understood of it is cut off. */
const quoted = (frame: Rewriting, at: number, end: number, depth: number): number =>
  rewriteIp(frame, at, end, end, depth + 1) ?? at;

/** RFC 4443 and neighbour discovery (RFC 4861): errors with what they quote, targets, and link-layer addresses. */
export function rewriteIcmp6(
  frame: Rewriting,
  at: number,
  end: number,
  wire: number,
  { ip, fragment, depth }: Envelope,
): Understood {
  if (end - at < 8) return Math.min(at + 4, end);
  const pseudo = { ip, proto: Proto.icmp6, length: wire - at };
  frame.checksum({ field: at + 2, from: at, to: end, whole: wire <= end && !fragment, pseudo });
  const type = frame.bytes[at]!;
  if (type >= 1 && type <= 4) return quoted(frame, at + 8, end, depth);
  const [addresses, options] = LAYOUT[type] ?? [0, false];
  let p = at + 8;
  for (let i = 0; i < addresses; i++, p += 16) {
    if (end - p < 16) return p;
    frame.ip6(p);
  }
  if (type === ROUTER_ADVERTISEMENT) p += 8;
  return options ? knownOptions(frame, p, end) : Math.min(p, end);
}

const ROUTER_ADVERTISEMENT = 134;
/** By type: addresses behind the first eight bytes, and whether options of neighbour discovery follow. */
const LAYOUT: Readonly<Record<number, readonly [number, boolean]>> = {
  // Queries, reports and ends of multicast listening (RFC 2710).
  130: [1, false],
  131: [1, false],
  132: [1, false],
  133: [0, true],
  [ROUTER_ADVERTISEMENT]: [0, true],
  135: [1, true],
  136: [1, true],
  137: [2, true],
};

/** Link-layer addresses, MTU and nonce (RFC 3971); others, such as prefixes and names, are cut off with what follows. */
function knownOptions(frame: Rewriting, at: number, end: number): number {
  const { bytes } = frame;
  let p = at;
  while (end - p >= 8) {
    const kind = bytes[p]!;
    const length = bytes[p + 1]! << 3;
    if (length !== 8 || (kind !== 1 && kind !== 2 && kind !== 5 && kind !== 14)) return p;
    if (kind <= 2) frame.mac(p + 2);
    p += length;
  }
  return Math.min(p, end);
}
