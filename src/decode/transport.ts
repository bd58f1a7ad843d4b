import type { AddressTable } from '../core/address.js';
import { type Frame, Proto, Stop } from '../core/frame.js';
import { decodeIcmp4, decodeIcmp6 } from './icmp.js';
import { decodeSctp } from './sctp.js';
import { short } from './short.js';
import { decodeTcp } from './tcp.js';
import { decodeEsp, decodeGre, decodeIpInIp } from './tunnel.js';
import { decodeUdp } from './udp.js';

/** What follows an IP header (at `ip`) and its extension headers. */
export function decodeTransport(
  proto: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  ip: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  switch (proto) {
    case Proto.tcp:
      decodeTcp(bytes, at, end, wire, ip, frame);
      return;
    case Proto.udp:
      decodeUdp(bytes, at, end, wire, ip, frame, addresses);
      return;
    case Proto.icmp:
      decodeIcmp4(bytes, at, end, wire, frame, addresses);
      return;
    case Proto.icmp6:
      decodeIcmp6(bytes, at, end, wire, ip, frame, addresses);
      return;
    case Proto.sctp:
      decodeSctp(bytes, at, end, wire, frame);
      return;
    case Proto.ipip:
    case Proto.ipv6:
      decodeIpInIp(proto, bytes, at, end, wire, ip, frame, addresses);
      return;
    case Proto.gre:
      decodeGre(bytes, at, end, wire, frame, addresses);
      return;
    case Proto.esp:
      decodeEsp(bytes, at, end, wire, frame);
      return;
    case Proto.ah: {
      // RFC 4302: in IPv4 it stands here, in IPv6 among the extension headers. Length in words, less 2.
      if (end - at < 12) {
        short(frame, end, wire);
        return;
      }
      const next = bytes[at]!;
      const length = (bytes[at + 1]! + 2) << 2;
      frame.proto = next;
      if (length < 12 || next === Proto.ah) {
        frame.stop = Stop.malformed;
        return;
      }
      if (end - at < length) {
        short(frame, end, wire);
        return;
      }
      decodeTransport(next, bytes, at + length, end, wire, ip, frame, addresses);
      return;
    }
    case 59:
      return;
    default:
      frame.stop = Stop.unknownProtocol;
  }
}
