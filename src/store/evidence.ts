import type { Cite, Evidence, NonEmpty } from '../core/finding.js';
import type { EventStore, SqlRow } from './event-store.js';
import { type PacketPlace, packetsAtPlaces } from './packets-at.js';
import { quotation } from './quotation.js';

type Place = Extract<Cite, { readonly at: unknown }>['at'];

/** Turns what heuristics cite into quotes with file and line or frame. Nothing of the bundle is read again. */
export class Quoter {
  readonly #lines = new Map<string, string | undefined>();
  readonly #frames = new Map<string, SqlRow | undefined>();

  constructor(private readonly store: EventStore) {}

  /** Reads what these cites need in two queries; quoting them then asks nothing more. */
  async gather(cites: readonly Cite[]): Promise<void> {
    const lines = new Set<string>();
    const frames = new Map<string, { readonly at: PacketPlace; readonly key: string }>();
    for (const cite of cites) {
      if ('absent' in cite) continue;
      const place = this.#place(cite.at);
      if (place.kind === 'line') {
        const key = `${place.artifact} ${place.line}`;
        if (!this.#lines.has(key)) lines.add(key);
      } else if (!this.#frames.has(`${place.source} ${place.frame}`)) {
        for (const { tap, source } of this.store.taps)
          if (source === place.source)
            frames.set(`${tap} ${place.frame}`, { at: [tap, place.frame], key: `${source} ${place.frame}` });
      }
    }
    if (lines.size > 0) {
      const values = [...lines].map((key) => `(${key.replace(' ', ', ')})`);
      const numbers = [...new Set([...lines].map((key) => key.split(' ')[1]))];
      // The numbers by themselves let the database pass over the text of all other lines.
      const rows = await this.store.query(
        `SELECT artifact, line, arg_min(text, source) AS text FROM line JOIN source USING (source)
         WHERE line IN (${numbers.join(', ')}) AND (artifact, line) IN (VALUES ${values.join(', ')}) GROUP BY artifact, line`,
      );
      for (const key of lines) this.#lines.set(key, undefined);
      for (const row of rows) this.#lines.set(`${row['artifact']} ${row['line']}`, String(row['text']));
    }
    if (frames.size > 0) {
      const rows = await packetsAtPlaces(
        this.store,
        [...frames.values()].map(({ at }) => at),
      );
      for (const { key } of frames.values()) this.#frames.set(key, undefined);
      for (const row of rows) {
        const { key } = frames.get(`${row['tap']} ${row['place']}`)!;
        if (this.#frames.get(key) === undefined) this.#frames.set(key, row);
      }
    }
  }

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
    await this.gather([cite]);
    const place = this.#place(cite.at);
    if (place.kind === 'line') {
      const printed = 'printed' in cite.at ? cite.at.printed : undefined;
      const quote = printed === undefined ? this.#lines.get(`${place.artifact} ${place.line}`) : quotation(printed);
      const { file } = this.store.artifacts[place.artifact - 1]!;
      return quote === undefined ? undefined : { role: cite.role, file, line: place.line, quote };
    }
    const row = this.#frames.get(`${place.source} ${place.frame}`);
    return row === undefined
      ? undefined
      : { role: cite.role, file: this.#file(place.source), frame: place.frame, quote: frameSummary(row) };
  }

  /** A line of several hosts' syslog is one line, whichever source saw it. */
  #place(
    at: Place,
  ): { kind: 'line'; artifact: number; line: number } | { kind: 'frame'; source: number; frame: number } {
    const source = 'tap' in at ? this.store.taps[at.tap - 1]!.source : at.source;
    const number = 'tap' in at ? at.place : at.line;
    const captured = 'tap' in at && this.store.taps[at.tap - 1]!.kind === 'capture';
    const { artifact } = this.store.sources[source - 1]!;
    return captured || this.store.artifacts[artifact - 1]!.kind !== 'text'
      ? { kind: 'frame', source, frame: number }
      : { kind: 'line', artifact, line: number };
  }

  #file(source: number): string {
    return this.store.artifacts[this.store.sources[source - 1]!.artifact - 1]!.file;
  }
}

const show = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

/** One line for one frame, in tcpdump's words. */
export function frameSummary(row: SqlRow): string {
  const parts: string[] = [];
  if (row['time_ns'] !== null) parts.push(timeOf(row));
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
