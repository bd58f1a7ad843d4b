import { Proto } from '../../core/frame.js';
import { u16 } from '../../decode/bytes.js';
import { rewriteIcmp4, rewriteIcmp6 } from './icmp.js';
import { type Envelope, rewriteIpInIp } from './ip.js';
import type { Rewriting, Understood } from './rewriting.js';
import { rewriteGre, rewriteUdpTunnel } from './tunnel.js';

/** What follows an IP header and its extension headers. Of what we do not know nothing stays. */
export function rewriteTransport(
  proto: number,
  frame: Rewriting,
  at: number,
  end: number,
  wire: number,
  envelope: Envelope,
): Understood {
  switch (proto) {
    case Proto.tcp:
      return rewriteTcp(frame, at, end, wire, envelope);
    case Proto.udp:
      return rewriteUdp(frame, at, end, wire, envelope);
    case Proto.icmp:
      return rewriteIcmp4(frame, at, end, wire, envelope);
    case Proto.icmp6:
      return rewriteIcmp6(frame, at, end, wire, envelope);
    case Proto.ipip:
    case Proto.ipv6:
      return rewriteIpInIp(proto, frame, at, end, wire, envelope.depth + 1);
    case Proto.gre:
      return rewriteGre(frame, at, end, wire, envelope);
    case Proto.sctp:
      // RFC 9260: the common header; chunks may hold addresses. Its CRC does not cover addresses of IP.
      return Math.min(at + 12, end);
    case Proto.esp:
      // RFC 4303: whose, and which number.
      return Math.min(at + 8, end);
    default:
      return Math.min(at, end);
  }
}

/** RFC 9293. */
function rewriteTcp(frame: Rewriting, at: number, end: number, wire: number, { ip, fragment }: Envelope): Understood {
  const { bytes } = frame;
  if (end - at >= 18) {
    const whole = wire <= end && !fragment;
    const pseudo = { ip, proto: Proto.tcp, length: wire - at };
    frame.checksum({ field: at + 16, from: at, to: end, whole, pseudo });
  }
  if (end - at < 20) return end;
  const header = Math.max(20, (bytes[at + 12]! >>> 4) << 2);
  return knownOptions(bytes, at + 20, Math.min(at + header, end));
}

/** Lengths of the options that hold no address: segment size, window scale, SACK permitted, time stamps (RFC 9293, 7323, 2018). */
const LENGTHS: Readonly<Record<number, number>> = { 2: 4, 3: 3, 4: 2, 8: 10 };
const SACK = 5;

/** Where the first option stands that may hold an address, as those of load balancers and of MPTCP (RFC 8684) do. */
function knownOptions(bytes: Uint8Array, at: number, end: number): number {
  let p = at;
  while (p < end) {
    const kind = bytes[p]!;
    if (kind === 0) return bytes.subarray(p, end).every((octet) => octet === 0) ? end : p + 1;
    if (kind === 1) {
      p++;
      continue;
    }
    const length = bytes[p + 1] ?? 0;
    const known = kind === SACK ? length >= 10 && (length - 2) % 8 === 0 : LENGTHS[kind] === length;
    if (!known || p + length > end) return p;
    p += length;
  }
  return end;
}

/** RFC 768, and the tunnels in it. */
function rewriteUdp(
  frame: Rewriting,
  at: number,
  end: number,
  wire: number,
  { ip, fragment, depth }: Envelope,
): Understood {
  const { bytes } = frame;
  if (end - at < 8) return end;
  const length = u16(bytes, at + 4);
  if (length > 0 && length < 8) return at + 8;
  // Length 0 is a jumbogram or segmentation offload; a length beyond the IP packet is a first fragment or a lie.
  const beyond = length !== 0 && at + length > wire;
  const last = length === 0 || beyond ? wire : at + length;
  const stop = Math.min(end, last);
  if (u16(bytes, at + 6) !== 0) {
    const whole = last <= end && !fragment && !beyond;
    const pseudo = { ip, proto: Proto.udp, length: length === 0 ? last - at : length };
    frame.checksum({ field: at + 6, from: at, to: stop, whole, pseudo });
  }
  return rewriteUdpTunnel(u16(bytes, at + 2), frame, at + 8, stop, last, depth);
}
