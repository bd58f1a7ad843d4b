import { canonicalAddress, familyOf } from '../../core/address.js';
import { conntrack as table } from '../../core/event/netfilter.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';

/** `[time] [NEW] ipv4 2 tcp 6 119 …`: everything before the first tuple. The protocol's number follows its name. */
const HEAD =
  /^(?:\[[\d.]+\]\s+)?(?:\[(NEW|UPDATE|DESTROY)\]\s+)?(?:(ipv4|ipv6)\s+\d+\s+)?([a-z][a-z0-9-]*)\s+(\d{1,3})\s+(?:(\d+)\s+)?(?:([A-Z][A-Z_0-9]*)\s+)?(?=(?:\[[A-Z_]+\]\s+)?src=)/;
/**
 * Goes to stderr: in a file or a paste of both it may stand after an entry, or cut one in two where the tool's buffer of
 * 4096 bytes ended.
 */
const SUMMARY = /conntrack v[\d.]+ \(conntrack-tools\): \d+ \S+ \S+ have been \w+\./;
/** A flag or annotation in brackets, or key=value. */
const TOKEN = /\[([^\][]*)\]|(?<![a-z-])-*([a-z][a-z-]*)=(\S*)/g;

type Tuple = Map<string, string>;
const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
const count = (text: string | undefined): bigint | undefined =>
  text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined;

function read(sink: Sink, text: string, at: Line): boolean {
  const head = HEAD.exec(text);
  if (head === null) return false;
  const original: Tuple = new Map();
  const reply: Tuple = new Map();
  const facts: Tuple = new Map();
  const status: string[] = [];
  let tuple: Tuple | undefined;
  for (const [, flag, key, value] of text.slice(head[0].length).matchAll(TOKEN)) {
    if (flag !== undefined) {
      if (/^[A-Z_]+$/.test(flag)) status.push(flag);
      continue;
    }
    if (key === 'src') tuple = tuple === undefined ? original : reply;
    // The ICMP id stands in the tuple; the id of the entry comes after everything else.
    const own =
      key === 'id' ? tuple?.has('type') && !tuple.has('id') : /^(src|dst|[sd]port|type|code|packets|bytes)$/.test(key!);
    (own && tuple !== undefined ? tuple : facts).set(key!, value!);
  }
  const src = canonicalAddress(original.get('src') ?? '');
  const dst = canonicalAddress(original.get('dst') ?? '');
  // A cut line without both addresses tells nothing.
  if (src === undefined || dst === undefined) return true;
  sink.emit(
    table,
    {
      family: familyOf(src) ?? 4,
      proto: head[3] === 'unknown' ? head[4]! : head[3]!,
      state: head[6],
      src,
      dst,
      sport: number(original.get('sport')),
      dport: number(original.get('dport')),
      reply_src: canonicalAddress(reply.get('src') ?? ''),
      reply_dst: canonicalAddress(reply.get('dst') ?? ''),
      reply_sport: number(reply.get('sport')),
      reply_dport: number(reply.get('dport')),
      icmp_type: number(original.get('type')),
      icmp_id: number(original.get('id')),
      timeout: number(head[5]),
      status: status.length === 0 ? undefined : status,
      mark: facts.get('mark'),
      zone: number(facts.get('zone')),
      packets: count(original.get('packets')),
      reply_packets: count(reply.get('packets')),
      age: number(facts.get('delta-time')),
      event: head[1],
    },
    at,
  );
  return true;
}

/** An entry with nothing else in its line. */
function isWhole(text: string): boolean {
  const head = HEAD.exec(text);
  const words = head === null ? [] : text.slice(head[0].length).trim().split(/\s+/);
  return words.length > 1 && words.every((word) => /^(?:\[[^\]]*\]|[a-z][a-z-]*=\S*)$/.test(word));
}

function open(sink: Sink): LineReader {
  /** What stood before the summary: an entry, or the first part of one. */
  let before: { readonly text: string; readonly at: Line } | undefined;
  const flush = (): boolean => {
    const part = before;
    before = undefined;
    return part === undefined || read(sink, part.text, part.at);
  };
  return {
    line(at) {
      const text = asPrinted(at.text).trim();
      if (text === '') return true;
      const summary = SUMMARY.exec(text);
      if (summary !== null) {
        flush();
        const head = text.slice(0, summary.index);
        if (!HEAD.test(head) && !/^[[\]\w.\s=-]{0,80}$/.test(head)) return false;
        if (head.trim() !== '') before = { text: head, at };
        const rest = text.slice(summary.index + summary[0].length).trim();
        return rest === '' || this.line({ ...at, text: rest });
      }
      if (before !== undefined && !(isWhole(before.text) && HEAD.test(text))) {
        const joined = before.text + asPrinted(at.text);
        if (isWhole(joined)) {
          before = { text: joined, at: before.at };
          return flush();
        }
      }
      flush();
      return read(sink, text, at);
    },
    end: flush,
  };
}

/**
 * `conntrack -L` and `-E` with any of `-o extended,id,timestamp,ktimestamp`, and /proc/net/nf_conntrack (or the old
 * ip_conntrack). Grammar: `__snprintf_conntrack_default` of libnetfilter_conntrack, `ct_seq_show` of the kernel.
 */
export const conntrack: Parser = {
  id: 'conntrack',
  title: 'conntrack -L, conntrack -E, /proc/net/nf_conntrack',
  command:
    /^conntrack\s+(?!.*(?:-o\s*\S*xml|-S\b|-C\b|--stats|--count))(?:.*\s)?(?:-L|-E|-G|-D|--dump|--event|--get)\b|^cat \/proc\/(?:\d+\/|self\/|1\/)?net\/(?:nf|ip)_conntrack$/,
  path: /(?:^|\/)proc(?:\/\d+)?\/net\/(?:nf|ip)_conntrack$/,
  starts: (line) => {
    const text = asPrinted(line).trim();
    return SUMMARY.test(text) || (HEAD.test(text) && /src=\S+ dst=\S.* src=/.test(text));
  },
  open,
};
