import type { AddressTable } from '../core/address.js';
import { Checksum, type Frame, Proto, Stop } from '../core/frame.js';
import { fnv1a, u16 } from './bytes.js';
import { segmentChecksum } from './checksum.js';
import { short } from './short.js';
import { decodeUdpTunnel } from './tunnel.js';

/** RFC 768, and what travels in it. */
export function decodeUdp(
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  ip: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  if (end - at < 8) {
    if (end - at >= 4) {
      frame.sport = u16(bytes, at);
      frame.dport = u16(bytes, at + 2);
    }
    short(frame, end, wire);
    return;
  }
  const sport = u16(bytes, at);
  const dport = u16(bytes, at + 2);
  frame.sport = sport;
  frame.dport = dport;
  const length = u16(bytes, at + 4);
  // Length 0 is a jumbogram or segmentation offload; a length beyond the IP packet is a first fragment or a lie.
  let beyond = false;
  if (length !== 0) {
    if (length < 8) {
      frame.stop = Stop.malformed;
      return;
    }
    beyond = at + length > wire;
    if (!beyond) wire = at + length;
    if (wire < end) end = wire;
  }
  frame.payloadLen = wire - at - 8;
  frame.l4Checksum =
    bytes[at + 6] === 0 && bytes[at + 7] === 0
      ? Checksum.absent
      : beyond
        ? Checksum.unverified
        : segmentChecksum(bytes, at, end, wire, ip, Proto.udp, frame);
  const payload = at + 8;
  if (decodeUdpTunnel(sport, dport, bytes, payload, end, wire, frame, addresses)) return;
  if (end > payload) {
    frame.payloadHash = fnv1a(bytes, payload, end, 32);
    if (end - payload >= 4 && (dport === 53 || sport === 53 || dport === 5353 || sport === 5353)) {
      frame.dnsId = u16(bytes, payload);
      frame.dnsFlags = u16(bytes, payload + 2);
    }
  }
}
