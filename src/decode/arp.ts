import type { AddressTable } from '../core/address.js';
import { type Frame, Stop } from '../core/frame.js';
import { u16, u32 } from './bytes.js';
import { short } from './short.js';

/** Its ARP has fields of another layout (RFC 2225). */
const ATM = 19;

/** RFC 826, for IPv4 over any hardware but ATM. */
export function decodeArp(
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  if (end - at < 8) {
    short(frame, end, wire);
    return;
  }
  if (u16(bytes, at) === ATM) {
    frame.stop = Stop.unknownProtocol;
    return;
  }
  const hardware = bytes[at + 4]!;
  frame.arpOp = u16(bytes, at + 6);
  if (u16(bytes, at + 2) !== 0x0800 || bytes[at + 5] !== 4) {
    frame.stop = Stop.unknownProtocol;
    return;
  }
  if (end - at < 12 + hardware) {
    short(frame, end, wire);
    return;
  }
  frame.src = addresses.intern4(u32(bytes, at + 8 + hardware));
  if (end - at < 16 + 2 * hardware) {
    short(frame, end, wire);
    return;
  }
  frame.dst = addresses.intern4(u32(bytes, at + 12 + 2 * hardware));
}
