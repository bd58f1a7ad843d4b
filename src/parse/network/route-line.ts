import { canonicalAddress, familyOf } from '../../core/address.js';
import { route } from '../../core/event/network.js';
import { canonicalPrefix } from '../../core/prefix.js';
import type { Line, Sink } from '../../core/sink.js';

/**
 * One route, or one next hop, as iproute2 prints it in words (iproute2 `ip/iproute.c`, print_route and print_rta_*).
 * Table, protocol and scope have their names also when `-N` printed numbers.
 */
export interface RouteLine {
  readonly type?: string | undefined;
  /** Canonical prefix, or `default`. */
  readonly dst?: string | undefined;
  readonly from?: string | undefined;
  readonly iif?: string | undefined;
  readonly mark?: string | undefined;
  readonly via?: string | undefined;
  /** The gateway is of the other family (`via inet6 fe80::1`): it tells nothing of the route's own. */
  readonly viaOther?: boolean | undefined;
  readonly dev?: string | undefined;
  readonly table?: string | undefined;
  readonly proto?: string | undefined;
  readonly scope?: string | undefined;
  readonly src?: string | undefined;
  readonly metric?: number | undefined;
  readonly mtu?: number | undefined;
  readonly weight?: number | undefined;
  readonly onlink: boolean;
  readonly flags: readonly string[];
  /** Words that only the answer of `ip route get` has. */
  readonly answer: boolean;
  /** Words that only IPv6 routes have. */
  readonly six: boolean;
  /** The line ends within an attribute. */
  readonly cut: boolean;
}

const TYPES = [
  'none',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
  'xresolve',
];
/** `0 unspec 1 redirect` as a lookup table. */
const named = (list: string): ReadonlyMap<string, string> => {
  const words = list.split(' ');
  return new Map(words.flatMap((word, i) => (i % 2 === 0 ? [[word, words[i + 1]!] as const] : [])));
};
/** iproute2 `etc/iproute2/rt_protos`. 80 is Calico's Felix, which has no name there. */
const PROTOCOLS = named(
  '0 unspec 1 redirect 2 kernel 3 boot 4 static 8 gated 9 ra 10 mrt 11 zebra 12 bird 13 dnrouted 14 xorp 15 ntk 16 dhcp ' +
    '18 keepalived 42 babel 84 ovn 99 openr 186 bgp 187 isis 188 ospf 189 rip 192 eigrp',
);
const SCOPES = named('0 global 200 site 253 link 254 host 255 nowhere');
const TABLES = named('253 default 254 main 255 local');
/** Names of the numbers that `-N` prints; other words stay. */
export const protocolName = (word: string): string => PROTOCOLS.get(word) ?? word;
export const scopeName = (word: string): string => SCOPES.get(word) ?? word;
export const tableName = (word: string): string => TABLES.get(word) ?? word;

const FLAGS = new Set(
  'dead onlink pervasive offload trap notify linkdown unresolved rt_offload rt_trap rt_offload_failed offload_failed'.split(
    ' ',
  ),
);
/** Attributes with one value that we read or pass over; route metrics may have `lock` before it. */
const VALUED = new Set(
  (
    'via dev table proto protocol scope src metric preference weight nhid tos dsfield from iif oif realm realms mark uid pref expires error users used age ' +
    'mtu window rtt rttvar ssthresh cwnd advmss reordering hoplimit initcwnd features rto_min initrwnd quickack congctl fastopen_no_cookie ttl-propogate ttl-propagate flowlabel'
  ).split(' '),
);
const ONLY_SIX = new Set(['pref', 'expires', 'hoplimit']);
/** What may follow an encapsulation, whose own words (`id 100 src … dst … ttl 0`) are not the route's. */
const AFTER_ENCAP = new Set(['via', 'dev', 'table', 'proto', 'scope', 'metric', 'weight', 'onlink', 'pref']);

