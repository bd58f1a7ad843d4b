import type { AddressTable } from '../core/address.js';
import { Checksum, type Frame, Proto, Stop, Tunnel } from '../core/frame.js';
import { u16, u24, u32 } from './bytes.js';
import { headerChecksum } from './checksum.js';
import { decodeIp4 } from './ip4.js';
import { decodeIp6 } from './ip6.js';
import { decodeEthernet, decodeEtherType } from './link.js';
import { short } from './short.js';

/** Envelopes that we open; one more is Stop.depth. */
const MAX_DEPTH = 4;

/**
 * What the plain fields hold becomes the envelope, and they are emptied for the packet inside. Only the first
 * envelope is kept.
 */
function enter(frame: Frame, kind: number, vni: number): boolean {
  if (frame.tunnelDepth >= MAX_DEPTH) {
    frame.stop = Stop.depth;
    return false;
  }
  if (frame.tunnelDepth === 0) keepEnvelope(frame, kind, vni);
  frame.tunnelDepth++;
  frame.etherType = -1;
  frame.src = 0;
  frame.dst = 0;
  frame.proto = -1;
  frame.ttl = -1;
  frame.ipId = -1;
  frame.fragOffset = -1;
  frame.moreFragments = 0;
  frame.dontFragment = 0;
  frame.ipLen = -1;
  frame.sport = -1;
  frame.dport = -1;
  frame.payloadLen = -1;
  frame.ipChecksum = Checksum.unverified;
  frame.l4Checksum = Checksum.unverified;
  return true;
}

function keepEnvelope(frame: Frame, kind: number, vni: number): void {
  frame.tunnel = kind;
  frame.vni = vni;
  frame.outerSrc = frame.src;
  frame.outerDst = frame.dst;
  frame.outerSport = frame.sport;
  frame.outerDport = frame.dport;
  if (frame.sport >= 0) frame.outerChecksum = frame.l4Checksum;
}

/** An encrypted packet: the envelope is also the innermost packet that can be seen, so the plain fields stay. */
function opaque(frame: Frame, kind: number): void {
  if (frame.tunnelDepth === 0) keepEnvelope(frame, kind, -1);
  frame.tunnelDepth++;
}

/** Decodes a tunnel in a UDP payload; false when it is none. */
export function decodeUdpTunnel(
  sport: number,
  dport: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  frame: Frame,
  addresses: AddressTable,
): boolean {
  if (end - at < 8) return false;
  const first = bytes[at]!;
  if (isVxlan(dport, bytes, at, end, wire)) {
    if (enter(frame, Tunnel.vxlan, u24(bytes, at + 4))) {
      decodeEthernet(bytes, at + 8, end, wire, frame, addresses);
    }
    return true;
  }
  if (dport === 6081) return decodeGeneve(bytes, at, end, wire, frame, addresses);
  if (first >= 1 && first <= 4 && u24(bytes, at + 1) === 0) {
    if (isWireguard(sport, dport, bytes, at, end, wire)) {
      opaque(frame, Tunnel.wireguard);
      return true;
    }
  }
  if (dport === 4500 || sport === 4500) {
    // RFC 3948: four zero bytes would be IKE, a single 0xff a keepalive.
    if (u32(bytes, at) !== 0) {
      opaque(frame, Tunnel.esp);
      return true;
    }
    return false;
  }
  if (dport === 8285) {
    const version = first >>> 4;
    if (version === 4 && u16(bytes, at + 2) === wire - at) {
      if (enter(frame, Tunnel.flannelUdp, -1)) decodeIp4(bytes, at, end, wire, frame, addresses);
      return true;
    }
    if (version === 6 && u16(bytes, at + 4) + 40 === wire - at) {
      if (enter(frame, Tunnel.flannelUdp, -1)) decodeIp6(bytes, at, end, wire, frame, addresses);
      return true;
    }
  }
  return false;
}

/** Whether a UDP payload of at least 8 captured bytes is VXLAN (RFC 7348): by its flag, and by the port or by what it carries. */
export function isVxlan(dport: number, bytes: Uint8Array, at: number, end: number, wire: number): boolean {
  const first = bytes[at]!;
  if ((first & 0x08) === 0) return false;
  // Linux default and flannel, RFC 7348 and Calico, weave. Elsewhere the content must prove it.
  const known = dport === 8472 || dport === 4789 || dport === 6784;
  return known || (first === 0x08 && looksLikeVxlan(bytes, at, end, wire));
}

/**
 * VXLAN on a port that nobody agreed on: only the VNI flag is set, the reserved bits are zero, and an Ethernet frame
 * follows whose IP or ARP header is sound and as long as the payload.
 */
