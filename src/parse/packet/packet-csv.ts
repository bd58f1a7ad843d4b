import { parse } from 'csv-parse/sync';
import { Frame, Proto, Tunnel } from '../../core/frame.js';
import type { Line, Sink } from '../../core/sink.js';
import type { TimeKind } from '../../core/time.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { parseMac } from './mac.js';
import { readTcpdumpTime } from './tcpdump-time.js';
import { readInfo } from './wireshark-info.js';

const FIELD =
  /^(?:frame|eth|ieee8021ad|sll|vlan|ip|ipv6|tcp|udp|icmp|icmpv6|arp|dns|vxlan|geneve|gre|sctp|_ws\.col)\.[\w.]+$/;
/** Columns of Wireshark's packet list, by the names that its dialogs and versions give them. */
const LIST: Readonly<Record<string, string>> = {
  'no.': 'frame.number',
  time: '_ws.col.Time',
  source: '_ws.col.Source',
  destination: '_ws.col.Destination',
  protocol: '_ws.col.Protocol',
  length: 'frame.len',
  info: '_ws.col.Info',
  'source port': '_ws.col.sport',
  'src port': '_ws.col.sport',
  'destination port': '_ws.col.dport',
  'dest port': '_ws.col.dport',
  'dst port': '_ws.col.dport',
};
const QUOTES: Readonly<Record<string, string>> = { '/t': '\t', '\\t': '\t', '/s': ' ' };
/** ICMP types whose packets hold a copy of another packet, which tshark's fields list after their own. */
const ERROR4 = new Set([3, 4, 5, 11, 12]);
const ERROR6 = new Set([1, 2, 3, 4]);

interface Layout {
  readonly columns: readonly string[];
  readonly delimiter: string;
}

const split = (line: string, delimiter: string): string[] =>
  line
    .replace(/^\ufeff/, '')
    .split(delimiter)
    .map((name) => name.trim().replace(/^"(.*)"$/, '$1'));

/** The columns of a heading line, or undefined when it is none of ours. */
function readHeading(line: string): Layout | undefined {
  if (line.length > 4000) return undefined;
  for (const delimiter of ['\t', ',', ';', '|']) {
    const names = split(line, delimiter);
    if (names.length < 3) continue;
    const columns = names.map((name) => (FIELD.test(name) ? name : (LIST[name.toLowerCase()] ?? '')));
    const known = new Set(columns);
    const ends = known.has('ip.src') || known.has('ipv6.src') || known.has('_ws.col.Source') || known.has('arp.opcode');
    const list = known.has('_ws.col.Protocol') && known.has('_ws.col.Time');
    if (ends && (list || names.every((name) => FIELD.test(name)))) return { columns, delimiter };
  }
  return undefined;
}

