import { parse } from 'csv-parse/sync';
import { Frame } from '../../core/frame.js';
import type { Line, Sink } from '../../core/sink.js';
import type { TimeKind } from '../../core/time.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { TapNumbers } from '../tap-numbers.js';
import { readAddresses } from './packet-csv-addresses.js';
import { type Layout, readCommand, readHeading } from './packet-csv-layout.js';
import { Row } from './packet-csv-row.js';
import { markOpaque, readTransport } from './packet-csv-transport.js';
import { readTcpdumpTime } from './tcpdump-time.js';
import { readInfo } from './wireshark-info.js';

/** ICMP types whose packets hold a copy of another packet, which tshark's fields list after their own. */
const ERROR4 = new Set([3, 4, 5, 11, 12]);
const ERROR6 = new Set([1, 2, 3, 4]);

class Reader implements LineReader {
  readonly #frame = new Frame();
  readonly #taps = new TapNumbers();
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
    readAddresses(row, error, f, this.sink.addresses);
    readTransport(row, error, icmpType, icmp6Type, f);
    if (!error) {
      f.dnsId = row.first('dns.id');
      f.dnsFlags = row.first('dns.flags');
    }
    markOpaque(f);
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
    const tap = this.#taps.of({ kind: 'text', timeKind: kind, ifname, direction: 'unknown' }, this.sink);
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
