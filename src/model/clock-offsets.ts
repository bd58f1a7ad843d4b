import type { Scene } from './scene.js';
import type { TapView } from './taps.js';

/** How far apart the clocks of two nodes are, told by packets that both of them captured. */
export interface ClockOffset {
  /** In alphabetical order. */
  readonly nodes: readonly [string, string];
  /** What the second node's clock shows more than the first's, nanoseconds. */
  readonly offsetNs: number;
  /** Shared packets that it was estimated from. */
  readonly packets: number;
  /** Packets of one direction alone were shared: then their way's delay cannot be told from the clocks' offset. */
  readonly includesDelay: boolean;
}

/** Fewest packets of one direction that tell a median. */
const MIN_SHARED = 3;
/** The middle half of the differences must lie this close together, or chance pairs packets that are not the same. */
const MAX_SPREAD_NS = 250_000_000;
/** One packet passes all taps of its node in this time; what comes again later was sent twice, and pairs with either. */
const ONE_PASSAGE_NS = 200_000_000;
/** Openings that are looked at; of more a part is taken, by numbers that both ends of a packet show alike. */
const LIMIT = 200_000;

/** What neither routers nor NAT change (as in lost-between-captures): random numbers that end hosts chose. */
const KEY = `concat_ws(' ', p.proto, CASE WHEN p.proto = 6 THEN concat_ws('/', p.seq, p.ack, p.tcp_flags, p.ts_val) END, CASE WHEN p.icmp_type >= 0 THEN concat_ws('/', p.icmp_type, p.icmp_seq, p.payload_hash) END, CASE WHEN p.dns_id >= 0 THEN concat_ws('/', p.dns_id, p.dns_flags, p.payload_hash) END)`;
/** Openings and their answers. A snap length may have cut off the numbers: then 0 is left of them. */
const OPENING = `(p.proto = 6 AND p.tcp_flags >= 0 AND (p.tcp_flags & 2) = 2 AND p.seq > 0 OR p.proto IN (1, 58) AND p.icmp_type IN (0, 8, 128, 129) AND p.payload_hash > 0 OR p.proto = 17 AND p.dns_id >= 0 AND p.payload_hash > 0)`;
const NUMBER = 'CASE WHEN p.proto = 6 THEN p.seq::BIGINT WHEN p.proto = 17 THEN p.dns_id ELSE p.icmp_seq END';

const dated = (tap: TapView): boolean => tap.kind === 'capture' && tap.timeKind === 'epoch' && tap.node !== undefined;

/**
 * The offsets between the clocks of all pairs of nodes whose captures share enough packets. A packet's difference is the
 * offset and its delay; the way back has the same delay with the other sign, so that half the difference of both medians
 * is the offset (as in NTP, RFC 5905 section 8). Pairs by name.
 */
