import type { AddressTable } from '../../core/address.js';
import { Checksum, type Frame, Proto, Stop } from '../../core/frame.js';
import { readPort } from './port-name.js';
import { readArp } from './tcpdump-arp.js';
import { readIcmp, readIcmp6 } from './tcpdump-icmp.js';
import { closing, readIpHeader } from './tcpdump-ip-header.js';
import { readLinkHeader } from './tcpdump-link.js';
import { readOldTcp, readTcp } from './tcpdump-tcp.js';
import { readTunnel } from './tcpdump-tunnel.js';
import { readDomain, readUdp } from './tcpdump-udp.js';

/**
 * What the text of one packet leaves open: `done`; `addresses` (IPv4 with -v: the next line has them); `inner` (the
 * packet inside a tunnel comes on the next line); `quoted` (an ICMP error, whose packet -v shows beneath).
 */
export type Rest = 'done' | 'addresses' | 'inner' | 'quoted';

const PROTOCOLS: readonly (readonly [RegExp, number])[] = [
  [/^igmp\b/, 2],
  [/^(?:VRRP|CARP)/, 112],
  [/^OSPF/, 89],
  [/^PIM/, 103],
  [/^EIGRP/, 88],
  [/^sctp\b/i, Proto.sctp],
  [/^AH\(/, Proto.ah],
  [/^tcp\b|^\[\|tcp\]/, Proto.tcp],
  [/^udp\b|^\[\|udp\]/, Proto.udp],
  [/^icmp6\b|^\[\|icmp6\]/, Proto.icmp6],
  [/^icmp\b|^\[\|icmp\]/, Proto.icmp],
];

/**
 * Fills a Frame from tcpdump's text of one packet, from the link or network header on. Grammar: tcpdump's
 * print-ether.c, print-sll.c, print-ip.c, print-ip6.c, print-tcp.c (also the form before 4.0), print-udp.c,
 * print-domain.c, print-arp.c and the tunnels' printers. Sequence numbers are those printed, see tcp-sequence.ts.
 */
export class TcpdumpPacket {
  constructor(
    private readonly frame: Frame,
    private readonly addresses: AddressTable,
  ) {}

  /** Link header (-e) or network header. Undefined: this is no packet. */
  link(text: string): Rest | undefined {
    const read = readLinkHeader(text, this.frame);
    return typeof read === 'object' ? this.network(read.network, read.headed) : read;
  }

  /** From `IP`, `IP6` or `ARP` on; the word is missing after a link header. */
  network(text: string, headed = false): Rest | undefined {
    const f = this.frame;
    const word = /^(IP6|IP|ARP|arp|RARP)(?:,? +|$)/.exec(text);
    let rest = text;
    if (word !== null) {
      f.etherType = word[1] === 'IP' ? 0x0800 : word[1] === 'IP6' ? 0x86dd : word[1] === 'RARP' ? 0x8035 : 0x0806;
      rest = text.slice(word[0].length);
    } else if (!headed && f.etherType < 0 && !/^\((?:tos|hlim|class|flowlabel) |^ *\[\|/.test(text)) return undefined;
    if (f.etherType === 0x0806 || f.etherType === 0x8035) return readArp(rest, f, this.addresses) ? 'done' : undefined;
    const missing = /^truncated-ip6? - \d+ bytes missing! ?/.exec(rest);
    if (missing !== null) rest = rest.slice(missing[0].length);
    if (rest.startsWith('(')) {
      const end = closing(rest);
      readIpHeader(rest.slice(1, end - 1), f);
      rest = rest.slice(end).trim();
      if (rest === '') return 'addresses';
    }
    return this.between(rest);
  }

  /** `A > B: …`. */
  between(text: string): Rest | undefined {
    const f = this.frame;
    const m = /^(\S+) > (\S+?):?(?: (.*))?$/.exec(text);
    if (m === null) {
      if (!/^ *\[\|[\w-]+\]|^bad-|^\[/.test(text)) return undefined;
      f.stop = text.includes('[|') ? Stop.snaplen : Stop.malformed;
      return 'done';
    }
    f.sport = this.#endpoint(m[1]!, 'src');
    f.dport = this.#endpoint(m[2]!, 'dst');
    if (f.etherType < 0) f.etherType = f.src !== 0 && this.addresses.family(f.src) === 6 ? 0x86dd : 0x0800;
    return this.#transport((m[3] ?? '').trim());
  }

  /** `10.0.0.1.80`, `fd00::1.443`, `10.0.0.1`, `host.domain.http`: the port is the last part. */
  #endpoint(text: string, side: 'src' | 'dst'): number {
    const whole = this.addresses.internText(text);
    if (whole !== 0) {
      this.frame[side] = whole;
      return -1;
    }
    const dot = text.lastIndexOf('.');
    let host = dot < 0 ? text : text.slice(0, dot);
    // Names that clouds and cluster DNS make from addresses: ip-10-0-0-1.ec2.internal, 10-244-1-5.web.default.svc.
    const spelled = /^(?:ip-)?(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})(?:\.|$)/.exec(text);
    if (spelled !== null) host = spelled.slice(1, 5).join('.');
    this.frame[side] = this.addresses.internText(host);
    return dot < 0 ? -1 : readPort(text.slice(dot + 1));
  }

  #transport(text: string): Rest {
    const f = this.frame;
    const head = f.proto;
    let rest = text;
    // Checksum verdicts of -v stand before the protocol's own text.
    const sum = /^\[((?:udp|icmp6|tcp|sctp) sum ok|bad \w+ cksum [^\]]*|no cksum)\] ?/.exec(rest);
    if (sum !== null) {
      f.l4Checksum = sum[1]!.startsWith('bad') ? Checksum.bad : sum[1] === 'no cksum' ? Checksum.absent : Checksum.good;
      rest = rest.slice(sum[0].length);
    }
    const extension = /^(?:HBH|DSTOPT|RTALERT|srcrt \([^)]*\)|rtalert) +/.exec(rest);
    if (extension !== null) rest = rest.slice(extension[0].length);
    const fragment = /^frag \((?:(0x[0-9a-f]+):)?(\d+)\|\d+\) ?(?:(\S+) > (\S+): )?/.exec(rest);
    if (fragment !== null) {
      if (fragment[1] !== undefined) f.ipId = Number(fragment[1]);
      f.fragOffset = Number(fragment[2]);
      if (fragment[3] !== undefined) [f.sport, f.dport] = [readPort(fragment[3]), readPort(fragment[4]!)];
      rest = rest.slice(fragment[0].length);
      if (f.proto === 44) f.proto = -1;
      if (f.fragOffset > 0 && rest === '') {
        f.stop = Stop.fragment;
        return 'done';
      }
    }
    if (rest.startsWith('Flags')) {
      readTcp(rest, f);
      return 'done';
    }
    if (/^(?:UDP|udp),/.test(rest)) {
      readUdp(rest, f);
      return 'done';
    }
    if (/^ICMP6?[, ]/.test(rest)) return this.#icmp(rest);
    const tunnel = readTunnel(rest, f, this);
    if (tunnel !== undefined) return tunnel;
    const quick = /^tcp (\d+)/.exec(rest);
    if (quick !== null) {
      f.proto = Proto.tcp;
      f.payloadLen = Number(quick[1]);
      return 'done';
    }
    const number = /^ip-proto-(\d+)/.exec(rest);
    f.proto = number !== null ? Number(number[1]) : (PROTOCOLS.find(([form]) => form.test(rest))?.[1] ?? head);
    if (rest.includes('[|')) f.stop = Stop.snaplen;
    else if (f.fragOffset > 0 || (number !== null && f.proto === Proto.udp)) f.stop = Stop.fragment;
    if (f.stop !== Stop.none || f.proto === Proto.sctp) {
      // What remains of a cut line tells UDP's own printers by their ports only.
      if (f.proto < 0 && f.sport >= 0) readDomain(rest, f);
      return 'done';
    }
    if (readOldTcp(rest, f)) return 'done';
    if (f.proto === Proto.udp || (f.proto < 0 && (f.sport >= 0 || f.dport >= 0))) {
      readDomain(rest, f);
      return 'done';
    }
    if (f.proto !== Proto.tcp) f.stop = Stop.unknownProtocol;
    return 'done';
  }

  #icmp(text: string): Rest {
    const f = this.frame;
    const six = text.startsWith('ICMP6');
    f.proto = six ? Proto.icmp6 : Proto.icmp;
    if (/\((?:wrong|bad) icmp/.test(text)) f.l4Checksum = Checksum.bad;
    if (six) readIcmp6(text.slice(5).replace(/^, */, ''), f, this.addresses);
    else readIcmp(text.slice(4).replace(/^,? /, ''), f, this.addresses);
    // An error goes to the source of the packet that it quotes (RFC 1122 3.2.2), of which the text without -v names the destination alone.
    if (f.quotedDst !== 0 && f.quotedSrc === 0) f.quotedSrc = f.dst;
    return f.quotedDst !== 0 || f.icmpType === 11 || (six && f.icmpType >= 1 && f.icmpType <= 4) ? 'quoted' : 'done';
  }
}
