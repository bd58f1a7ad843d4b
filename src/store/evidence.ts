import type { Cite, Evidence, NonEmpty } from '../core/finding.js';
import type { EventStore, SqlRow } from './event-store.js';

/** Turns what heuristics cite into quotes with file and line or frame. Nothing of the bundle is read again. */
export class Quoter {
  constructor(private readonly store: EventStore) {}

  async quote(cites: readonly Cite[]): Promise<Evidence[]> {
    const out: Evidence[] = [];
    for (const cite of cites) {
      const evidence = await this.#one(cite);
      if (evidence !== undefined) out.push(evidence);
    }
    return out;
  }

  async #one(cite: Cite): Promise<Evidence | undefined> {
    if ('absent' in cite) {
      const files = [...new Set(cite.searched.map((source) => this.#file(source)))];
      return { role: cite.role, absent: cite.absent, searched: files as unknown as NonEmpty<string> };
    }
    if ('line' in cite.at) return this.#line(cite.role, cite.at.source, cite.at.line);
    const tap = this.store.taps[cite.at.tap - 1]!;
    if (tap.kind !== 'capture') return this.#line(cite.role, tap.source, cite.at.place);
    return this.#frame(cite.role, tap.source, cite.at.place);
  }

  async #frame(role: string, source: number, frame: number): Promise<Evidence | undefined> {
    const taps = this.store.taps.filter((tap) => tap.source === source).map((tap) => tap.tap);
    const [row] = await this.store.query(
      `SELECT * FROM packet WHERE tap IN (${taps.join(',')}) AND place = ${frame} LIMIT 1`,
    );
    return row === undefined ? undefined : { role, file: this.#file(source), frame, quote: frameSummary(row) };
  }

  async #line(role: string, source: number, line: number): Promise<Evidence | undefined> {
    // A line of several hosts' syslog is kept under the source that saw it first.
    const { artifact } = this.store.sources[source - 1]!;
    if (this.store.artifacts[artifact - 1]!.kind !== 'text') return this.#frame(role, source, line);
    const [row] = await this.store.query(
      `SELECT text FROM line JOIN source USING (source) WHERE artifact = ${artifact} AND line = ${line} ORDER BY (source = ${source}) DESC, source LIMIT 1`,
    );
    if (row === undefined) return undefined;
    return { role, file: this.#file(source), line, quote: String(row['text']) };
  }

  #file(source: number): string {
    return this.store.artifacts[this.store.sources[source - 1]!.artifact - 1]!.file;
  }
}

const show = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

/** One line for one frame, in tcpdump's words. */
export function frameSummary(row: SqlRow): string {
  const parts: string[] = [];
  if (row['time'] instanceof Date || typeof row['time'] === 'string') parts.push(timeOf(row));
  else if (row['time_ns'] !== null) parts.push(timeOf(row));
  if (row['ifname'] !== null)
    parts.push(`${show(row['ifname'])}${row['direction'] === 'in' ? ' In' : row['direction'] === 'out' ? ' Out' : ''}`);
  if (row['outer_dst'] !== null) {
    const port = row['outer_dport'] === null ? '' : ` udp ${show(row['outer_dport'])}`;
    const vni = row['vni'] === null ? '' : ` vni ${show(row['vni'])}`;
    parts.push(`[${show(row['tunnel'])}${vni} ${show(row['outer_src'])} > ${show(row['outer_dst'])}${port}]`);
  }
  const end = (side: 'src' | 'dst', port: 'sport' | 'dport'): string => {
    const address = show(row[side]) || '?';
    return row[port] === null ? address : `${address}.${show(row[port])}`;
  };
  const proto = show(row['proto']);
  parts.push(`${proto === '' ? 'frame' : proto} ${end('src', 'sport')} > ${end('dst', 'dport')}`);
  const details: string[] = [];
  if (row['flags'] !== null && row['flags'] !== '') details.push(`Flags [${show(row['flags'])}]`);
  if (proto === 'tcp') {
    details.push(`seq ${show(row['seq'])}`);
    if (show(row['flags']).includes('.')) details.push(`ack ${show(row['ack'])}`);
  }
  if (row['icmp_type'] !== null) {
    details.push(icmpWords(proto, Number(row['icmp_type']), Number(row['icmp_code'])));
    if (row['icmp_id'] !== null) details.push(`id ${show(row['icmp_id'])}, seq ${show(row['icmp_seq'])}`);
  }
  if (row['payload_len'] !== null) details.push(`length ${show(row['payload_len'])}`);
  return parts.join(' ') + (details.length > 0 ? `: ${details.join(', ')}` : '');
}

function timeOf(row: SqlRow): string {
  return formatTime(row['time_ns'] as number | bigint | null, show(row['time_kind'])) ?? '';
}

/** A stored time in words, true to how it is known: ISO 8601 for epochs, no year or no date where none is known. */
export function formatTime(ns: number | bigint | null | undefined, kind: string): string | undefined {
  if (ns === null || ns === undefined || Number(ns) < 0) return undefined;
  const total = BigInt(ns);
  const micros = String((total % 1_000_000_000n) / 1000n).padStart(6, '0');
  const seconds = Number(total / 1_000_000_000n);
  if (kind === 'since-boot' || kind === 'relative') return `${seconds}.${micros}s`;
  const iso = new Date(seconds * 1000).toISOString();
  if (kind === 'time-of-day') return `${iso.slice(11, 19)}.${micros}`;
  if (kind === 'no-year') return `${iso.slice(5, 10)} ${iso.slice(11, 19)}.${micros}`;
  return `${iso.slice(0, 19)}.${micros}${kind === 'epoch' ? 'Z' : ''}`;
}

const UNREACHABLE = [
  'net unreachable',
  'host unreachable',
  'protocol unreachable',
  'port unreachable',
  'fragmentation needed',
  'source route failed',
  'net unknown',
  'host unknown',
  'source host isolated',
  'net prohibited',
  'host prohibited',
  'net unreachable for TOS',
  'host unreachable for TOS',
  'admin prohibited filter',
];
const UNREACHABLE6 = [
  'no route',
  'admin prohibited',
  'beyond scope',
  'address unreachable',
  'port unreachable',
  'policy failed',
  'route rejected',
];

/** ICMP type and code in words (RFC 792, RFC 1812, RFC 4443). */
export function icmpWords(proto: string, type: number, code: number): string {
  if (proto === 'icmp6') {
    if (type === 1) return UNREACHABLE6[code] ?? `unreachable code ${code}`;
    if (type === 2) return 'packet too big';
    if (type === 3) return 'time exceeded';
    if (type === 128) return 'echo request';
    if (type === 129) return 'echo reply';
    if (type === 135) return 'neighbour solicitation';
    if (type === 136) return 'neighbour advertisement';
    return `type ${type} code ${code}`;
  }
  if (type === 0) return 'echo reply';
  if (type === 3) return UNREACHABLE[code] ?? `unreachable code ${code}`;
  if (type === 5) return 'redirect';
  if (type === 8) return 'echo request';
  if (type === 11) return 'time exceeded';
  return `type ${type} code ${code}`;
}
