import type { AddressTable } from '../core/address.js';
import { type Frame, Stop } from '../core/frame.js';
import { u16, u32 } from './bytes.js';
import { headerChecksum } from './checksum.js';
import { short } from './short.js';
import { decodeTransport } from './transport.js';

/** RFC 791. */
export function decodeIp4(
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  frame.etherType = 0x0800;
  if (end - at < 20) {
    short(frame, end, wire);
    return;
  }
  const first = bytes[at]!;
  const header = (first & 15) << 2;
  if (first >>> 4 !== 4 || header < 20) {
    frame.stop = Stop.malformed;
    return;
  }
  const total = u16(bytes, at + 2);
  const fragment = u16(bytes, at + 6);
  const proto = bytes[at + 9]!;
  frame.ipLen = total;
  frame.ipId = u16(bytes, at + 4);
  frame.dontFragment = (fragment >>> 14) & 1;
  frame.ttl = bytes[at + 8]!;
  frame.proto = proto;
  frame.src = addresses.intern4(u32(bytes, at + 12));
  frame.dst = addresses.intern4(u32(bytes, at + 16));
  if ((fragment & 0x3fff) !== 0) {
    frame.fragOffset = (fragment & 0x1fff) << 3;
    frame.moreFragments = (fragment >>> 13) & 1;
  }
  // Total length 0 is segmentation offload: the packet fills the frame.
  let last = wire;
  if (total !== 0) {
    if (total < header) {
      frame.stop = Stop.malformed;
      return;
    }
    last = at + total;
    if (last < end) end = last;
  }
  if (end - at < header) {
    short(frame, end, last);
    return;
  }
  frame.ipChecksum = headerChecksum(bytes, at, header);
  if (frame.fragOffset > 0) {
    frame.stop = Stop.fragment;
    return;
  }
  decodeTransport(proto, bytes, at + header, end, last, at, frame, addresses);
}
