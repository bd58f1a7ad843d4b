import type { NumberType } from './parquet-file.js';

/**
 * The columns of `packet_raw`: how a Frame is laid out in the store. Numbers of 32 or 64 bits, no NULLs (the sentinel says
 * "not there"), so that the arrays that frames are copied into are written as they lie in memory. The readable view is `packet`.
 */

export interface PacketColumn {
  readonly name: string;
  readonly type: NumberType;
  /** Value that means "not there"; the view shows NULL. */
  readonly none?: number;
  readonly about: string;
}

/** In table order. */
export const PACKET_COLUMNS = [
  { name: 'tap', type: 'INTEGER', about: 'Where it was seen, see table tap.' },
  { name: 'place', type: 'INTEGER', about: 'Frame or line number, 1-based.' },
  {
    name: 'time_ns',
    type: 'BIGINT',
    none: -1,
    about: 'Time in nanoseconds, see tap.time_kind; -1 when there is none.',
  },
  { name: 'cap_len', type: 'INTEGER', about: 'Bytes kept.' },
  { name: 'wire_len', type: 'INTEGER', about: 'Bytes on the wire.' },
  { name: 'vlan', type: 'INTEGER', none: -1, about: 'Outermost VLAN id.' },
  { name: 'mac_src', type: 'BIGINT', none: -1, about: 'Outermost source MAC as a 48-bit number.' },
  { name: 'mac_dst', type: 'BIGINT', none: -1, about: 'Outermost destination MAC.' },
  {
    name: 'tunnel',
    type: 'INTEGER',
    none: 0,
    about: 'Envelope: 1 vxlan, 2 geneve, 3 ipip, 4 ip6ip, 5 gre, 6 flannel-udp, 7 wireguard, 8 esp.',
  },
  { name: 'tunnel_depth', type: 'INTEGER', about: 'Tunnels within tunnels.' },
  {
    name: 'vni',
    type: 'INTEGER',
    none: -1,
    about: 'VXLAN or Geneve network identifier, GRE key.',
  },
  {
    name: 'outer_src',
    type: 'INTEGER',
    none: 0,
    about: 'Envelope source, id in table address.',
  },
  {
    name: 'outer_dst',
    type: 'INTEGER',
    none: 0,
    about: 'Envelope destination, id in table address.',
  },
  { name: 'outer_sport', type: 'INTEGER', none: -1, about: 'Envelope UDP source port.' },
  { name: 'outer_dport', type: 'INTEGER', none: -1, about: 'Envelope UDP destination port.' },
  {
    name: 'outer_checksum',
    type: 'INTEGER',
    about: 'Envelope UDP checksum: 0 bad, 1 good, 2 unverified, 3 absent.',
  },
  {
    name: 'inner_mac_dst',
    type: 'BIGINT',
    none: -1,
    about: 'Destination MAC inside the tunnel.',
  },
  { name: 'ether_type', type: 'INTEGER', none: -1, about: 'Innermost ethertype.' },
  {
    name: 'src',
    type: 'INTEGER',
    none: 0,
    about: 'Innermost source, id in table address (ARP: sender).',
  },
  {
    name: 'dst',
    type: 'INTEGER',
    none: 0,
    about: 'Innermost destination, id in table address (ARP: target).',
  },
  { name: 'proto', type: 'INTEGER', none: -1, about: 'IP protocol number.' },
  { name: 'ttl', type: 'INTEGER', none: -1, about: 'TTL or hop limit.' },
  { name: 'ip_id', type: 'INTEGER', none: -1, about: 'IPv4 identification.' },
  { name: 'ip_len', type: 'INTEGER', none: -1, about: 'IP total length, bytes.' },
  {
    name: 'frag_offset',
    type: 'INTEGER',
    none: -1,
    about: 'Fragment offset, bytes; -1 when the packet is no fragment.',
  },
  { name: 'more_fragments', type: 'INTEGER', about: '1 when more fragments follow.' },
  { name: 'dont_fragment', type: 'INTEGER', about: '1 when DF is set.' },
  { name: 'sport', type: 'INTEGER', none: -1, about: 'Source port.' },
  { name: 'dport', type: 'INTEGER', none: -1, about: 'Destination port.' },
  {
    name: 'tcp_flags',
    type: 'INTEGER',
    none: -1,
    about: 'TCP flag bits: 1 FIN, 2 SYN, 4 RST, 8 PSH, 16 ACK.',
  },
  { name: 'seq', type: 'UINTEGER', about: 'TCP sequence number.' },
  { name: 'ack', type: 'UINTEGER', about: 'TCP acknowledgement number.' },
  { name: 'ts_val', type: 'UINTEGER', about: 'TCP timestamp value; 0 when there is none.' },
  { name: 'payload_len', type: 'INTEGER', none: -1, about: 'Transport payload, bytes.' },
  {
    name: 'payload_hash',
    type: 'UINTEGER',
    about: 'Hash of the first payload bytes; 0 when there are none.',
  },
  { name: 'icmp_type', type: 'INTEGER', none: -1, about: 'ICMP or ICMPv6 type.' },
  { name: 'icmp_code', type: 'INTEGER', none: -1, about: 'ICMP or ICMPv6 code.' },
  { name: 'icmp_id', type: 'INTEGER', none: -1, about: 'Echo identifier.' },
  { name: 'icmp_seq', type: 'INTEGER', none: -1, about: 'Echo sequence number.' },
  { name: 'icmp_mtu', type: 'INTEGER', none: -1, about: 'Next-hop MTU of an ICMP error.' },
  {
    name: 'quoted_src',
    type: 'INTEGER',
    none: 0,
    about: 'Source of the packet that an ICMP error quotes.',
  },
  { name: 'quoted_dst', type: 'INTEGER', none: 0, about: 'Destination of the quoted packet.' },
  {
    name: 'quoted_proto',
    type: 'INTEGER',
    none: -1,
    about: 'Protocol of the quoted packet.',
  },
  {
    name: 'quoted_sport',
    type: 'INTEGER',
    none: -1,
    about: 'Source port of the quoted packet.',
  },
  {
    name: 'quoted_dport',
    type: 'INTEGER',
    none: -1,
    about: 'Destination port of the quoted packet.',
  },
  { name: 'arp_op', type: 'INTEGER', none: -1, about: 'ARP operation: 1 request, 2 reply.' },
  { name: 'dns_id', type: 'INTEGER', none: -1, about: 'DNS transaction id.' },
  {
    name: 'dns_flags',
    type: 'INTEGER',
    none: -1,
    about: 'DNS flags word; bit 15 is set in answers.',
  },
  {
    name: 'ip_checksum',
    type: 'INTEGER',
    about: 'IPv4 header checksum: 0 bad, 1 good, 2 unverified, 3 absent.',
  },
  { name: 'l4_checksum', type: 'INTEGER', about: 'Innermost transport checksum, likewise.' },
  {
    name: 'stop',
    type: 'INTEGER',
    none: 0,
    about:
      'Why decoding ended early: 1 snaplen, 2 length, 3 malformed, 4 depth, 5 fragment, 6 unknown link, 7 unknown protocol.',
  },
] as const satisfies readonly PacketColumn[];
