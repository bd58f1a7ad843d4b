import type { AddressTable } from '../../core/address.js';
import { type Frame, Proto, Tcp } from '../../core/frame.js';
import { wordTable } from '../../core/word-table.js';
import { readPort } from './port-name.js';

const FLAGS = wordTable<number>({
  FIN: Tcp.fin,
  SYN: Tcp.syn,
  RST: Tcp.rst,
  PSH: Tcp.psh,
  ACK: Tcp.ack,
  URG: Tcp.urg,
  ECN: Tcp.ece,
  ECE: Tcp.ece,
  CWR: Tcp.cwr,
});

/** Transport of what Wireshark's Protocol column names; application protocols by the transport that they usually have. */
const PROTOCOLS: readonly (readonly [RegExp, number])[] = [
  [/^(?:TCP|HTTP\d?|TLSv[\d.]+|SSLv\d|SSL|SSH(?:v2)?|BGP|MySQL|RESP|PGSQL|gRPC|AMQP|WebSocket|LDAP|SMB2?)/, Proto.tcp],
  [
    /^(?:UDP|DNS|MDNS|LLMNR|DHCP(?:v6)?|NTP|VXLAN|Geneve|NBNS|SSDP|SNMP|Syslog|TFTP|QUIC|WireGuard|ISAKMP|BFD)/,
    Proto.udp,
  ],
  [/^ICMPv6/, Proto.icmp6],
  [/^ICMP/, Proto.icmp],
  [/^IGMP/, 2],
  [/^VRRP|^CARP/, 112],
  [/^SCTP/, Proto.sctp],
  [/^GRE/, Proto.gre],
  [/^ESP/, Proto.esp],
  [/^OSPF/, 89],
];

/** Words in brackets of ICMP errors: type and code. */
const ERRORS: readonly (readonly [RegExp, number, number])[] = [
  [/^Destination unreachable \(Network unreachable\)/, 3, 0],
  [/^Destination unreachable \(Host unreachable\)/, 3, 1],
  [/^Destination unreachable \(Protocol unreachable\)/, 3, 2],
  [/^Destination unreachable \(Port unreachable\)/, 3, 3],
  [/^Destination unreachable \(Fragmentation needed\)/, 3, 4],
  [/^Destination unreachable \(Network administratively prohibited\)/, 3, 9],
  [/^Destination unreachable \(Host administratively prohibited\)/, 3, 10],
  [/^Destination unreachable \(Communication administratively filtered\)/, 3, 13],
  [/^Destination unreachable/, 3, -1],
  [/^Time-to-live exceeded \(Time to live exceeded in transit\)/, 11, 0],
  [/^Time-to-live exceeded/, 11, 1],
  [/^Redirect +\(Redirect for network\)/, 5, 0],
  [/^Redirect/, 5, 1],
];
const ERRORS6: readonly (readonly [RegExp, number, number])[] = [
  [/^Destination Unreachable \(no route to destination\)/, 1, 0],
  [/^Destination Unreachable \((?:Administratively|communication)/i, 1, 1],
  [/^Destination Unreachable \(Address unreachable\)/, 1, 3],
  [/^Destination Unreachable \(Port unreachable\)/, 1, 4],
  [/^Packet Too Big/, 2, 0],
  [/^Time Exceeded/, 3, 0],
  [/^Router Solicitation/, 133, 0],
  [/^Router Advertisement/, 134, 0],
  [/^Neighbor Solicitation/, 135, 0],
  [/^Neighbor Advertisement/, 136, 0],
  [/^Multicast Listener Report/, 143, 0],
];

const after = (text: string, word: RegExp): number => Number(word.exec(text)?.[1] ?? -1);

/**
 * Fills what the Protocol and Info columns of Wireshark's packet list say and the frame does not know yet. Grammar:
 * Wireshark packet-tcp.c, packet-udp.c, packet-icmp.c, packet-icmpv6.c, packet-arp.c, packet-dns.c (the columns).
 * `Seq=` and `Ack=` there are relative by default and so are not taken.
 */
export function readInfo(protocol: string, info: string, frame: Frame, addresses: AddressTable): void {
  if (protocol === 'ARP') {
    arp(info, frame, addresses);
    return;
  }
  if (frame.proto < 0) frame.proto = PROTOCOLS.find(([form]) => form.test(protocol))?.[1] ?? -1;
  if (frame.proto === Proto.tcp || frame.proto === Proto.udp) transport(info, frame);
  else if (frame.proto === Proto.icmp || frame.proto === Proto.icmp6) icmp(info, frame);
  const dns =
    protocol === 'DNS' || protocol === 'MDNS'
      ? /^Standard query (response )?0x([0-9a-f]{4})( No such name| Server failure| Refused)?/.exec(info)
      : null;
  if (dns !== null && frame.dnsId < 0) {
    frame.dnsId = Number.parseInt(dns[2]!, 16);
    const status = { ' No such name': 3, ' Server failure': 2, ' Refused': 5 }[dns[3] ?? ''] ?? 0;
    frame.dnsFlags = dns[1] === undefined ? 0 : 0x8000 | status;
  }
}

function transport(info: string, frame: Frame): void {
  // Before 2.0 the arrow was `>`, and names stood for ports.
  const ports = /(?:^|\] ?)([\w-]+) +(?:\u2192|>) +([\w-]+)(?: |$)/.exec(info);
  if (ports !== null && frame.sport < 0) {
    frame.sport = readPort(ports[1]!);
    frame.dport = readPort(ports[2]!);
  }
  if (ports === null) return;
  if (frame.payloadLen < 0) frame.payloadLen = after(info, /\bLen=(\d+)/);
  if (frame.proto === Proto.udp) return;
  const flags = /\[((?:[A-Z]{3}|AE)(?:, (?:[A-Z]{3}|AE))*|<None>)\] Seq=/.exec(info);
  if (flags !== null && frame.tcpFlags < 0) {
    frame.tcpFlags = 0;
    for (const word of flags[1]!.split(', ')) frame.tcpFlags |= FLAGS[word] ?? 0;
  }
  // "Win" is scaled once the handshake was seen, so only a SYN's is the header's.
  if (frame.window < 0 && (frame.tcpFlags & Tcp.syn) !== 0) frame.window = after(info, /\bWin=(\d+)/);
  if (frame.mss < 0) frame.mss = after(info, /\bMSS=(\d+)/);
  if (frame.tsVal < 0) {
    frame.tsVal = after(info, /\bTSval=(\d+)/);
    frame.tsEcr = after(info, /\bTSecr=(\d+)/);
  }
  // The column has the factor, the header its logarithm.
  const scale = after(info, /\bWS=(\d+)/);
  if (frame.windowScale < 0 && scale > 0) frame.windowScale = Math.round(Math.log2(scale));
}

