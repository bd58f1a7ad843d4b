import { u16 } from '../../decode/bytes.js';
import { isVxlan } from '../../decode/tunnel.js';
import type { Envelope } from './ip.js';
import { rewriteEthernet, rewriteEtherType, rewriteIp } from './link.js';
import type { Rewriting, Understood } from './rewriting.js';

/** VXLAN, Geneve and flannel's UDP backend. Of any other payload of UDP nothing stays. */
export function rewriteUdpTunnel(
  port: number,
  frame: Rewriting,
  at: number,
  end: number,
  wire: number,
  depth: number,
): Understood {
  const { bytes } = frame;
  if (end - at < 8) return at;
  if (isVxlan(port, bytes, at, end, wire)) return rewriteEthernet(frame, at + 8, end, wire, depth + 1);
  if (port === 6081 && bytes[at]! >>> 6 === 0) return rewriteGeneve(frame, at, end, wire, depth);
  if (port === 8285 && (bytes[at]! >>> 4 === 4 || bytes[at]! >>> 4 === 6))
    return rewriteIp(frame, at, end, wire, depth + 1);
  return at;
}

/** OVN's options are numbers of ports (ovn-architecture(7)); those of others may hold addresses, as Cilium's do. */
const OVN = 0x0102;

/** RFC 8926. */
function rewriteGeneve(frame: Rewriting, at: number, end: number, wire: number, depth: number): Understood {
  const { bytes } = frame;
  const inner = at + 8 + ((bytes[at]! & 0x3f) << 2);
  if (inner > end) return at + 8;
  for (let p = at + 8; p < inner; ) {
    const next = p + 4 + ((bytes[p + 3]! & 0x1f) << 2);
    if (next > inner) return undefined;
    if (u16(bytes, p) !== OVN) frame.blank(p + 4, next);
    p = next;
  }
  return rewriteInner(u16(bytes, at + 2), frame, inner, end, wire, depth);
}

/** RFC 2784 and 2890. */
export function rewriteGre(
  frame: Rewriting,
  at: number,
  end: number,
  wire: number,
  { fragment, depth }: Envelope,
): Understood {
  const { bytes } = frame;
  if (end - at < 4) return at;
  const flags = u16(bytes, at);
  // Version 1 is PPTP, the routing bit is RFC 1701.
  if ((flags & 0x4007) !== 0) return at;
  const inner = at + 4 + [0x8000, 0x2000, 0x1000].filter((flag) => (flags & flag) !== 0).length * 4;
  if (inner > end) return at + 4;
  if ((flags & 0x8000) !== 0) frame.checksum({ field: at + 4, from: at, to: end, whole: wire <= end && !fragment });
  return rewriteInner(u16(bytes, at + 2), frame, inner, end, wire, depth);
}

/** Protocols of GRE and Geneve are ethertypes; 0x6558 is Ethernet itself. */
const rewriteInner = (
  type: number,
  frame: Rewriting,
  at: number,
  end: number,
  wire: number,
  depth: number,
): Understood =>
  type === 0x6558
    ? rewriteEthernet(frame, at, end, wire, depth + 1)
    : rewriteEtherType(type, frame, at, end, wire, depth + 1);
