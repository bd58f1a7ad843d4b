import type { AddressTable } from '../core/address.js';
import { type Frame, Stop } from '../core/frame.js';
import { decodeArp } from './arp.js';
import { u16, u32, u48 } from './bytes.js';
import { decodeIp4 } from './ip4.js';
import { decodeIp6 } from './ip6.js';
import { short } from './short.js';

/** LINKTYPE values of a file that we know, 12 and 14 being the platform numbers of raw IP. */
export const Link = {
  null: 0,
  ethernet: 1,
  raw12: 12,
  raw14: 14,
  raw: 101,
  loop: 108,
  sll: 113,
  ipv4: 228,
  ipv6: 229,
  nflog: 239,
  sll2: 276,
} as const;

const MAX_TAGS = 8;

/** Decodes a frame of a link type. */
export function decodeLink(
  linkType: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  switch (linkType) {
    case Link.ethernet:
      decodeEthernet(bytes, at, end, wire, frame, addresses);
      return;
    case Link.sll2:
      decodeSll2(bytes, at, end, wire, frame, addresses);
      return;
    case Link.sll:
      decodeSll(bytes, at, end, wire, frame, addresses);
      return;
    case Link.raw:
    case Link.raw12:
    case Link.raw14:
      decodeRaw(bytes, at, end, wire, frame, addresses);
      return;
    case Link.ipv4:
      decodeIp4(bytes, at, end, wire, frame, addresses);
      return;
    case Link.ipv6:
      decodeIp6(bytes, at, end, wire, frame, addresses);
      return;
    case Link.null:
    case Link.loop:
      decodeNull(bytes, at, end, wire, frame, addresses);
      return;
    case Link.nflog:
      decodeNflog(bytes, at, end, wire, frame, addresses);
      return;
    default:
      frame.stop = Stop.unknownLink;
  }
}

/** Ethernet II and 802.3, of the frame itself or inside a tunnel. */
export function decodeEthernet(
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  if (end - at < 14) {
    short(frame, end, wire);
    return;
  }
  if (frame.tunnelDepth === 0) {
    frame.macDst = u48(bytes, at);
    frame.macSrc = u48(bytes, at + 6);
  } else if (frame.tunnelDepth === 1) {
    frame.innerMacDst = u48(bytes, at);
    frame.innerMacSrc = u48(bytes, at + 6);
  }
  decodeEtherType(u16(bytes, at + 12), bytes, at + 14, end, wire, frame, addresses);
}

/** What follows an ethertype, VLAN tags and LLC/SNAP included. */
export function decodeEtherType(
  type: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  if (type === 0x0800) {
    decodeIp4(bytes, at, end, wire, frame, addresses);
    return;
  }
  let p = at;
  for (let tags = 0; type === 0x8100 || type === 0x88a8 || type === 0x9100; tags++) {
    if (tags === MAX_TAGS) {
      frame.stop = Stop.depth;
      return;
    }
    if (end - p < 4) {
      short(frame, end, wire);
      return;
    }
    if (frame.vlan < 0) frame.vlan = u16(bytes, p) & 0x0fff;
    type = u16(bytes, p + 2);
    p += 4;
  }
  if (type < 0x0600) {
    // 802.3 length, then LLC; only SNAP with a zero organisation carries an ethertype.
    if (p + type < wire && type > 0) {
      wire = p + type;
      if (wire < end) end = wire;
    }
    decodeLlc(bytes, p, end, wire, frame, addresses);
    return;
  }
  switch (type) {
    case 0x0800:
      decodeIp4(bytes, p, end, wire, frame, addresses);
      return;
    case 0x86dd:
      decodeIp6(bytes, p, end, wire, frame, addresses);
      return;
    case 0x0806:
      frame.etherType = type;
      decodeArp(bytes, p, end, wire, frame, addresses);
      return;
    default:
      frame.etherType = type;
      frame.stop = Stop.unknownProtocol;
  }
}

