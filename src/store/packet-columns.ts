import type { Frame } from '../core/frame.js';

/**
 * The columns of `packet_raw`: how a Frame is laid out in the store. Narrow integer types, no NULLs (the sentinel says
 * "not there"), so that a million packets are a few typed-array copies. The readable view is `packet`.
 */

export type RawType = 'INTEGER' | 'UINTEGER' | 'BIGINT' | 'SMALLINT' | 'UTINYINT';

export interface PacketColumn {
  readonly name: string;
  readonly type: RawType;
  /** Value that means "not there"; the view shows NULL. */
  readonly none?: number;
  readonly about: string;
  readonly of: (frame: Frame) => number;
}

const u32 = (value: number): number => (value < 0 ? 0 : value);

/** In table order, after `tap`, `place`, `time_ns`. */
export const PACKET_COLUMNS: readonly PacketColumn[] = [
  { name: 'cap_len', type: 'INTEGER', about: 'Bytes kept.', of: (f) => f.capLen },
  { name: 'wire_len', type: 'INTEGER', about: 'Bytes on the wire.', of: (f) => f.wireLen },
  { name: 'vlan', type: 'SMALLINT', none: -1, about: 'Outermost VLAN id.', of: (f) => f.vlan },
  { name: 'mac_src', type: 'BIGINT', none: -1, about: 'Outermost source MAC as a 48-bit number.', of: (f) => f.macSrc },
  { name: 'mac_dst', type: 'BIGINT', none: -1, about: 'Outermost destination MAC.', of: (f) => f.macDst },
  {
    name: 'tunnel',
    type: 'UTINYINT',
    none: 0,
    about: 'Envelope: 1 vxlan, 2 geneve, 3 ipip, 4 ip6ip, 5 gre, 6 flannel-udp, 7 wireguard, 8 esp.',
    of: (f) => f.tunnel,
  },
  { name: 'tunnel_depth', type: 'UTINYINT', about: 'Tunnels within tunnels.', of: (f) => f.tunnelDepth },
  {
    name: 'vni',
    type: 'INTEGER',
    none: -1,
    about: 'VXLAN or Geneve network identifier, GRE key.',
    of: (f) => f.vni | 0,
  },
  {
    name: 'outer_src',
    type: 'INTEGER',
    none: 0,
    about: 'Envelope source, id in table address.',
    of: (f) => f.outerSrc,
  },
  {
    name: 'outer_dst',
    type: 'INTEGER',
    none: 0,
    about: 'Envelope destination, id in table address.',
    of: (f) => f.outerDst,
  },
  { name: 'outer_sport', type: 'INTEGER', none: -1, about: 'Envelope UDP source port.', of: (f) => f.outerSport },
  { name: 'outer_dport', type: 'INTEGER', none: -1, about: 'Envelope UDP destination port.', of: (f) => f.outerDport },
  {
    name: 'outer_checksum',
    type: 'UTINYINT',
    about: 'Envelope UDP checksum: 0 bad, 1 good, 2 unverified, 3 absent.',
    of: (f) => f.outerChecksum,
  },
  {
    name: 'inner_mac_dst',
    type: 'BIGINT',
    none: -1,
    about: 'Destination MAC inside the tunnel.',
    of: (f) => f.innerMacDst,
  },
  { name: 'ether_type', type: 'INTEGER', none: -1, about: 'Innermost ethertype.', of: (f) => f.etherType },
  {
    name: 'src',
    type: 'INTEGER',
    none: 0,
    about: 'Innermost source, id in table address (ARP: sender).',
    of: (f) => f.src,
  },
  {
    name: 'dst',
    type: 'INTEGER',
    none: 0,
    about: 'Innermost destination, id in table address (ARP: target).',
    of: (f) => f.dst,
  },
  { name: 'proto', type: 'SMALLINT', none: -1, about: 'IP protocol number.', of: (f) => f.proto },
  { name: 'ttl', type: 'SMALLINT', none: -1, about: 'TTL or hop limit.', of: (f) => f.ttl },
  { name: 'ip_id', type: 'INTEGER', none: -1, about: 'IPv4 identification.', of: (f) => f.ipId },
  { name: 'ip_len', type: 'INTEGER', none: -1, about: 'IP total length, bytes.', of: (f) => f.ipLen },
  {
    name: 'frag_offset',
    type: 'INTEGER',
    none: -1,
    about: 'Fragment offset, bytes; -1 when the packet is no fragment.',
    of: (f) => f.fragOffset,
  },
  { name: 'more_fragments', type: 'UTINYINT', about: '1 when more fragments follow.', of: (f) => f.moreFragments },
  { name: 'dont_fragment', type: 'UTINYINT', about: '1 when DF is set.', of: (f) => f.dontFragment },
  { name: 'sport', type: 'INTEGER', none: -1, about: 'Source port.', of: (f) => f.sport },
  { name: 'dport', type: 'INTEGER', none: -1, about: 'Destination port.', of: (f) => f.dport },
  {
    name: 'tcp_flags',
    type: 'SMALLINT',
    none: -1,
    about: 'TCP flag bits: 1 FIN, 2 SYN, 4 RST, 8 PSH, 16 ACK.',
    of: (f) => f.tcpFlags,
  },
  { name: 'seq', type: 'UINTEGER', about: 'TCP sequence number.', of: (f) => u32(f.seq) },
  { name: 'ack', type: 'UINTEGER', about: 'TCP acknowledgement number.', of: (f) => u32(f.ack) },
  { name: 'ts_val', type: 'UINTEGER', about: 'TCP timestamp value; 0 when there is none.', of: (f) => u32(f.tsVal) },
  { name: 'payload_len', type: 'INTEGER', none: -1, about: 'Transport payload, bytes.', of: (f) => f.payloadLen },
  {
    name: 'payload_hash',
    type: 'UINTEGER',
    about: 'Hash of the first payload bytes; 0 when there are none.',
    of: (f) => u32(f.payloadHash),
  },
  { name: 'icmp_type', type: 'SMALLINT', none: -1, about: 'ICMP or ICMPv6 type.', of: (f) => f.icmpType },
  { name: 'icmp_code', type: 'SMALLINT', none: -1, about: 'ICMP or ICMPv6 code.', of: (f) => f.icmpCode },
  { name: 'icmp_id', type: 'INTEGER', none: -1, about: 'Echo identifier.', of: (f) => f.icmpId },
  { name: 'icmp_seq', type: 'INTEGER', none: -1, about: 'Echo sequence number.', of: (f) => f.icmpSeq },
  { name: 'icmp_mtu', type: 'INTEGER', none: -1, about: 'Next-hop MTU of an ICMP error.', of: (f) => f.icmpMtu },
  {
    name: 'quoted_src',
    type: 'INTEGER',
    none: 0,
    about: 'Source of the packet that an ICMP error quotes.',
    of: (f) => f.quotedSrc,
  },
  { name: 'quoted_dst', type: 'INTEGER', none: 0, about: 'Destination of the quoted packet.', of: (f) => f.quotedDst },
  {
    name: 'quoted_proto',
    type: 'SMALLINT',
    none: -1,
    about: 'Protocol of the quoted packet.',
    of: (f) => f.quotedProto,
  },
  {
    name: 'quoted_sport',
    type: 'INTEGER',
    none: -1,
    about: 'Source port of the quoted packet.',
    of: (f) => f.quotedSport,
  },
  {
    name: 'quoted_dport',
    type: 'INTEGER',
    none: -1,
    about: 'Destination port of the quoted packet.',
    of: (f) => f.quotedDport,
  },
  { name: 'arp_op', type: 'SMALLINT', none: -1, about: 'ARP operation: 1 request, 2 reply.', of: (f) => f.arpOp },
  { name: 'dns_id', type: 'INTEGER', none: -1, about: 'DNS transaction id.', of: (f) => f.dnsId },
  {
    name: 'dns_flags',
    type: 'INTEGER',
    none: -1,
    about: 'DNS flags word; bit 15 is set in answers.',
    of: (f) => f.dnsFlags,
  },
  {
    name: 'ip_checksum',
    type: 'UTINYINT',
    about: 'IPv4 header checksum: 0 bad, 1 good, 2 unverified, 3 absent.',
    of: (f) => f.ipChecksum,
  },
  { name: 'l4_checksum', type: 'UTINYINT', about: 'Innermost transport checksum, likewise.', of: (f) => f.l4Checksum },
  {
    name: 'stop',
    type: 'UTINYINT',
    none: 0,
    about:
      'Why decoding ended early: 1 snaplen, 2 length, 3 malformed, 4 depth, 5 fragment, 6 unknown link, 7 unknown protocol.',
    of: (f) => f.stop,
  },
];
