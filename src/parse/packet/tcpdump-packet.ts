import type { AddressTable } from '../../core/address.js';
import { Checksum, type Frame, Proto, Stop, Tcp, Tunnel } from '../../core/frame.js';
import { parseMac } from './mac.js';
import { readPort } from './port-name.js';
import { readIcmp, readIcmp6 } from './tcpdump-icmp.js';

/**
 * What the text of one packet leaves open: `done`; `addresses` (IPv4 with -v: the next line has them); `inner` (the
 * packet inside a tunnel comes on the next line); `quoted` (an ICMP error, whose packet -v shows beneath).
 */
export type Rest = 'done' | 'addresses' | 'inner' | 'quoted';

const FLAGS: Readonly<Record<string, number>> = {
  F: Tcp.fin,
  S: Tcp.syn,
  R: Tcp.rst,
  P: Tcp.psh,
  '.': Tcp.ack,
  U: Tcp.urg,
  E: Tcp.ece,
  W: Tcp.cwr,
};
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
const MAC = '(?:[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}|Broadcast)(?: \\(oui [^)]*\\))?';
const ETHERNET = new RegExp(`^(${MAC}) > (${MAC}),? (.*)$`, 'i');
const COOKED = new RegExp(`^(?:ifindex (\\d+) )?(${MAC}) (ethertype .*)$`, 'i');
const ETHERTYPE = /^(?:ethertype )?([A-Za-z0-9.-]+)(?: \((0x[0-9a-f]{4})\))?(?:, length (\d+): ?|, )/;
const ETHERTYPES: Readonly<Record<string, number>> = {
  IPv4: 0x0800,
  IP: 0x0800,
  IPv6: 0x86dd,
  IP6: 0x86dd,
  ARP: 0x0806,
};

/** The number after a word, or -1. */
function after(text: string, word: RegExp): number {
  const m = word.exec(text);
  return m === null ? -1 : Number(m[1]);
}

