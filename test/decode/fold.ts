import { Checksum, Tunnel } from '../../src/core/frame.js';
import type { Dumped } from './dump.js';
import type { Layer } from './pdml.js';

function mac(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number.parseInt(text.replaceAll(':', ''), 16);
}

function number(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text);
}

/** An IPv6 address whose end tshark writes as IPv4: `::ffff:1.2.3.4` is `::ffff:102:304`. */
function inHex(text: string | undefined): string | undefined {
  return text?.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...digits: string[]) => {
    const [a, b, c, d] = digits.map(Number) as [number, number, number, number];
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
}

const CHECKSUM_BY_TEXT = [Checksum.bad, Checksum.good, Checksum.unverified, Checksum.absent];

const INNER =
  'etherType src dst proto ttl ipId fragOffset moreFragments dontFragment ipLen sport dport payloadLen'.split(' ');

/** A packet of tshark's in the words of Frame. Fields that it does not show are not there. */
export function fold(layers: readonly Layer[]): Dumped {
  const row: Record<string, number | string | undefined> = { tunnel: 0, tunnelDepth: 0, stack: '' };
  let networks = 0;
  const keepEnvelope = (kind: number, vni: number | undefined) => {
    row.tunnel = kind;
    row.vni = vni;
    row.outerSrc = row.src;
    row.outerDst = row.dst;
    row.outerSport = row.sport;
    row.outerDport = row.dport;
    row.outerChecksum = row.sport === undefined ? undefined : row.l4Checksum;
  };
  const enter = (kind: number, vni: number | undefined) => {
    if (row.tunnelDepth === 0) keepEnvelope(kind, vni);
    if (row.fragOffset !== undefined && row.fragOffset !== -1) row.inFragment = 1;
    row.tunnelDepth = (row.tunnelDepth as number) + 1;
    for (const name of [...INNER, 'ipChecksum', 'l4Checksum']) row[name] = undefined;
    networks = 0;
  };
  // The envelope is also the innermost packet that can be seen.
  const conceal = (kind: number) => {
    if (row.tunnelDepth === 0) keepEnvelope(kind, undefined);
    row.tunnelDepth = (row.tunnelDepth as number) + 1;
  };
  let belowError = false;
  for (const { name, fields, quoted } of layers) {
    belowError ||= quoted;
    const get = (field: string) => number(fields.get(field));
    // What follows a quoted packet's header is in the error, too.
    if (belowError) {
      quote(row, name, fields);
      continue;
    }
    row.stack += `${name}:`;
    switch (name) {
      case 'frame':
        row.capLen = get('frame.cap_len');
        row.wireLen = get('frame.len');
        row.time = fields.get('frame.time_epoch');
        row.encapsulation = get('frame.encap_type');
        break;
      case 'eth':
        if (row.tunnelDepth === 0) {
          row.macSrc = mac(fields.get('eth.src'));
          row.macDst = mac(fields.get('eth.dst'));
        } else if (row.tunnelDepth === 1) {
          row.innerMacSrc = mac(fields.get('eth.src'));
          row.innerMacDst = mac(fields.get('eth.dst'));
        }
        break;
      case 'sll':
        row.macSrc = mac(fields.get('sll.src.eth'));
        row.ifindex = get('sll.ifindex');
        row.packetType = get('sll.pkttype');
        break;
      case 'vlan':
        row.vlan ??= get('vlan.id');
        break;
      case 'ieee8021ad':
        row.vlan ??= get('ieee8021ad.id');
        break;
      case 'vxlan':
        enter(Tunnel.vxlan, get('vxlan.vni'));
        row.vniFlag = get('vxlan.flag_i');
        break;
      case 'geneve':
        enter(Tunnel.geneve, get('geneve.vni'));
        row.geneveVersion = get('geneve.version');
        break;
      case 'gre':
        if (get('gre.flags.version') === 0 && get('gre.flags.routing') === 0) enter(Tunnel.gre, get('gre.key'));
        break;
      case 'ip': {
        if (!fields.has('ip.src') && !fields.has('ip.len')) break;
        const under6 = row.etherType === 0x86dd;
        if (networks++ > 0) {
          enter(row.sport !== undefined ? Tunnel.flannelUdp : under6 ? Tunnel.ip6ip : Tunnel.ipip, undefined);
        }
        networks = 1;
        row.etherType = 0x0800;
        row.src = fields.get('ip.src');
        row.dst = fields.get('ip.dst');
        row.proto = get('ip.proto');
        row.headerLength = get('ip.hdr_len');
        row.ttl = get('ip.ttl');
        row.ipId = get('ip.id');
        row.ipLen = get('ip.len');
        row.dontFragment = get('ip.flags.df');
        const offset = (get('ip.frag_offset') ?? 0) * 8;
        row.moreFragments = get('ip.flags.mf');
        row.fragOffset = offset > 0 || row.moreFragments === 1 ? offset : -1;
        row.ipChecksum = get('ip.checksum.status');
        break;
      }
      case 'ipv6': {
        if (!fields.has('ipv6.src')) break;
        if (networks++ > 0) enter(row.sport !== undefined ? Tunnel.flannelUdp : Tunnel.ip6ip, undefined);
        networks = 1;
        row.etherType = 0x86dd;
        row.src = inHex(fields.get('ipv6.src'));
        row.dst = inHex(fields.get('ipv6.dst'));
        row.proto = get('ipv6.nxt');
        row.ttl = get('ipv6.hlim');
        row.ipLen = (get('ipv6.plen') ?? 0) + 40;
        break;
      }
      case 'ipv6.hopopts':
      case 'ipv6.routing':
      case 'ipv6.dstopts':
        row.proto = get(`${name}.nxt`) ?? row.proto;
        break;
      case 'ah':
        row.proto = get('ah.next_header') ?? row.proto;
        break;
      case 'ipv6.fraghdr': {
        row.proto = get('ipv6.fraghdr.nxt') ?? row.proto;
        row.ipId = get('ipv6.fraghdr.ident');
        const more = get('ipv6.fraghdr.more') ?? 0;
        const offset = (get('ipv6.fraghdr.offset') ?? 0) * 8;
        if (more === 1 || offset > 0) {
          row.fragOffset = offset;
          row.moreFragments = more;
        }
        break;
      }
      case 'tcp':
        row.sport = get('tcp.srcport');
        row.dport = get('tcp.dstport');
        row.tcpFlags = fields.has('tcp.flags') ? get('tcp.flags')! & 0xff : undefined;
        row.seq = get('tcp.seq_raw');
        row.ack = get('tcp.ack_raw');
        row.window = get('tcp.window_size_value');
        row.payloadLen = get('tcp.len');
        row.mss = get('tcp.options.mss_val');
        row.windowScale = get('tcp.options.wscale.shift');
        row.tsVal = get('tcp.options.timestamp.tsval');
        row.tsEcr = get('tcp.options.timestamp.tsecr');
        row.l4Checksum = get('tcp.checksum.status');
        break;
      case 'udp':
        row.sport = get('udp.srcport');
        row.dport = get('udp.dstport');
        row.payloadLen = fields.has('udp.length') ? get('udp.length')! - 8 : undefined;
        row.l4Checksum = get('udp.checksum.status');
        break;
      case 'sctp':
        // Further chunks are layers of their own.
        if (!fields.has('sctp.srcport')) break;
        row.sport = get('sctp.srcport');
        row.dport = get('sctp.dstport');
        break;
      case 'icmp':
      case 'icmpv6':
        row.icmpType = get(`${name}.type`);
        row.icmpCode = get(`${name}.code`);
        row.icmpId = get(name === 'icmp' ? 'icmp.ident' : 'icmpv6.echo.identifier');
        row.icmpSeq = get(name === 'icmp' ? 'icmp.seq' : 'icmpv6.echo.sequence_number');
        row.icmpMtu = get(`${name}.mtu`);
        row.l4Checksum = get(`${name}.checksum.status`);
        break;
      case 'arp':
        row.etherType = 0x0806;
        row.arpOp = get('arp.opcode');
        row.src = fields.get('arp.src.proto_ipv4');
        row.dst = fields.get('arp.dst.proto_ipv4');
        break;
      case 'esp':
        conceal(Tunnel.esp);
        break;
      case 'wg':
        conceal(Tunnel.wireguard);
        break;
    }
  }
  const seen: Dumped = {};
  for (const [name, value] of Object.entries(row)) if (value !== undefined) seen[name] = value;
  if (seen.inFragment === 1) {
    // tshark takes the rest of the fragment for the packet inside; we go by the inner lengths.
    delete seen.payloadLen;
    delete seen.l4Checksum;
  }
  if (typeof seen.l4Checksum === 'number') seen.l4Checksum = CHECKSUM_BY_TEXT[seen.l4Checksum] ?? seen.l4Checksum;
  return seen;
}

/** The first packet below an ICMP error. */
function quote(row: Record<string, number | string | undefined>, name: string, fields: Map<string, string>): void {
  if (row.quotedDone === 1) return;
  if (name === 'ip' || name === 'ipv6') {
    if (row.quotedSrc !== undefined || !fields.has(`${name}.src`)) {
      row.quotedDone = 1;
      return;
    }
    row.quotedSrc = fields.get(`${name}.src`);
    row.quotedDst = fields.get(`${name}.dst`);
    row.quotedProto = number(fields.get(name === 'ip' ? 'ip.proto' : 'ipv6.nxt'));
  } else if (name.startsWith('ipv6.')) {
    row.quotedProto = number(fields.get(`${name}.nxt`)) ?? row.quotedProto;
  } else if (name === 'tcp' || name === 'udp' || name === 'sctp') {
    row.quotedSport = number(fields.get(`${name}.srcport`));
    row.quotedDport = number(fields.get(`${name}.dstport`));
    if (name === 'tcp') row.quotedSeq = number(fields.get('tcp.seq_raw') ?? fields.get('tcp.seq'));
    row.quotedDone = 1;
  }
}
