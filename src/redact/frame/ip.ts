import { Proto } from '../../core/frame.js';
import { u16 } from '../../decode/bytes.js';
import type { Rewriting, Understood } from './rewriting.js';
import { rewriteTransport } from './transport.js';

/** IP headers within one another that are looked at: four envelopes, a packet, and one that an ICMP error quotes. */
const MOST_HEADERS = 6;

/** What stands around a segment. */
export interface Envelope {
  /** Where the IP header begins. */
  readonly ip: number;
  /** The segment is only a part of the whole one. */
  readonly fragment: boolean;
  /** Headers around this one. */
  readonly depth: number;
}

/** RFC 791. Options that hold routes and addresses (record route, source route, time stamps) are not understood. */
export function rewriteIp4(frame: Rewriting, at: number, captured: number, wire: number, depth: number): Understood {
  const { bytes } = frame;
  // Half an address stays away.
  if (captured - at < 20) return Math.min(captured, at + 12);
  const header = (bytes[at]! & 15) << 2;
  const total = u16(bytes, at + 2);
  if (depth >= MOST_HEADERS || header < 20 || (total !== 0 && total < header)) return undefined;
  if (captured - at < header) return at + 12;
  if (!harmless4(bytes, at + 20, at + header)) return undefined;
  frame.ip4(at + 12);
  frame.ip4(at + 16);
  frame.checksum({ field: at + 10, from: at, to: at + header, whole: true });
  const fragment = u16(bytes, at + 6) & 0x3fff;
  if ((fragment & 0x1fff) !== 0) return at + header;
  // Total length 0 is segmentation offload: the packet fills the frame.
  const last = total === 0 ? wire : at + total;
  const envelope: Envelope = { ip: at, fragment: fragment !== 0, depth };
  return rewriteTransport(bytes[at + 9]!, frame, at + header, Math.min(captured, last), last, envelope);
}

/** End of list, no operation, router alert (RFC 2113). */
function harmless4(bytes: Uint8Array, at: number, end: number): boolean {
  for (let p = at; p < end; ) {
    const kind = bytes[p]!;
    if (kind === 0) return bytes.subarray(p, end).every((octet) => octet === 0);
    if (kind !== 1 && (kind !== 148 || bytes[p + 1] !== 4)) return false;
    p += kind === 1 ? 1 : 4;
  }
  return true;
}

/** RFC 8200. Routing headers and options with addresses are not understood. */
export function rewriteIp6(frame: Rewriting, at: number, captured: number, wire: number, depth: number): Understood {
  const { bytes } = frame;
  if (depth >= MOST_HEADERS) return undefined;
  if (captured - at < 40) return Math.min(captured, at + 8);
  frame.ip6(at + 8);
  frame.ip6(at + 24);
  const payload = u16(bytes, at + 4);
  let next = bytes[at + 6]!;
  // Payload length 0 is a jumbogram or segmentation offload: the packet fills the frame.
  const last = payload === 0 && next !== 59 ? wire : at + 40 + payload;
  const end = Math.min(captured, last);
  let fragment = false;
  let p = at + 40;
  while (next === 0 || next === 60 || next === 44) {
    if (end - p < 8) return p;
    const length = next === 44 ? 8 : (bytes[p + 1]! + 1) << 3;
    if (end - p < length) return p;
    if (next === 44) {
      fragment = (u16(bytes, p + 2) & 0xfff9) !== 0;
      if ((u16(bytes, p + 2) & 0xfff8) !== 0) return p + 8;
    } else if (!harmless6(bytes, p + 2, p + length)) return undefined;
    next = bytes[p]!;
    p += length;
  }
  if (next === ROUTING) return undefined;
  return rewriteTransport(next, frame, p, end, last, { ip: at, fragment, depth });
}

const ROUTING = 43;

/** Padding, and router alert (RFC 2711). */
function harmless6(bytes: Uint8Array, at: number, end: number): boolean {
  for (let p = at; p < end; ) {
    const kind = bytes[p]!;
    if (kind === 0) {
      p++;
      continue;
    }
    const next = p + 2 + (bytes[p + 1] ?? 0);
    if (kind === 1 ? bytes.subarray(p + 2, next).some((octet) => octet !== 0) : kind !== 5) return false;
    p = next;
  }
  return true;
}

/** A packet in a packet (RFC 2003, RFC 4213). */
export function rewriteIpInIp(
  proto: number,
  frame: Rewriting,
  at: number,
  end: number,
  wire: number,
  depth: number,
): Understood {
  if (at >= end) return at;
  const version = frame.bytes[at]! >>> 4;
  if (version !== (proto === Proto.ipip ? 4 : 6)) return undefined;
  return version === 4 ? rewriteIp4(frame, at, end, wire, depth) : rewriteIp6(frame, at, end, wire, depth);
}