/** The position after the bracket that closes the one at 0; the length when the line is cut. */
function closing(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i + 1;
  }
  return text.length;
}

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
    const cooked = COOKED.exec(text);
    if (cooked !== null) {
      if (this.frame.tunnelDepth === 0) this.frame.macSrc = parseMac(cooked[2]!);
      return this.#etherType(cooked[3]!);
    }
    const ethernet = ETHERNET.exec(text);
    // `ip: ` is the link header of raw IP (tunl0, flannel0) with -e; the word IP or IP6 is left out then.
    if (ethernet === null) return this.network(text.replace(/^ip: /, ''), text.startsWith('ip: '));
    const [source, target] = [parseMac(ethernet[1]!), parseMac(ethernet[2]!)];
    if (this.frame.tunnelDepth === 0) {
      this.frame.macSrc = source;
      this.frame.macDst = target;
    } else if (this.frame.tunnelDepth === 1) {
      this.frame.innerMacSrc = source;
      this.frame.innerMacDst = target;
    }
    return this.#etherType(ethernet[3]!);
  }

  #etherType(text: string): Rest | undefined {
    const f = this.frame;
    const m = ETHERTYPE.exec(text);
    if (m === null) {
      // 802.3 with LLC (spanning tree), or a printer without ethertype.
      f.stop = Stop.unknownLink;
      return /^(?:802\.3|Null|Unknown|LLC|STP|CDP|LLDP)/.test(text) ? 'done' : undefined;
    }
    if (m[3] !== undefined && f.tunnelDepth === 0 && m[1] !== '802.3') f.wireLen = Number(m[3]);
    f.etherType = m[2] !== undefined ? Number(m[2]) : (ETHERTYPES[m[1]!] ?? -1);
    let rest = text.slice(m[0].length);
    for (;;) {
      const vlan = /^vlan (\d+), p \d+,?(?: DEI,)? ?(?:ethertype ([^,(]+?)(?: \((0x[0-9a-f]{4})\))?, ?)?/.exec(rest);
      if (vlan === null) break;
      if (f.vlan < 0 && f.tunnelDepth === 0) f.vlan = Number(vlan[1]);
      if (vlan[2] !== undefined) f.etherType = vlan[3] !== undefined ? Number(vlan[3]) : (ETHERTYPES[vlan[2]] ?? -1);
      rest = rest.slice(vlan[0].length);
    }
    if (f.etherType === 0x0800 || f.etherType === 0x86dd || f.etherType === 0x0806) return this.network(rest);
    f.stop = Stop.unknownProtocol;
    return 'done';
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
    if (f.etherType === 0x0806 || f.etherType === 0x8035) return this.#arp(rest);
    const missing = /^truncated-ip6? - \d+ bytes missing! ?/.exec(rest);
    if (missing !== null) rest = rest.slice(missing[0].length);
    if (rest.startsWith('(')) {
      const end = closing(rest);
      this.#header(rest.slice(1, end - 1));
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

  /** `tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto UDP (17), length 110`, or IPv6's `hlim 64, next-header …`. */
  #header(text: string): void {
    const f = this.frame;
    f.ttl = after(text, /\b(?:ttl|hlim) +(\d+)/);
    if (text.includes('next-header')) {
      f.etherType = 0x86dd;
      const length = after(text, /payload length:? (\d+)/);
      if (length >= 0) f.ipLen = length + 40;
      f.proto = after(text, /next-header [^(]*\((\d+)\)/);
      return;
    }
    f.etherType = 0x0800;
    f.ipId = after(text, /\bid (\d+)/);
    f.ipLen = after(text, /, length:? (\d+)/);
    f.proto = after(text, /\bproto:? [^(,]*\((\d+)\)/);
    const flags = /flags \[([^\]]*)\]/.exec(text)?.[1] ?? '';
    f.dontFragment = flags.includes('DF') ? 1 : 0;
    f.moreFragments = flags.includes('+') || flags.includes('MF') ? 1 : 0;
    const offset = after(text, /\boffset (\d+)/);
    if (offset > 0 || f.moreFragments === 1) f.fragOffset = offset;
    if (text.includes('bad cksum')) f.ipChecksum = Checksum.bad;
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
    if (rest.startsWith('Flags')) return this.#tcp(rest);
    if (/^(?:UDP|udp),/.test(rest)) return this.#udp(rest);
    if (/^ICMP6?[, ]/.test(rest)) return this.#icmp(rest);
    const tunnel = this.#tunnel(rest);
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
      if (f.proto < 0 && f.sport >= 0) this.#domain(rest);
      return 'done';
    }
    if (this.#oldTcp(rest)) return 'done';
    if (f.proto === Proto.udp || (f.proto < 0 && (f.sport >= 0 || f.dport >= 0))) {
      this.#domain(rest);
      return 'done';
    }
    if (f.proto !== Proto.tcp) f.stop = Stop.unknownProtocol;
    return 'done';
  }

  #tcp(text: string): Rest {
    const f = this.frame;
    f.proto = Proto.tcp;
    const flags = /^Flags \[([^\]]*)\]/.exec(text);
    if (flags === null) return 'done';
    f.tcpFlags = 0;
    if (flags[1] !== 'none') for (const letter of flags[1]!) f.tcpFlags |= FLAGS[letter] ?? 0;
    f.seq = after(text, /, seq (\d+)/);
    f.ack = after(text, /, ack (\d+)/);
    f.window = after(text, /, win (\d+)/);
    this.#options(text);
    f.payloadLen = after(text, /, length (\d+)/);
    if (text.includes('(incorrect')) f.l4Checksum = Checksum.bad;
    else if (/cksum 0x[0-9a-f]+ \(correct\)/.test(text)) f.l4Checksum = Checksum.good;
    return 'done';
  }

  #options(text: string): void {
    const f = this.frame;
    f.mss = after(text, /\bmss (\d+)/);
    f.windowScale = after(text, /\bwscale (\d+)/);
    const stamps = /\b(?:TS val (\d+) ecr (\d+)|timestamp (\d+) (\d+))/.exec(text);
    if (stamps === null) return;
    f.tsVal = Number(stamps[1] ?? stamps[3]);
    f.tsEcr = Number(stamps[2] ?? stamps[4]);
  }

  /** `S 100:100(0) ack 1 win 5840 <mss 1460>`: tcpdump before 4.0; there `.` means no flag at all. */
  #oldTcp(text: string): boolean {
    const f = this.frame;
    const m =
      /^([SFRPWEU]{1,6}|\.)(?: \[[^\]]*\])?(?: (?:cksum \S+ \([^)]*\) )?(\d+):(\d+)\((\d+)\))?(?: ack (\d+))? win (\d+)/.exec(
        text,
      );
    if (m === null) return false;
    f.proto = Proto.tcp;
    f.tcpFlags = m[5] === undefined ? 0 : Tcp.ack;
    if (m[1] !== '.') for (const letter of m[1]!) f.tcpFlags |= FLAGS[letter] ?? 0;
    f.seq = m[2] === undefined ? -1 : Number(m[2]);
    f.payloadLen = m[4] === undefined ? 0 : Number(m[4]);
    f.ack = m[5] === undefined ? -1 : Number(m[5]);
    f.window = Number(m[6]);
    this.#options(text);
    return true;
  }

  #udp(text: string): Rest {
    const f = this.frame;
    f.proto = Proto.udp;
    f.payloadLen = after(text, /length (\d+)/);
    const length = f.payloadLen;
    const port = f.dport === 51820 || f.dport === 51821 || f.sport === 51820 || f.sport === 51821;
    // Sizes of WireGuard's four message types; tcpdump does not know it.
    if (port && (length === 148 || length === 92 || length === 64 || (length >= 32 && length % 16 === 0))) {
      this.#opaque(Tunnel.wireguard);
    }
    return 'done';
  }

  /** DNS by its text; what other printers of UDP say is known by `length`. */
  #domain(text: string): void {
    const f = this.frame;
    f.proto = Proto.udp;
    const m = /^(\d{1,5})([-+*|$%]*)(?= |$)/.exec(text);
    if (m === null) {
      f.payloadLen = after(text, /\blength:? (\d+)/);
      return;
    }
    f.payloadLen = after(text, / \((\d+)\)$/);
    f.dnsId = Number(m[1]);
    const counts = / \d+\/\d+\/\d+/.test(text);
    if (!counts && text.includes('[|')) return;
    f.dnsFlags = counts ? 0x8000 : m[2]!.includes('+') ? 0x0100 : 0;
    if (!counts) return;
    if (m[2]!.includes('*')) f.dnsFlags |= 0x0400;
    if (m[2]!.includes('|')) f.dnsFlags |= 0x0200;
    if (!m[2]!.includes('-')) f.dnsFlags |= 0x0080;
    const status = /^\S+ (FormErr|ServFail|NXDomain|NotImp|Refused)\b/.exec(text)?.[1];
    if (status !== undefined)
      f.dnsFlags |= ['FormErr', 'ServFail', 'NXDomain', 'NotImp', 'Refused'].indexOf(status) + 1;
  }

  #icmp(text: string): Rest {
    const f = this.frame;
    const six = text.startsWith('ICMP6');
    f.proto = six ? Proto.icmp6 : Proto.icmp;
    if (/\((?:wrong|bad) icmp/.test(text)) f.l4Checksum = Checksum.bad;
    if (six) readIcmp6(text.slice(5).replace(/^, */, ''), f, this.addresses);
    else readIcmp(text.slice(4).replace(/^,? /, ''), f, this.addresses);
    return f.quotedDst !== 0 || f.icmpType === 11 || (six && f.icmpType >= 1 && f.icmpType <= 4) ? 'quoted' : 'done';
  }

  #tunnel(text: string): Rest | undefined {
    const f = this.frame;
    let m =
      /^(?:OTV|VXLAN|VXLAN-GPE), flags \[[^\]]*\](?: \(0x[0-9a-f]+\))?(?:, ERROR: [^,]*)?(?:, overlay \d+, instance|, vni) (0x[0-9a-f]+|\d+) *(.*)$/.exec(
        text,
      );
    if (m !== null) {
      this.#enter(Tunnel.vxlan, Number(m[1]));
      return m[2] === '' ? 'inner' : (this.link(m[2]!) ?? 'inner');
    }
    m =
      /^Geneve, Flags \[[^\]]*\], vni (0x[0-9a-f]+|\d+)(?:, proto ([^(,: ]+)(?: \(0x([0-9a-f]+)\))?)?(?:, options \[[^\]]*\])?:? *(.*)$/.exec(
        text,
      );
    if (m !== null) return this.#inside(Tunnel.geneve, Number(m[1]), m[3], m[4]!);
    m =
      /^GREv0(?:, Flags \[[^\]]*\])?(?:, (?:key=(0x[0-9a-f]+)|sum \S+|off \S+|seq \d+))*(?:, proto ([^(, ]+)(?: \(0x([0-9a-f]+)\))?)?(?:, length (\d+))?:? *(.*)$/.exec(
        text,
      );
    if (m !== null) return this.#inside(Tunnel.gre, m[1] === undefined ? -1 : Number(m[1]), m[3], m[5]!);
    if (/^ESP\(/.test(text) || /^UDP-encap: ESP\(/.test(text)) {
      f.proto = text.startsWith('ESP') ? Proto.esp : Proto.udp;
      this.#opaque(Tunnel.esp);
      return 'done';
    }
    const six = f.proto === Proto.ipv6;
    if (/^IP6? /.test(text) || f.proto === Proto.ipip || six) {
      if (f.stop !== Stop.none || !/> |^(?:IP6? )?\(/.test(text)) return undefined;
      const inner6 = six || text.startsWith('IP6');
      const plain = f.etherType === 0x0800 && !inner6;
      f.proto = inner6 ? Proto.ipv6 : Proto.ipip;
      this.#enter(plain ? Tunnel.ipip : Tunnel.ip6ip, -1);
      f.etherType = inner6 ? 0x86dd : 0x0800;
      return this.network(text) ?? 'done';
    }
    // With -e the word IP of a tunnelled packet is left out: `A > B: C > D: …`.
    if (/^\S+ > \S+: /.test(text)) {
      const inner6 = /^[0-9a-f]*:/.test(text);
      const plain = f.etherType === 0x0800 && !inner6;
      f.proto = inner6 ? Proto.ipv6 : Proto.ipip;
      this.#enter(plain ? Tunnel.ipip : Tunnel.ip6ip, -1);
      return this.between(text) ?? 'done';
    }
    return undefined;
  }

  /** Geneve and GRE name the ethertype of what follows, which -v puts on the next line. */
  #inside(kind: number, vni: number, etherType: string | undefined, text: string): Rest {
    this.#enter(kind, vni);
    const type = etherType === undefined ? -1 : Number.parseInt(etherType, 16);
    if (type === 0x0800 || type === 0x86dd) this.frame.etherType = type;
    if (text === '') return 'inner';
    if (/^\[\|/.test(text)) this.frame.stop = Stop.snaplen;
    return this.link(text) ?? 'done';
  }

  /** The plain fields become the envelope and are emptied for the packet inside; only the first envelope is kept. */
  #enter(kind: number, vni: number): void {
    const f = this.frame;
    if (f.tunnelDepth === 0) this.#keep(kind, vni);
    f.tunnelDepth++;
    f.etherType = -1;
    f.src = 0;
    f.dst = 0;
    f.proto = -1;
    f.ttl = -1;
    f.ipId = -1;
    f.fragOffset = -1;
    f.moreFragments = 0;
    f.dontFragment = 0;
    f.ipLen = -1;
    f.sport = -1;
    f.dport = -1;
    f.payloadLen = -1;
    f.ipChecksum = Checksum.unverified;
    f.l4Checksum = Checksum.unverified;
  }

  #keep(kind: number, vni: number): void {
    const f = this.frame;
    f.tunnel = kind;
    f.vni = vni;
    f.outerSrc = f.src;
    f.outerDst = f.dst;
    f.outerSport = f.sport;
    f.outerDport = f.dport;
    if (kind === Tunnel.vxlan || kind === Tunnel.geneve || kind === Tunnel.wireguard) f.outerChecksum = f.l4Checksum;
  }

  /** Encrypted: the envelope is all there is, so the plain fields stay. */
  #opaque(kind: number): void {
    if (this.frame.tunnelDepth === 0) this.#keep(kind, -1);
    this.frame.tunnelDepth++;
  }

  /** `Request who-has A tell B`, `Reply A is-at MAC`; `src` and `dst` are sender and target. */
  #arp(text: string): Rest | undefined {
    const f = this.frame;
    const rest = text.replace(/^Ethernet \(len \d+\), (?:IPv4|unknown[^,]*) \(len \d+\), /, '');
    const request = /^(?:Request )?who-has (\S+)(?: \([^)]*\))? tell ([^\s,]+)/i.exec(rest);
    if (request !== null) {
      f.arpOp = 1;
      f.dst = this.addresses.internText(request[1]!);
      f.src = this.addresses.internText(request[2]!);
      return 'done';
    }
    const reply = /^reply (\S+) is-at ([0-9a-f:]+)/i.exec(rest);
    if (reply !== null) {
      f.arpOp = 2;
      f.src = this.addresses.internText(reply[1]!);
      return 'done';
    }
    const own = /^(?:Request )?(Announcement|Probe) ([^\s,]+)/.exec(rest);
    if (own !== null) {
      f.arpOp = 1;
      f.dst = this.addresses.internText(own[2]!);
      if (own[1] === 'Announcement') f.src = f.dst;
      return 'done';
    }
    if (rest.includes('[|')) f.stop = Stop.snaplen;
    else if (!/^(?:Unknown|Reverse|Inverse|Request|Reply)/.test(rest)) return undefined;
    return 'done';
  }
}
