import type { AddressTable } from '../core/address.js';
import { Checksum, type Frame, Proto, Stop } from '../core/frame.js';
import { u16, u32 } from './bytes.js';
import { short } from './short.js';
import { decodeTransport } from './transport.js';

const MAX_EXTENSIONS = 12;
const CACHE_BITS = 9;

/** Ids of addresses seen last, so that a stream of packets does not build a key for each. */
const cachedWords = new Uint32Array(4 << CACHE_BITS);
const cachedIds = new Uint32Array(1 << CACHE_BITS);
let cachedTable: AddressTable | undefined;

/** Id of the IPv6 address at `at`. */
export function intern6(bytes: Uint8Array, at: number, addresses: AddressTable): number {
  if (cachedTable !== addresses) {
    cachedTable = addresses;
    cachedIds.fill(0);
  }
  const a = u32(bytes, at);
  const b = u32(bytes, at + 4);
  const c = u32(bytes, at + 8);
  const d = u32(bytes, at + 12);
  const hash = Math.imul(
    a ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ Math.imul(d, 0x27d4eb2f),
    0x9e3779b1,
  );
  const slot = hash >>> (32 - CACHE_BITS);
  const word = slot << 2;
  if (
    cachedIds[slot] !== 0 &&
    cachedWords[word] === a &&
    cachedWords[word + 1] === b &&
    cachedWords[word + 2] === c &&
    cachedWords[word + 3] === d
  ) {
    return cachedIds[slot]!;
  }
  const id = addresses.intern6(bytes, at);
  cachedIds[slot] = id;
  cachedWords[word] = a;
  cachedWords[word + 1] = b;
  cachedWords[word + 2] = c;
  cachedWords[word + 3] = d;
  return id;
}

/** RFC 8200, with the extension headers that carry on to a transport header. */
export function decodeIp6(
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  frame.etherType = 0x86dd;
  if (end - at < 40) {
    short(frame, end, wire);
    return;
  }
  if (bytes[at]! >>> 4 !== 6) {
    frame.stop = Stop.malformed;
    return;
  }
  const payload = u16(bytes, at + 4);
  let next = bytes[at + 6]!;
  frame.ipLen = payload + 40;
  frame.ttl = bytes[at + 7]!;
  frame.proto = next;
  frame.src = intern6(bytes, at + 8, addresses);
  frame.dst = intern6(bytes, at + 24, addresses);
  // Payload length 0 is a jumbogram or segmentation offload: the packet fills the frame.
  let last = wire;
  if (payload !== 0 || next === 59) {
    last = at + 40 + payload;
    if (last < end) end = last;
  }
  let p = at + 40;
  let otherAddress = false;
  for (let count = 0; ; count++) {
    if (next !== 0 && next !== 43 && next !== 44 && next !== 60 && next !== Proto.ah) break;
    if (count === MAX_EXTENSIONS) {
      frame.stop = Stop.depth;
      return;
    }
    if (end - p < 8) {
      if (end > p) frame.proto = bytes[p]!;
      short(frame, end, last);
      return;
    }
    if (next === 44) {
      const fragment = u16(bytes, p + 2);
      next = bytes[p]!;
      frame.proto = next;
      frame.ipId = u32(bytes, p + 4);
      p += 8;
      // Offset 0 without more is an atomic fragment (RFC 6946): a whole packet.
      if ((fragment & 0xfff9) !== 0) {
        frame.fragOffset = fragment & 0xfff8;
        frame.moreFragments = fragment & 1;
        if (frame.fragOffset > 0) {
          frame.stop = Stop.fragment;
          return;
        }
      }
      continue;
    }
    const length = next === Proto.ah ? (bytes[p + 1]! + 2) << 2 : (bytes[p + 1]! + 1) << 3;
    // A route still to go, or a mobile node's home address: the pseudo header has that address, not this one.
    if (next === 43 ? bytes[p + 3] !== 0 : next === 60 && hasHomeAddress(bytes, p + 2, Math.min(p + length, end))) {
      otherAddress = true;
    }
    next = bytes[p]!;
    frame.proto = next;
    if (end - p < length) {
      short(frame, end, last);
      return;
    }
    p += length;
  }
  const depth = frame.tunnelDepth;
  decodeTransport(next, bytes, p, end, last, at, frame, addresses);
  if (otherAddress && frame.tunnelDepth === depth && frame.l4Checksum !== Checksum.absent)
    frame.l4Checksum = Checksum.unverified;
}

/** Whether destination options hold the home address (RFC 6275, 6.3). */
function hasHomeAddress(bytes: Uint8Array, at: number, end: number): boolean {
  for (let p = at; p + 1 < end; p += bytes[p] === 0 ? 1 : bytes[p + 1]! + 2) {
    if (bytes[p] === 0xc9) return true;
  }
  return false;
}
