/**
 * The walking packet: what netfilter and routing look at, and nothing else. It is immutable; a hop that rewrites it makes a
 * new one. What is absent is not known, and a match on it "may" hold.
 */
export interface Packet {
  readonly family: 4 | 6;
  /** IP protocol number: 1 ICMP, 4 IPIP, 6 TCP, 17 UDP, 58 ICMPv6, … */
  readonly proto: number;
  readonly src: string;
  readonly dst: string;
  /** Ports of TCP, UDP and SCTP; a client's own port is usually not known. */
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
  /** The port that stands for a client's own, which nobody knows: matches look at its number, words do not tell it. */
  readonly anyPort?: 'sport' | 'dport' | undefined;
  /** ICMP type, code and identifier. */
  readonly icmpType?: number | undefined;
  readonly icmpCode?: number | undefined;
  readonly icmpId?: number | undefined;
  /** TCP flags as the header's byte (SYN 0x02, ACK 0x10). */
  readonly tcpFlags?: number | undefined;
  /** Length of the whole IP packet in bytes. */
  readonly length?: number | undefined;
  readonly macSrc?: string | undefined;
  /** skb mark; belongs to one host and does not travel on the wire. */
  readonly mark: number;
  /** What conntrack of the present host says of it. */
  readonly ct: Tracking;
}

/** Connection tracking as the present host sees the packet. */
export interface Tracking {
  readonly state: 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED' | 'unknown';
  readonly direction: 'original' | 'reply';
  readonly mark: number;
  /** The connection's destination was rewritten (`--ctstatus DNAT`, `--ctstate DNAT`). */
  readonly dnat: boolean;
  readonly snat: boolean;
  /** Addresses as the connection's first packet had them when it came to this host. */
  readonly orig: Ends;
}

/** Both ends of a packet. */
export interface Ends {
  readonly src: string;
  readonly dst: string;
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
}

export const endsOf = (packet: Packet): Ends => ({
  src: packet.src,
  dst: packet.dst,
  sport: packet.sport,
  dport: packet.dport,
});

/** A connection's first packet, as conntrack of a host meets it. */
export const fresh = (packet: Omit<Packet, 'ct' | 'mark'>): Packet => ({
  ...packet,
  mark: 0,
  ct: {
    state: 'NEW',
    direction: 'original',
    mark: 0,
    dnat: false,
    snat: false,
    orig: { src: packet.src, dst: packet.dst, sport: packet.sport, dport: packet.dport },
  },
});

/** How a packet's protocol and addresses are written: `tcp 10.1.2.3:any > 10.4.5.6:80`. */
export function packetWords(packet: Packet): string {
  const end = (address: string, name: 'sport' | 'dport'): string => {
    const port = packet[name] !== undefined && packet.anyPort === name ? 'any' : packet[name];
    if (address === '') return '(no source yet)';
    if (port === undefined) return address;
    return packet.family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
  };
  const proto = PROTO_NAMES.get(packet.proto) ?? `protocol ${packet.proto}`;
  return `${proto} ${end(packet.src, 'sport')} > ${end(packet.dst, 'dport')}`;
}

const PROTO_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'icmp'],
  [4, 'ipip'],
  [6, 'tcp'],
  [17, 'udp'],
  [47, 'gre'],
  [58, 'icmpv6'],
  [132, 'sctp'],
]);
