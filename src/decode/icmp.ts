import type { AddressTable } from '../core/address.js';
import { type Frame, Proto } from '../core/frame.js';
import { fnv1a, u16, u32 } from './bytes.js';
import { messageChecksum, segmentChecksum } from './checksum.js';
import { intern6 } from './ip6.js';
import { short } from './short.js';

/** RFC 792: echo, and errors with the packet that they quote. */
export function decodeIcmp4(
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  if (end - at < 8) {
    decodeCutIcmp(bytes, at, end, wire, frame);
    return;
  }
  const type = bytes[at]!;
  frame.icmpType = type;
  frame.icmpCode = bytes[at + 1]!;
  frame.l4Checksum = messageChecksum(bytes, at, end, wire, frame);
  if (type === 8 || type === 0) decodeEcho(bytes, at, end, wire, frame);
  else if (type === 3 || type === 4 || type === 5 || type === 11 || type === 12) {
    if (type === 3 && frame.icmpCode === 4) frame.icmpMtu = u16(bytes, at + 6);
    decodeQuoted(bytes, at + 8, end, frame, addresses);
  } else if (type >= 13 && type <= 18) {
    frame.icmpId = u16(bytes, at + 4);
    frame.icmpSeq = u16(bytes, at + 6);
  }
}

/** RFC 4443. Neighbour discovery keeps type and code. */
export function decodeIcmp6(
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  ip: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  if (end - at < 8) {
    decodeCutIcmp(bytes, at, end, wire, frame);
    return;
  }
  const type = bytes[at]!;
  frame.icmpType = type;
  frame.icmpCode = bytes[at + 1]!;
  frame.l4Checksum = segmentChecksum(bytes, at, end, wire, ip, Proto.icmp6, frame);
  if (type === 128 || type === 129) decodeEcho(bytes, at, end, wire, frame);
  else if (type >= 1 && type <= 4) {
    if (type === 2) frame.icmpMtu = u32(bytes, at + 4);
    decodeQuoted(bytes, at + 8, end, frame, addresses);
  }
}

function decodeCutIcmp(bytes: Uint8Array, at: number, end: number, wire: number, frame: Frame): void {
  if (end - at >= 2) {
    frame.icmpType = bytes[at]!;
    frame.icmpCode = bytes[at + 1]!;
  }
  short(frame, end, wire);
}

function decodeEcho(bytes: Uint8Array, at: number, end: number, wire: number, frame: Frame): void {
  frame.icmpId = u16(bytes, at + 4);
  frame.icmpSeq = u16(bytes, at + 6);
  frame.payloadLen = wire - at - 8;
  if (end - at > 8) frame.payloadHash = fnv1a(bytes, at + 8, end, 32);
}

/** The start of the packet that an error is about: addresses, protocol, ports, and the TCP sequence number. */
function decodeQuoted(bytes: Uint8Array, at: number, end: number, frame: Frame, addresses: AddressTable): void {
  const have = end - at;
  if (have < 16) return;
  const version = bytes[at]! >>> 4;
  let proto: number;
  let p: number;
  if (version === 4) {
    proto = bytes[at + 9]!;
    frame.quotedSrc = addresses.intern4(u32(bytes, at + 12));
    frame.quotedProto = proto;
    if (have < 20) return;
    frame.quotedDst = addresses.intern4(u32(bytes, at + 16));
    if ((u16(bytes, at + 6) & 0x1fff) !== 0) return;
    p = at + ((bytes[at]! & 15) << 2);
  } else if (version === 6 && have >= 40) {
    proto = bytes[at + 6]!;
    frame.quotedSrc = intern6(bytes, at + 8, addresses);
    frame.quotedDst = intern6(bytes, at + 24, addresses);
    p = at + 40;
    while ((proto === 0 || proto === 43 || proto === 44 || proto === 60) && p + 8 <= end) {
      if (proto === 44 && (u16(bytes, p + 2) & 0xfff8) !== 0) {
        frame.quotedProto = bytes[p]!;
        return;
      }
      const length = proto === 44 ? 8 : (bytes[p + 1]! + 1) << 3;
      proto = bytes[p]!;
      p += length;
    }
    frame.quotedProto = proto;
  } else return;
  if ((proto !== Proto.tcp && proto !== Proto.udp && proto !== Proto.sctp) || end - p < 4) return;
  frame.quotedSport = u16(bytes, p);
  frame.quotedDport = u16(bytes, p + 2);
  if (proto === Proto.tcp && end - p >= 8) frame.quotedSeq = u32(bytes, p + 4);
}