function icmp(info: string, frame: Frame): void {
  if (frame.icmpType < 0) {
    const six = frame.proto === Proto.icmp6;
    const echo = /^Echo \(ping\) (request|reply) +id=0x([0-9a-f]+), seq=(\d+)/.exec(info);
    if (echo !== null) {
      frame.icmpType = echo[1] === 'request' ? (six ? 128 : 8) : six ? 129 : 0;
      frame.icmpCode = 0;
      frame.icmpId = Number.parseInt(echo[2]!, 16);
      frame.icmpSeq = Number(echo[3]);
      const ttl = after(info, /\bttl=(\d+)/);
      if (frame.ttl < 0 && ttl >= 0) frame.ttl = ttl;
      return;
    }
    const error = (six ? ERRORS6 : ERRORS).find(([form]) => form.test(info));
    if (error !== undefined) [, frame.icmpType, frame.icmpCode] = error;
  }
}

function arp(info: string, frame: Frame, addresses: AddressTable): void {
  frame.etherType = 0x0806;
  frame.src = 0;
  frame.dst = 0;
  const request = /^Who has ([\d.]+)\? (?:\(ARP Probe\)|Tell ([\d.]+))/.exec(info);
  const reply = /^([\d.]+) is at /.exec(info);
  const own = /^(?:ARP Announcement|Gratuitous ARP) for ([\d.]+)/.exec(info);
  if (request !== null) {
    frame.arpOp = 1;
    frame.dst = addresses.internText(request[1]!);
    frame.src = addresses.internText(request[2] ?? '');
  } else if (reply !== null) {
    frame.arpOp = 2;
    frame.src = addresses.internText(reply[1]!);
  } else if (own !== null) {
    frame.arpOp = info.includes('(Reply)') ? 2 : 1;
    frame.src = addresses.internText(own[1]!);
    frame.dst = frame.src;
  }
}