/** `tshark -T fields -e ip.src -e … -E separator=,` without a heading: the command line has the columns. */
function readCommand(command: string | undefined): Layout | undefined {
  if (command === undefined || !/^tshark\b.*-T ?fields/.test(command)) return undefined;
  const columns = [...command.matchAll(/ -e ?['"]?([\w.]+)/g)].map((m) => m[1]!);
  if (columns.length === 0) return undefined;
  const separator = /separator=['"]?(\S?[^\s'"]?)/.exec(command)?.[1] ?? '\t';
  return { columns, delimiter: QUOTES[separator] ?? separator };
}

/** The cells of one row by field name; a cell holds one value per occurrence, outermost first. */
class Row {
  constructor(
    private readonly columns: readonly string[],
    private readonly cells: readonly string[],
  ) {}

  text(name: string): string {
    const at = this.columns.indexOf(name);
    return at < 0 ? '' : (this.cells[at] ?? '').trim();
  }

  all(name: string): string[] {
    const text = this.text(name);
    return text === '' ? [] : text.split(/[,;|]/).map((value) => value.trim());
  }

  /** Decimal, hexadecimal, or True/False of newer versions; -1 when absent. */
  static number(text: string | undefined): number {
    if (text === undefined || text === '') return -1;
    if (/^(?:0x[0-9a-f]+|\d+)$/i.test(text)) return Number(text);
    return text === 'True' ? 1 : text === 'False' ? 0 : -1;
  }

  first(...names: readonly string[]): number {
    for (const name of names) {
      const value = Row.number(this.all(name)[0]);
      if (value >= 0) return value;
    }
    return -1;
  }

  /** The occurrence that belongs to the packet itself: the last one, or the first where a copy follows. */
  own(error: boolean, ...names: readonly string[]): number {
    for (const name of names) {
      const values = this.all(name);
      const value = Row.number(error ? values[0] : values.at(-1));
      if (value >= 0) return value;
    }
    return -1;
  }
}

class Reader implements LineReader {
  readonly #frame = new Frame();
  readonly #taps = new Map<string, number>();
  #layout: Layout | undefined;
  #any = false;

  constructor(
    private readonly sink: Sink,
    section: Section,
  ) {
    this.#layout = readCommand(section.command);
  }

  line(at: Line): boolean {
    const text = at.text;
    if (text.trim() === '') return true;
    if (/^(?:tshark: |Running as user |Capturing on |\d+ packets? captured)/.test(text)) return true;
    const heading = readHeading(text);
    if (heading !== undefined) {
      this.#layout = heading;
      return true;
    }
    const layout = this.#layout;
    if (layout === undefined) return false;
    // Info may hold the delimiter, so a row has at least as many cells as the heading; the last ones may be empty.
    if (
      text.split(layout.delimiter).length < Math.min(layout.columns.length, 3) ||
      /[\u3000-\u9fff]/.test(text.slice(0, 40))
    )
      return false;
    this.#row(new Row(layout.columns, this.#cells(text, layout.delimiter)), at);
    return true;
  }

  end(): void {
    if (this.#any) this.sink.capture({ format: 'tshark-csv' });
  }

  /** A quoted line is parsed by itself: one that breaks the quoting costs no other. */
  #cells(text: string, delimiter: string): readonly string[] {
    if (!text.includes('"')) return text.split(delimiter);
    try {
      const rows = parse(text, { delimiter, relax_quotes: true, relax_column_count: true }) as string[][];
      return rows[0] ?? [];
    } catch {
      return text.split(delimiter);
    }
  }

  #row(row: Row, at: Line): void {
    const f = this.#frame;
    f.reset();
    const kind = this.#time(row);
    f.wireLen = Math.max(0, row.first('frame.len'));
    f.capLen = Math.max(0, row.first('frame.cap_len'));
    const icmpType = row.first('icmp.type');
    const icmp6Type = row.first('icmpv6.type');
    const error = ERROR4.has(icmpType) || ERROR6.has(icmp6Type);
    this.#addresses(row, error);
    this.#transport(row, error, icmpType, icmp6Type);
    if (!error) {
      f.dnsId = row.first('dns.id');
      f.dnsFlags = row.first('dns.flags');
    }
    this.#opaque();
    if (row.first('arp.opcode') >= 0) {
      f.arpOp = row.first('arp.opcode');
      f.etherType = 0x0806;
      f.src = this.sink.addresses.internText(row.text('arp.src.proto_ipv4'));
      f.dst = this.sink.addresses.internText(row.text('arp.dst.proto_ipv4'));
    }
    if (row.text('_ws.col.Protocol') !== '') {
      readInfo(row.text('_ws.col.Protocol'), row.text('_ws.col.Info'), f, this.sink.addresses);
    }
    // Neither an address nor ARP: spanning tree and the like, or a row that is none.
    if (f.src === 0 && f.dst === 0 && f.arpOp < 0) return;
    this.#any = true;
    const ifname = row.text('frame.interface_name') || undefined;
    const key = `${kind} ${ifname ?? ''}`;
    let tap = this.#taps.get(key);
    if (tap === undefined) {
      tap = this.sink.tap({ kind: 'text', timeKind: kind, ifname, direction: 'unknown' });
      this.#taps.set(key, tap);
    }
    this.sink.packet(f, tap, at);
  }

  #time(row: Row): TimeKind {
    const f = this.#frame;
    const epoch = row.text('frame.time_epoch');
    const shown = epoch || row.text('_ws.col.Time') || row.text('frame.time_relative');
    // Seconds since the capture began are Wireshark's default; only an epoch has nine digits and more.
    const plain = /^(\d+)\.(\d{1,9})$/.exec(shown);
    if (plain !== null) {
      f.sec = Number(plain[1]);
      f.nsec = Number(plain[2]!.padEnd(9, '0'));
      return plain[1]!.length >= 9 ? 'epoch' : 'relative';
    }
    const time = readTcpdumpTime(`${shown.replace(/Z$/, '').replace('T', ' ')} `);
    if (time === undefined) return 'none';
    f.sec = time.sec;
    f.nsec = time.nsec;
    return shown.endsWith('Z') && time.kind === 'no-zone' ? 'epoch' : time.kind;
  }

  #addresses(row: Row, error: boolean): void {
    const f = this.#frame;
    const intern = (text: string | undefined) => this.sink.addresses.internText(text ?? '');
    const sources = [...row.all('ip.src'), ...row.all('ipv6.src')];
    const targets = [...row.all('ip.dst'), ...row.all('ipv6.dst')];
    f.macSrc = parseMac(row.all('eth.src')[0] ?? row.all('sll.src.eth')[0] ?? '');
    f.macDst = parseMac(row.all('eth.dst')[0] ?? '');
    f.vlan = row.first('ieee8021ad.id', 'vlan.id');
    if (sources.length === 0) {
      f.src = intern(row.text('_ws.col.Source'));
      f.dst = intern(row.text('_ws.col.Destination'));
    } else {
      const quotedAt = error && sources.length > 1 ? sources.length - 1 : -1;
      const inner = quotedAt >= 0 ? quotedAt - 1 : sources.length - 1;
      f.src = intern(sources[inner]);
      f.dst = intern(targets[inner]);
      if (quotedAt >= 0) {
        f.quotedSrc = intern(sources[quotedAt]);
        f.quotedDst = intern(targets[quotedAt]);
      }
      if (inner > 0) this.#tunnel(row, intern(sources[0]), intern(targets[0]), inner);
    }
    if (f.src !== 0) f.etherType = this.sink.addresses.family(f.src) === 6 ? 0x86dd : 0x0800;
    const six = f.etherType === 0x86dd;
    f.ttl = six ? row.own(error, 'ipv6.hlim') : row.own(error, 'ip.ttl');
    f.ipId = six ? -1 : row.own(error, 'ip.id');
    const payload = row.own(error, 'ipv6.plen');
    f.ipLen = six ? (payload < 0 ? -1 : payload + 40) : row.own(error, 'ip.len');
    f.dontFragment = Math.max(0, row.own(error, 'ip.flags.df'));
    f.proto = row.own(error, 'ip.proto');
  }

  #tunnel(row: Row, src: number, dst: number, depth: number): void {
    const f = this.#frame;
    const vxlan = row.first('vxlan.vni');
    const geneve = row.first('geneve.vni');
    const outer = row.first('ip.proto');
    const port = row.first('udp.dstport');
    const eth = row.all('eth.src');
    const kind =
      vxlan >= 0 || (outer === Proto.udp && (port === 8472 || port === 4789))
        ? Tunnel.vxlan
        : geneve >= 0 || (outer === Proto.udp && port === 6081)
          ? Tunnel.geneve
          : outer === Proto.gre
            ? Tunnel.gre
            : outer === Proto.ipv6 || (outer === Proto.ipip && row.text('ipv6.src') !== '')
              ? Tunnel.ip6ip
              : outer === Proto.udp
                ? port === 8285
                  ? Tunnel.flannelUdp
                  : Tunnel.vxlan
                : outer === Proto.ipip
                  ? Tunnel.ipip
                  : Tunnel.none;
    // Two addresses of unknown relation (no column tells the tunnel) are no envelope that could be judged.
    if (kind === Tunnel.none) return;
    f.tunnel = kind;
    f.tunnelDepth = depth;
    f.outerSrc = src;
    f.outerDst = dst;
    f.vni = vxlan >= 0 ? vxlan : geneve >= 0 ? geneve : row.first('gre.key');
    if (f.tunnel === Tunnel.vxlan || f.tunnel === Tunnel.geneve || f.tunnel === Tunnel.flannelUdp) {
      f.outerSport = row.first('udp.srcport');
      f.outerDport = port;
    }
    if (eth.length > 1) {
      f.innerMacSrc = parseMac(eth[1]!);
      f.innerMacDst = parseMac(row.all('eth.dst')[1] ?? '');
    }
  }

  #transport(row: Row, error: boolean, icmpType: number, icmp6Type: number): void {
    const f = this.#frame;
    const udp = row.all('udp.srcport');
    // The envelope's own ports come first.
    const udpInside = udp.length - (f.outerSport >= 0 ? 1 : 0);
    if (error || icmpType >= 0 || icmp6Type >= 0) {
      f.proto = icmp6Type >= 0 ? Proto.icmp6 : Proto.icmp;
      f.icmpType = icmp6Type >= 0 ? icmp6Type : icmpType;
      f.icmpCode = row.first('icmp.code', 'icmpv6.code');
      f.icmpMtu = row.first('icmp.mtu', 'icmpv6.mtu');
      if (error) {
        this.#quoted(row, udpInside);
        return;
      }
      f.icmpId = row.first('icmp.ident', 'icmpv6.echo.identifier');
      f.icmpSeq = row.first('icmp.seq', 'icmpv6.echo.sequence_number');
      return;
    }
    if (row.text('tcp.srcport') !== '' || row.text('tcp.flags') !== '') {
      f.proto = Proto.tcp;
      f.sport = row.own(false, 'tcp.srcport');
      f.dport = row.own(false, 'tcp.dstport');
      const flags = row.own(false, 'tcp.flags');
      f.tcpFlags = flags < 0 ? -1 : flags & 0xff;
      f.seq = row.own(false, 'tcp.seq_raw');
      f.ack = row.own(false, 'tcp.ack_raw');
      f.window = row.own(false, 'tcp.window_size_value');
      f.payloadLen = row.own(false, 'tcp.len');
      f.mss = row.own(false, 'tcp.options.mss_val');
      f.windowScale = row.own(false, 'tcp.options.wscale.shift');
      f.tsVal = row.own(false, 'tcp.options.timestamp.tsval');
      f.tsEcr = row.own(false, 'tcp.options.timestamp.tsecr');
    } else if (udpInside > 0) {
      f.proto = Proto.udp;
      f.sport = row.own(false, 'udp.srcport');
      f.dport = row.own(false, 'udp.dstport');
      const length = row.own(false, 'udp.length');
      if (length >= 8) f.payloadLen = length - 8;
    }
    if (f.proto === Proto.sctp) {
      f.sport = row.first('sctp.srcport');
      f.dport = row.first('sctp.dstport');
    }
    if (f.sport < 0) {
      f.sport = row.first('_ws.col.sport');
      f.dport = row.first('_ws.col.dport');
    }
  }

  /** The packet inside an ICMP error has the last value of every column. */
  #quoted(row: Row, udpInside: number): void {
    const f = this.#frame;
    const tcp = row.own(false, 'tcp.srcport') >= 0;
    f.quotedProto = tcp ? Proto.tcp : udpInside > 0 ? Proto.udp : row.own(false, 'ip.proto');
    f.quotedSport = tcp ? row.own(false, 'tcp.srcport') : udpInside > 0 ? row.own(false, 'udp.srcport') : -1;
    f.quotedDport = tcp ? row.own(false, 'tcp.dstport') : udpInside > 0 ? row.own(false, 'udp.dstport') : -1;
    f.quotedSeq = tcp ? row.own(false, 'tcp.seq_raw') : -1;
  }

  /** ESP and WireGuard: the envelope is all that can be seen, so the plain fields stay. */
  #opaque(): void {
    const f = this.#frame;
    if (f.tunnelDepth > 0) return;
    const wireguard = f.proto === Proto.udp && (f.sport === 51820 || f.dport === 51820) && f.payloadLen >= 32;
    if (f.proto !== Proto.esp && !wireguard) return;
    f.tunnel = wireguard ? Tunnel.wireguard : Tunnel.esp;
    f.tunnelDepth = 1;
    f.outerSrc = f.src;
    f.outerDst = f.dst;
    f.outerSport = f.sport;
    f.outerDport = f.dport;
  }
}

/**
 * Wireshark's "Export Packet Dissections as CSV" and `tshark -T fields` (with -E header=y, or with the -e options known
 * from the command line), any delimiter; columns are mapped by name. A field that occurs several times in a packet
 * (tunnels, ICMP errors) is a list, outermost first.
 */
export const packetCsv: Parser = {
  id: 'packet-csv',
  title: 'packets as CSV: Wireshark packet list export, tshark -T fields',
  command: /^tshark\b.*-T ?fields/,
  starts: (line) => readHeading(line) !== undefined,
  open: (sink, section) => new Reader(sink, section),
};
