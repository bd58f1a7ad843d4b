/**
 * One packet as any source shows it: a frame of a capture, a line of tcpdump text, an iptables LOG line.
 * A single Frame is filled again and again and handed to the store, which copies its numbers into columns;
 * nobody keeps it. Outer and inner packet stay together: `outer*` is the first tunnel's envelope, the plain
 * fields are the innermost packet (the only one, when there is no tunnel).
 */

/** What the envelope is. `flannel-udp` is flannel's own IP-in-UDP; WireGuard and ESP are opaque, so they have no inner packet. */
export const TUNNELS = ['none', 'vxlan', 'geneve', 'ipip', 'ip6ip', 'gre', 'flannel-udp', 'wireguard', 'esp'] as const;
export type TunnelName = (typeof TUNNELS)[number];
export const Tunnel = {
  none: 0,
  vxlan: 1,
  geneve: 2,
  ipip: 3,
  /** IPv6 in IPv4 (sit), IPv4 or IPv6 in IPv6. */
  ip6ip: 4,
  gre: 5,
  flannelUdp: 6,
  wireguard: 7,
  esp: 8,
} as const;

/** Why decoding ended before the innermost header was complete. */
export const STOPS = [
  'none',
  'snaplen',
  'length',
  'malformed',
  'depth',
  'fragment',
  'unknown-link',
  'unknown-protocol',
] as const;
export type StopName = (typeof STOPS)[number];
export const Stop = {
  none: 0,
  /** The capture kept fewer bytes than were on the wire. */
  snaplen: 1,
  /** An inner length field ends the packet before its header is complete. */
  length: 2,
  /** A header field is impossible (version, header length). */
  malformed: 3,
  /** More tunnels or extension headers than we follow. */
  depth: 4,
  /** A later fragment: no transport header by design. */
  fragment: 5,
  unknownLink: 6,
  /** A network or transport protocol that we do not decode. */
  unknownProtocol: 7,
} as const;

/** Checksum verdicts, as tshark numbers them. */
export const Checksum = { bad: 0, good: 1, unverified: 2, absent: 3 } as const;

/** TCP flag bits (RFC 9293 3.1). */
export const Tcp = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

/** IP protocol numbers that the code names. */
export const Proto = {
  icmp: 1,
  ipip: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  icmp6: 58,
  sctp: 132,
} as const;

/** All fields are numbers; -1 means "not there" except for addresses, where 0 does. */
export class Frame {
  /** Seconds (see TimeKind for since when) and nanoseconds 0..999999999; -1 when the source has no time. */
  sec = -1;
  nsec = 0;
  /** Bytes kept and bytes on the wire. */
  capLen = 0;
  wireLen = 0;
  /** Outermost 802.1Q VLAN id. */
  vlan = -1;
  /** Outermost Ethernet addresses as 48-bit numbers. For Linux cooked captures only the source is known. */
  macSrc = -1;
  macDst = -1;
  /** Ethernet addresses inside the first tunnel. */
  innerMacSrc = -1;
  innerMacDst = -1;

  tunnel: number = Tunnel.none;
  /** Tunnels within tunnels: 0 none, 1 one, … */
  tunnelDepth = 0;
  /** VXLAN or Geneve network identifier, GRE key. */
  vni = -1;
  outerSrc = 0;
  outerDst = 0;
  outerSport = -1;
  outerDport = -1;
  /** Checksum of the outer UDP header. */
  outerChecksum: number = Checksum.absent;

  /** Innermost ethertype, e.g. 0x0800, 0x86dd, 0x0806. */
  etherType = -1;
  src = 0;
  dst = 0;
  /** IP protocol of the innermost packet after extension headers. */
  proto = -1;
  ttl = -1;
  ipId = -1;
  /** Fragment offset in bytes; -1 when the packet is no fragment. */
  fragOffset = -1;
  moreFragments = 0;
  dontFragment = 0;
  /** IP total length in bytes (IPv6: payload + 40); may exceed wireLen on a cut frame, 0 under segmentation offload. */
  ipLen = -1;
  sport = -1;
  dport = -1;
  tcpFlags = -1;
  seq = -1;
  ack = -1;
  window = -1;
  mss = -1;
  windowScale = -1;
  tsVal = -1;
  tsEcr = -1;
  /** TCP, UDP or echo payload bytes according to the IP length. */
  payloadLen = -1;
  /** FNV-1a over the first 32 captured payload bytes; pairs copies of a UDP or ICMP packet. -1 when there are none. */
  payloadHash = -1;

  icmpType = -1;
  icmpCode = -1;
  icmpId = -1;
  icmpSeq = -1;
  /** Next-hop MTU of "fragmentation needed" and "packet too big". */
  icmpMtu = -1;
  /** The packet that an ICMP error quotes. */
  quotedSrc = 0;
  quotedDst = 0;
  quotedProto = -1;
  quotedSport = -1;
  quotedDport = -1;
  quotedSeq = -1;

  /** ARP operation (1 request, 2 reply); `src`/`dst` are then sender and target protocol address. */
  arpOp = -1;
  /** DNS header of UDP port 53/5353: id and flags word. */
  dnsId = -1;
  dnsFlags = -1;

  ipChecksum: number = Checksum.unverified;
  /** TCP, UDP, ICMP checksum of the innermost packet. */
  l4Checksum: number = Checksum.unverified;
  stop: number = Stop.none;

  /** Back to "nothing known". */
  reset(): void {
    this.sec = -1;
    this.nsec = 0;
    this.capLen = 0;
    this.wireLen = 0;
    this.vlan = -1;
    this.macSrc = -1;
    this.macDst = -1;
    this.innerMacSrc = -1;
    this.innerMacDst = -1;
    this.tunnel = Tunnel.none;
    this.tunnelDepth = 0;
    this.vni = -1;
    this.outerSrc = 0;
    this.outerDst = 0;
    this.outerSport = -1;
    this.outerDport = -1;
    this.outerChecksum = Checksum.absent;
    this.etherType = -1;
    this.src = 0;
    this.dst = 0;
    this.proto = -1;
    this.ttl = -1;
    this.ipId = -1;
    this.fragOffset = -1;
    this.moreFragments = 0;
    this.dontFragment = 0;
    this.ipLen = -1;
    this.sport = -1;
    this.dport = -1;
    this.tcpFlags = -1;
    this.seq = -1;
    this.ack = -1;
    this.window = -1;
    this.mss = -1;
    this.windowScale = -1;
    this.tsVal = -1;
    this.tsEcr = -1;
    this.payloadLen = -1;
    this.payloadHash = -1;
    this.icmpType = -1;
    this.icmpCode = -1;
    this.icmpId = -1;
    this.icmpSeq = -1;
    this.icmpMtu = -1;
    this.quotedSrc = 0;
    this.quotedDst = 0;
    this.quotedProto = -1;
    this.quotedSport = -1;
    this.quotedDport = -1;
    this.quotedSeq = -1;
    this.arpOp = -1;
    this.dnsId = -1;
    this.dnsFlags = -1;
    this.ipChecksum = Checksum.unverified;
    this.l4Checksum = Checksum.unverified;
    this.stop = Stop.none;
  }
}