function looksLikeVxlan(bytes: Uint8Array, at: number, end: number, wire: number): boolean {
  if (end - at < 8 + 14 + 20 || u24(bytes, at + 1) !== 0 || bytes[at + 7] !== 0) return false;
  let p = at + 20;
  let type = u16(bytes, p);
  p += 2;
  if (type === 0x8100) {
    type = u16(bytes, p + 2);
    p += 4;
  }
  const length = wire - p;
  if (type === 0x0800) {
    const header = (bytes[p]! & 15) << 2;
    if (bytes[p]! >>> 4 !== 4 || header < 20 || end - p < header) return false;
    const total = u16(bytes, p + 2);
    // A total length of 0 is segmentation offload; short packets may be padded to the Ethernet minimum.
    if (total !== 0 && (total < header || total > length || (total < length && length > 46))) return false;
    return total === 0 || headerChecksum(bytes, p, header) === Checksum.good;
  }
  if (type === 0x86dd) {
    if (bytes[p]! >>> 4 !== 6 || end - p < 40) return false;
    const total = u16(bytes, p + 4) + 40;
    return total === length || total === 40 || (total < length && length <= 46);
  }
  if (type === 0x0806) {
    return end - p >= 8 && u32(bytes, p) === 0x00010800 && u16(bytes, p + 4) === 0x0604 && length >= 28;
  }
  return false;
}

/** RFC 8926. */
function decodeGeneve(
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  frame: Frame,
  addresses: AddressTable,
): boolean {
  const first = bytes[at]!;
  if (first >>> 6 !== 0) return false;
  const inner = at + 8 + ((first & 0x3f) << 2);
  if (inner > wire) return false;
  if (!enter(frame, Tunnel.geneve, u24(bytes, at + 4))) return true;
  if (inner > end) short(frame, end, wire);
  else decodeInner(u16(bytes, at + 2), bytes, inner, end, wire, frame, addresses);
  return true;
}

/** Protocols of GRE and Geneve are ethertypes; 0x6558 is Ethernet itself. */
function decodeInner(
  type: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  if (type === 0x6558) decodeEthernet(bytes, at, end, wire, frame, addresses);
  else decodeEtherType(type, bytes, at, end, wire, frame, addresses);
}

/** Message types 1 to 4 with three zero bytes; on other ports than WireGuard's the length must fit, too. */
function isWireguard(sport: number, dport: number, bytes: Uint8Array, at: number, end: number, wire: number): boolean {
  const type = bytes[at]!;
  const length = wire - at;
  const known = dport === 51820 || dport === 51821 || sport === 51820 || sport === 51821;
  if (type === 1) return length === 148;
  if (type === 2) return length === 92;
  // A cookie reply looks like much else.
  if (type === 3) return known && length === 64;
  if (length < 32) return false;
  if (known) return true;
  // Data: a multiple of 16 long, and a packet counter that has not passed 2^32.
  return (length & 15) === 0 && end - at >= 16 && u32(bytes, at + 12) === 0;
}

/** Protocols 4 and 41. */
export function decodeIpInIp(
  proto: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  ip: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  const plain = proto === Proto.ipip && bytes[ip]! >>> 4 === 4;
  if (!enter(frame, plain ? Tunnel.ipip : Tunnel.ip6ip, -1)) return;
  if (proto === Proto.ipip) decodeIp4(bytes, at, end, wire, frame, addresses);
  else decodeIp6(bytes, at, end, wire, frame, addresses);
}

/** RFC 2784 and 2890. */
export function decodeGre(
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  if (end - at < 4) {
    short(frame, end, wire);
    return;
  }
  const flags = u16(bytes, at);
  const type = u16(bytes, at + 2);
  // Version 1 is PPTP, the routing bit is RFC 1701.
  if ((flags & 0x4007) !== 0) {
    frame.stop = Stop.unknownProtocol;
    return;
  }
  let p = at + 4;
  let key = -1;
  if ((flags & 0x8000) !== 0) p += 4;
  if ((flags & 0x2000) !== 0) {
    if (p + 4 <= end) key = u32(bytes, p);
    p += 4;
  }
  if ((flags & 0x1000) !== 0) p += 4;
  if (!enter(frame, Tunnel.gre, key)) return;
  if (p > end) {
    short(frame, end, wire);
    return;
  }
  decodeInner(type, bytes, p, end, wire, frame, addresses);
}

/** RFC 4303. */
export function decodeEsp(_bytes: Uint8Array, at: number, end: number, wire: number, frame: Frame): void {
  if (end - at < 8) {
    short(frame, end, wire);
    return;
  }
  opaque(frame, Tunnel.esp);
}
