import { u16, u32 } from '../../decode/bytes.js';
import { Link } from '../../decode/link.js';
import { rewriteIp4, rewriteIp6 } from './ip.js';
import type { Rewriting, Understood } from './rewriting.js';

/** A whole frame, by the LINKTYPE value of its file. `wire`: its length before it was cut. */
export function rewriteLink(linkType: number, frame: Rewriting, wire: number): Understood {
  const { bytes } = frame;
  const end = bytes.length;
  switch (linkType) {
    case Link.ethernet:
      return rewriteEthernet(frame, 0, end, wire, 0);
    case Link.sll:
      // Packet type, hardware type, length of the address, eight bytes for it, protocol.
      if (end < 16) return undefined;
      cookedAddress(frame, u16(bytes, 4), 6);
      return cooked(frame, u16(bytes, 2), u16(bytes, 14), 16, end, wire);
    case Link.sll2:
      // Protocol, reserved, interface index, hardware type, packet type, length of the address, eight bytes for it.
      if (end < 20) return undefined;
      cookedAddress(frame, bytes[11]!, 12);
      return cooked(frame, u16(bytes, 8), u16(bytes, 0), 20, end, wire);
    case Link.raw:
    case Link.raw12:
    case Link.raw14:
    case Link.ipv4:
    case Link.ipv6:
      return rewriteIp(frame, 0, end, wire, 0);
    case Link.null:
    case Link.loop:
      return rewriteIp(frame, 4, end, wire, 0);
    default:
      return undefined;
  }
}

/** An IP packet, by its first half byte. */
export function rewriteIp(frame: Rewriting, at: number, end: number, wire: number, depth: number): Understood {
  if (at >= end) return at;
  const version = frame.bytes[at]! >>> 4;
  if (version === 4) return rewriteIp4(frame, at, end, wire, depth);
  return version === 6 ? rewriteIp6(frame, at, end, wire, depth) : undefined;
}

/** Ethernet II and 802.3, of the frame itself or in a tunnel. */
export function rewriteEthernet(frame: Rewriting, at: number, end: number, wire: number, depth: number): Understood {
  if (end - at < 14) return at;
  frame.mac(at);
  frame.mac(at + 6);
  return rewriteEtherType(u16(frame.bytes, at + 12), frame, at + 14, end, wire, depth);
}

/** What follows an ethertype: IP and ARP, behind VLAN tags and SNAP. */
export function rewriteEtherType(
  type: number,
  frame: Rewriting,
  at: number,
  end: number,
  wire: number,
  depth: number,
): Understood {
  const { bytes } = frame;
  switch (type) {
    case 0x0800:
    case 0x86dd:
      return rewriteIp(frame, at, end, wire, depth);
    case 0x0806:
      return rewriteArp(frame, at, end);
    case 0x8100:
    case 0x88a8:
    case 0x9100:
      return end - at < 4 ? at : rewriteEtherType(u16(bytes, at + 2), frame, at + 4, end, wire, depth);
    default: {
      // 802.3 has a length here; of LLC only SNAP with a zero organisation carries an ethertype.
      const snap = type < 0x0600 && end - at >= 8 && u32(bytes, at) === 0xaaaa0300 && u16(bytes, at + 4) === 0;
      const inner = snap ? u16(bytes, at + 6) : 0;
      return inner < 0x0600 ? undefined : rewriteEtherType(inner, frame, at + 8, end, wire, depth);
    }
  }
}

function cooked(
  frame: Rewriting,
  hardware: number,
  protocol: number,
  at: number,
  end: number,
  wire: number,
): Understood {
  // Netlink (824), radiotap (803) and 802.11 (801, 802) hardware use the protocol field otherwise.
  if (hardware === 824 || (hardware >= 801 && hardware <= 803) || protocol < 0x0600) return undefined;
  return rewriteEtherType(protocol, frame, at, end, wire, 0);
}

/** Tunnel devices (ARPHRD_TUNNEL of include/uapi/linux/if_arp.h) have an IP address where others have a MAC address. */
function cookedAddress(frame: Rewriting, length: number, at: number): void {
  frame.blank(at, at + 8);
  if (length === 6) frame.mac(at);
  else if (length === 4) frame.ip4(at);
}

/** RFC 826, of IPv4 over Ethernet. */
function rewriteArp(frame: Rewriting, at: number, end: number): Understood {
  const { bytes } = frame;
  if (end - at < 28) return end - at < 8 ? at : at + 8;
  if (u32(bytes, at) !== 0x00010800 || u16(bytes, at + 4) !== 0x0604) return undefined;
  frame.mac(at + 8);
  frame.ip4(at + 14);
  frame.mac(at + 18);
  frame.ip4(at + 24);
  return at + 28;
}