export async function clockOffsets(scene: Scene): Promise<readonly ClockOffset[]> {
  const taps = scene.taps.filter(dated);
  const nodes = [...new Set(taps.map((tap) => tap.node!))].sort();
  if (nodes.length < 2) return [];
  const index = new Map(nodes.map((node, i) => [node, i]));
  const list = (rows: readonly string[]): string => `(VALUES ${rows.join(', ')})`;
  const stands = list(taps.map((tap) => `(${tap.tap}, ${index.get(tap.node!)})`));
  const named = list(nodes.map((node, i) => `('${node.replaceAll("'", "''")}', ${i})`));
  const among = `p.tap IN (${taps.map((tap) => tap.tap).join(', ')}) AND p.time_ns >= 0 AND ${OPENING}`;
  const [counted] = await scene.rows(`SELECT count(*) AS n FROM packet_raw p WHERE ${among}`);
  const part = Math.ceil(Number(counted?.['n'] ?? 0) / LIMIT);
  if (part === 0) return [];
  const rows = await scene.rows(`
    WITH stands(tap, node) AS (FROM ${stands}), named(name, node) AS (FROM ${named}),
    passage AS (
      SELECT s.node, ${KEY} AS k, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns, min(f.node) AS sender, min(t.node) AS receiver
      FROM packet_raw p JOIN stands s USING (tap)
        JOIN address sa ON sa.id = CASE WHEN p.tunnel > 0 THEN p.outer_src ELSE p.src END LEFT JOIN named f ON f.name = sa.node
        JOIN address da ON da.id = CASE WHEN p.tunnel > 0 THEN p.outer_dst ELSE p.dst END LEFT JOIN named t ON t.name = da.node
      WHERE ${among} AND ${NUMBER} % ${part} = 0
      GROUP BY s.node, k HAVING last_ns - first_ns < ${ONE_PASSAGE_NS}),
    shared AS (
      SELECT a.node AS a, b.node AS b, a.first_ns AS a_first, a.last_ns AS a_last, b.first_ns AS b_first, b.last_ns AS b_last,
        CASE WHEN a.node IN (a.sender, b.sender) OR b.node IN (a.receiver, b.receiver) THEN 1
             WHEN b.node IN (a.sender, b.sender) OR a.node IN (a.receiver, b.receiver) THEN -1 ELSE 0 END AS direction
      FROM passage a JOIN passage b ON a.k = b.k AND a.node < b.node
      -- Pings without a time stamp look alike whoever sends them.
      WHERE coalesce(a.sender, b.sender, -1) = coalesce(b.sender, a.sender, -1)),
    differing AS (SELECT a, b, direction, CASE WHEN direction < 0 THEN b_last - a_first ELSE b_first - a_last END AS ns FROM shared)
    SELECT a, b, direction, count(*) AS n, quantile_cont(ns, [0.25, 0.5, 0.75]) AS quarters
    FROM differing GROUP BY a, b, direction ORDER BY a, b, direction`);
  return estimated(
    nodes,
    rows.map((row) => ({
      a: Number(row['a']),
      b: Number(row['b']),
      direction: Number(row['direction']),
      n: Number(row['n']),
      quarters: (row['quarters'] as readonly unknown[]).map(Number),
    })),
  );
}

interface Differences {
  readonly a: number;
  readonly b: number;
  /** 1 from a to b, -1 back, 0 when nobody knows whose the addresses are. */
  readonly direction: number;
  readonly n: number;
  /** Quartiles, nanoseconds. */
  readonly quarters: readonly number[];
}

function estimated(nodes: readonly string[], rows: readonly Differences[]): readonly ClockOffset[] {
  const steady = rows.filter(({ n, quarters }) => n >= MIN_SHARED && quarters[2]! - quarters[0]! <= MAX_SPREAD_NS);
  const pairs = new Map<string, Differences[]>();
  for (const row of steady) {
    const key = `${row.a} ${row.b}`;
    pairs.set(key, [...(pairs.get(key) ?? []), row]);
  }
  return [...pairs.values()].map((found): ClockOffset => {
    const there = found.find((row) => row.direction > 0);
    const back = found.find((row) => row.direction < 0);
    const both = there !== undefined && back !== undefined;
    const told = both ? [there, back] : [[...found].sort((x, y) => y.n - x.n)[0]!];
    const middle = told.map((row) => row.quarters[1]!);
    return {
      nodes: [nodes[found[0]!.a]!, nodes[found[0]!.b]!],
      offsetNs: Math.round(middle.reduce((sum, ns) => sum + ns, 0) / middle.length),
      packets: told.reduce((sum, row) => sum + row.n, 0),
      includesDelay: !both,
    };
  });
}

/** What the clock of `to` shows more than that of `from`, nanoseconds; undefined when no packets tell. */
export function offsetBetween(offsets: readonly ClockOffset[], from: string, to: string): number | undefined {
  if (from === to) return 0;
  for (const { nodes, offsetNs } of offsets) {
    if (nodes[0] === from && nodes[1] === to) return offsetNs;
    if (nodes[0] === to && nodes[1] === from) return -offsetNs;
  }
  return undefined;
}