function decodeLlc(
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  if (end - at < 3) {
    short(frame, end, wire);
    return;
  }
  if (u16(bytes, at) === 0xaaaa && bytes[at + 2] === 3) {
    if (end - at < 8) {
      short(frame, end, wire);
      return;
    }
    const type = u16(bytes, at + 6);
    if (bytes[at + 3] === 0 && u16(bytes, at + 4) === 0 && type >= 0x0600) {
      decodeEtherType(type, bytes, at + 8, end, wire, frame, addresses);
      return;
    }
  }
  frame.stop = Stop.unknownProtocol;
}

/** Linux cooked capture: packet type, ARP hardware type, address length, address, protocol. */
function decodeSll(
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  if (end - at < 16) {
    short(frame, end, wire);
    return;
  }
  if (u16(bytes, at + 4) === 6) frame.macSrc = u48(bytes, at + 6);
  decodeCooked(u16(bytes, at + 2), u16(bytes, at + 14), bytes, at + 16, end, wire, frame, addresses);
}

/** Version 2 puts the protocol first and adds the interface index. */
function decodeSll2(
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  if (end - at < 20) {
    short(frame, end, wire);
    return;
  }
  if (bytes[at + 11] === 6) frame.macSrc = u48(bytes, at + 12);
  decodeCooked(u16(bytes, at + 8), u16(bytes, at), bytes, at + 20, end, wire, frame, addresses);
}

function decodeCooked(
  hardware: number,
  protocol: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  // Netlink (824), radiotap (803) and 802.11 (801, 802) hardware use the protocol field otherwise.
  if (hardware === 824 || (hardware >= 801 && hardware <= 803)) frame.stop = Stop.unknownProtocol;
  else if (protocol >= 0x0600) decodeEtherType(protocol, bytes, at, end, wire, frame, addresses);
  else if (protocol === 4) decodeLlc(bytes, at, end, wire, frame, addresses);
  else frame.stop = Stop.unknownProtocol;
}

function decodeRaw(
  bytes: Uint8Array,
  at: number,
  end: number,
  wire: number,
  frame: Frame,
  addresses: AddressTable,
): void {
  if (end - at < 1) {
    short(frame, end, wire);
    return;
  }
  const version = bytes[at]! >>> 4;
  if (version === 4) decodeIp4(bytes, at, end, wire, frame, addresses);
  else if (version === 6) decodeIp6(bytes, at, end, wire, frame, addresses);
  else frame.stop = Stop.malformed;
}

/** BSD loopback: an address family in the writer's byte order (or, for LOOP, the network's). */
function decodeNull(
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
  let family = u32(bytes, at);
  if (family > 0xffff) family = (bytes[at + 1]! << 8) | bytes[at]!;
  if (family === 2) decodeIp4(bytes, at + 4, end, wire, frame, addresses);
  else if (family === 10 || family === 24 || family === 28 || family === 30) {
    decodeIp6(bytes, at + 4, end, wire, frame, addresses);
  } else if (family >= 0x0600) decodeEtherType(family, bytes, at + 4, end, wire, frame, addresses);
  else frame.stop = Stop.unknownProtocol;
}

/** Netfilter log: a family, then attributes in the writer's byte order (which is little-endian on every node today). */
function decodeNflog(
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
  const payload = findNflog(bytes, at, end, 9);
  if (payload < 0) {
    short(frame, end, wire);
    return;
  }
  const last = payload + nflogLength(bytes, payload - 4);
  decodeRaw(bytes, payload, Math.min(last, end), last, frame, addresses);
}

/** Length of the value of an attribute whose header is at `at`. */
function nflogLength(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8)) - 4;
}

/** Position of the value of an attribute, or -1. */
export function findNflog(bytes: Uint8Array, at: number, end: number, wanted: number): number {
  let p = at + 4;
  while (p + 4 <= end) {
    const length = bytes[p]! | (bytes[p + 1]! << 8);
    if (length < 4) return -1;
    if ((bytes[p + 2]! | (bytes[p + 3]! << 8)) === wanted) return p + 4;
    p += (length + 3) & ~3;
  }
  return -1;
}