/** Reads the words of a route, of a next hop (`hop`: no prefix in front), or says that they are neither. */
export function readRoute(words: readonly string[], hop = false): RouteLine | undefined {
  let i = 0;
  let type: string | undefined;
  let dst: string | undefined;
  if (!hop) {
    const first = words[0];
    if (first === undefined) return undefined;
    const typed = TYPES.includes(first)
      ? first
      : words.length > 1 && /^\d{1,2}$/.test(first)
        ? TYPES[Number(first)]
        : undefined;
    if (typed !== undefined) {
      type = typed;
      i = 1;
    }
    const prefix = words[i++];
    if (prefix === undefined) return undefined;
    dst = prefix === 'default' ? prefix : canonicalPrefix(prefix);
    if (dst === undefined) return undefined;
  }
  const value = new Map<string, string>();
  const flags: string[] = [];
  let viaOther = false;
  let cut = false;
  for (; i < words.length; i++) {
    const word = words[i]!;
    if (FLAGS.has(word)) flags.push(word);
    else if (word === 'encap') {
      flags.push('encap');
      while (i + 1 < words.length && !AFTER_ENCAP.has(words[i + 1]!)) i++;
    } else if (VALUED.has(word)) {
      let next = words[++i];
      if (word === 'via' && (next === 'inet' || next === 'inet6')) {
        viaOther = true;
        next = words[++i];
      } else if (next === 'lock' && word !== 'dev') {
        next = words[++i];
      }
      if (next === undefined) cut = true;
      else if ((word === 'via' || word === 'src') && familyOf(next) === undefined) return undefined;
      else if (!value.has(word)) value.set(word, next);
    } else if (
      i === words.length - 1 &&
      word.length > 1 &&
      [...VALUED, ...FLAGS].some((known) => known.startsWith(word))
    )
      cut = true;
    else return undefined;
  }
  const number = (word: string | undefined): number | undefined =>
    word !== undefined && /^\d+$/.test(word) ? Number(word) : undefined;
  const read = (word: string, by: (text: string) => string | undefined): string | undefined => {
    const text = value.get(word);
    return text === undefined ? undefined : by(text);
  };
  const from = value.get('from');
  const tos = value.get('tos') ?? value.get('dsfield');
  if (tos !== undefined) flags.push(`tos=${tos}`);
  // A source-specific IPv6 route; with an address it is an answer's `from`.
  const fromAddress = from !== undefined && familyOf(from) !== undefined;
  if (from !== undefined && !fromAddress) flags.push(`from=${from}`);
  const proto = value.get('proto') ?? value.get('protocol');
  if (value.get('nhid') !== undefined && value.get('via') === undefined && value.get('dev') === undefined)
    flags.push('nhid');
  return {
    type,
    dst,
    from,
    iif: value.get('iif'),
    mark: value.get('mark'),
    via: read('via', canonicalAddress),
    viaOther,
    dev: value.get('dev'),
    table: read('table', tableName),
    proto: proto === undefined ? undefined : protocolName(proto),
    scope: read('scope', scopeName),
    src: read('src', canonicalAddress),
    metric: number(value.get('metric') ?? value.get('preference')),
    mtu: number(value.get('mtu')),
    weight: number(value.get('weight')),
    onlink: flags.includes('onlink'),
    flags: flags.filter((flag) => flag !== 'onlink'),
    answer: value.has('uid') || value.has('iif') || value.has('mark') || fromAddress,
    six: [...value.keys()].some((word) => ONLY_SIX.has(word)) || value.get('metric') === '4294967295' || proto === 'ra',
    cut,
  };
}

/** What a dump as a whole tells of its routes: words that a filter of the command left out, and the family so far. */
export interface RouteContext {
  family?: 4 | 6 | undefined;
  readonly table?: string | undefined;
  readonly dev?: string | undefined;
  readonly proto?: string | undefined;
  /** Family of the route before: `table all` prints IPv4 first, then IPv6. */
  before?: 4 | 6 | undefined;
}

/** IPv4 or IPv6: by the addresses, then by the command, then by words of one family only, then like the route before. */
function familyOfRoute(line: RouteLine, hops: readonly RouteLine[], context: RouteContext): 4 | 6 {
  const texts = [
    line.dst?.replace(/\/.*/, ''),
    line.viaOther ? undefined : line.via,
    line.src,
    ...hops.map((hop) => (hop.viaOther ? undefined : hop.via)),
  ];
  for (const text of texts) {
    const family = text === undefined ? undefined : familyOf(text);
    if (family !== undefined) return family;
  }
  const four = line.viaOther || line.scope === 'link' || line.scope === 'host' ? 4 : undefined;
  return context.family ?? (line.six ? 6 : four) ?? context.before ?? 4;
}

const REACHES_NOTHING: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit', 'throw']);

/** Emits a route, one row per next hop; each row cites the line that shows its next hop. */
export function emitRoute(
  sink: Sink,
  line: RouteLine,
  at: Line,
  hops: readonly { readonly line: RouteLine; readonly at: Line }[],
  context: RouteContext,
): void {
  const family = familyOfRoute(
    line,
    hops.map((hop) => hop.line),
    context,
  );
  context.before = family;
  // BusyBox shows these of table local among main's, without its name.
  const table = line.table ?? context.table ?? (family === 6 && line.type === 'multicast' ? 'local' : 'main');
  const type = line.type ?? 'unicast';
  const dst = line.dst === 'default' || line.dst === undefined ? (family === 4 ? '0.0.0.0/0' : '::/0') : line.dst;
  const { src, metric, scope, mtu } = line;
  const proto = line.proto ?? context.proto;
  const emit = (hop: RouteLine, at: Line, index: number): void => {
    const flags = hop === line ? line.flags : [...line.flags, ...hop.flags].filter((flag) => flag !== 'nhid');
    sink.emit(
      route,
      {
        family,
        table,
        type,
        dst,
        src,
        metric,
        proto,
        scope,
        mtu,
        via: hop.via,
        dev: hop.dev ?? (REACHES_NOTHING.has(type) ? undefined : context.dev),
        onlink: line.onlink || hop.onlink,
        hop: index,
        weight: hop.weight,
        flags: flags.length === 0 ? undefined : flags,
      },
      at,
    );
  };
  if (hops.length === 0) emit(line, at, 0);
  else hops.forEach((hop, index) => void emit(hop.line, hop.at, index));
}
