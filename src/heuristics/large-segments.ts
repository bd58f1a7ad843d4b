import type { Scene } from '../model/scene.js';

/**
 * One direction of a TCP connection that stands still at a large segment: what was smaller got through and was
 * acknowledged, this one never, however often it was sent. Sizes are those of the IP packet, in bytes.
 */
export interface StuckStream {
  readonly source: number;
  readonly tap: number;
  readonly src: number;
  readonly sport: number;
  readonly dst: number;
  readonly dport: number;
  /** `sent`: seen on its way, again and again; `hole`: the tap shows what came after it, and never the segment. */
  readonly how: 'sent' | 'hole';
  /** Times that the segment was sent; of a hole, how often the receiver asked for it. */
  readonly times: number;
  /** Smallest size that was sent for the missing bytes; of a hole, how many bytes are missing. */
  readonly lost: number;
  /** Largest size of this direction that was acknowledged or arrived; 0 when only the handshake did. */
  readonly passed: number;
  readonly passedPlace: number;
  /** First and last sending of the segment (of a hole: what came after it). */
  readonly places: readonly number[];
  /** The peer's last acknowledgement. */
  readonly ackTap: number;
  readonly ackPlace: number;
  /** The peer sent something after the segment was lost, so it is alive. */
  readonly alive: boolean;
  readonly firstNs: number;
  readonly lastNs: number;
}

/** Every host must take 576 bytes (RFC 791 3.1); below that no MTU is to blame. */
export const SMALLEST_MTU = 576;
/** Sent first, and again after 200 and 600 ms at the earliest (Linux TCP_RTO_MIN, doubled). */
const TIMES = 3;
const SPAN_NS = 500_000_000;
/** A hole that reordering leaves is filled within a round trip. */
const HOLE_NS = 1_000_000_000;

/** Size of the IP packet; where tcpdump printed the payload's alone (without -v), what it is at least: two headers without options. */
const SIZE = 'CASE WHEN p.ip_len > 0 THEN p.ip_len ELSE p.payload_len + 40 END';

/** Difference of two sequence numbers, in -2^31..2^31 (RFC 9293 3.4). */
const relative = (a: string, b: string): string =>
  `((${a}::BIGINT - ${b}::BIGINT + 6442450944) % 4294967296 - 2147483648)`;

/**
 * Pairs of hosts with a stream whose last acknowledgement leaves data open: nothing else can stand still, and healthy
 * captures have few. The furthest acknowledgement is never before the last one, so none is missed. Of a stream's data the first
 * and the last number are looked at, and all of it where they lie so far apart that they went round.
 */
const SUSPECT_PAIRS = `
    last_ack AS (
      SELECT t.source, p.src, p.sport, p.dst, p.dport, arg_max(p.ack, p.place) AS ack, count(*) AS n
      FROM packet_raw p JOIN tap t USING (tap) WHERE p.proto = 6 AND t.kind <> 'log' AND p.tcp_flags >= 0 AND (p.tcp_flags & 20) = 16
      GROUP BY t.source, p.src, p.sport, p.dst, p.dport),
    data AS (
      SELECT t.source, p.src, p.sport, p.dst, p.dport, min(p.seq::BIGINT + p.payload_len) AS low, max(p.seq::BIGINT + p.payload_len) AS top, count(*) AS n
      FROM packet_raw p JOIN tap t USING (tap) WHERE p.proto = 6 AND t.kind <> 'log' AND p.tcp_flags >= 0 AND p.payload_len > 0 AND (p.tcp_flags & 6) = 0
      GROUP BY t.source, p.src, p.sport, p.dst, p.dport),
    pair AS (
      SELECT DISTINCT d.source, d.src, d.dst
      FROM data d JOIN last_ack a ON a.source = d.source AND a.src = d.dst AND a.sport = d.dport AND a.dst = d.src AND a.dport = d.sport
      WHERE (d.n >= ${TIMES} OR a.n >= ${TIMES})
        AND (d.top - d.low >= 2147483648 OR ${relative('d.top', 'a.ack')} > 0 OR ${relative('d.low', 'a.ack')} > 0)),`;

/**
 * Streams that stand still at a large segment. Acknowledgements are looked for in the whole piece: a capture of all
 * interfaces has one tap for each direction. Segmentation offload shows segments larger than the MTU, which are sent again
 * one by one: so the smallest that was sent counts. Pairs of hosts between which a segment as large got through are out.
 */
export async function stuckStreams(scene: Scene): Promise<readonly StuckStream[]> {
  if (!scene.holds('data')) return [];
  const rows = await scene.rows(`
    WITH ${SUSPECT_PAIRS}
    segment AS (
      SELECT t.source, p.tap, p.src, p.sport, p.dst, p.dport, p.seq, p.payload_len AS len, max(${SIZE}) AS size, CASE WHEN max(p.ip_id) > 0 THEN count(DISTINCT p.ip_id) ELSE count(*) END AS n,
             min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns, min(p.place) AS place, max(p.place) AS last_place
      FROM packet_raw p JOIN tap t USING (tap) JOIN pair USING (source, src, dst)
      WHERE p.proto = 6 AND t.kind <> 'log' AND p.tcp_flags >= 0 AND p.payload_len > 0 AND (p.tcp_flags & 6) = 0 GROUP BY ALL),
    answer AS (
      SELECT t.source, p.src, p.sport, p.dst, p.dport, p.ack, p.tap, p.place, p.time_ns, first_value(p.ack) OVER (PARTITION BY t.source, p.src, p.sport, p.dst, p.dport ORDER BY p.time_ns, p.place) AS base
      FROM packet_raw p JOIN tap t USING (tap) WHERE p.proto = 6 AND t.kind <> 'log' AND p.tcp_flags >= 0 AND (p.tcp_flags & 20) = 16
        AND (t.source, p.dst, p.dport, p.src, p.sport) IN (SELECT source, src, sport, dst, dport FROM segment)),
    acked AS (
      SELECT source, src, sport, dst, dport, arg_max(ack, (${relative('ack', 'base')}, place)) AS ack, arg_max(tap, (${relative('ack', 'base')}, time_ns, place)) AS tap, arg_max(place, (${relative('ack', 'base')}, time_ns, place)) AS place,
             max(time_ns) AS last_ns, count(*) AS n
      FROM answer GROUP BY ALL),
    placed AS (
      SELECT s.*, a.ack, a.tap AS ack_tap, a.place AS ack_place, a.last_ns AS answer_ns, ${relative('s.seq', 'a.ack')} AS pos
      FROM segment s JOIN acked a ON a.source = s.source AND a.src = s.dst AND a.sport = s.dport AND a.dst = s.src AND a.dport = s.sport),
    passed AS (SELECT source, src, dst, max(size) AS size, arg_min(place, (-size, place)) AS place FROM placed WHERE pos + len <= 0 GROUP BY ALL),
    own AS (SELECT source, src, sport, dst, dport, max(size) AS size, arg_min(place, (-size, place)) AS place FROM placed WHERE pos + len <= 0 GROUP BY ALL),
    missing AS (
      SELECT source, tap, src, sport, dst, dport, ack_tap, ack_place, any_value(answer_ns) AS answer_ns, any_value(ack) AS ack,
             sum(n) FILTER (pos <= 0 AND pos + len > 0)::BIGINT AS times, min(size) FILTER (pos <= 0 AND pos + len > 0) AS lost,
             min(first_ns) FILTER (pos <= 0 AND pos + len > 0) AS first_ns, max(last_ns) FILTER (pos <= 0 AND pos + len > 0) AS last_ns,
             list(DISTINCT place ORDER BY place) FILTER (pos <= 0 AND pos + len > 0) || list(DISTINCT last_place ORDER BY last_place) FILTER (pos <= 0 AND pos + len > 0) AS places,
             min(pos) FILTER (pos > 0) AS gap, min(first_ns) FILTER (pos > 0) AS beyond_ns, min(place) FILTER (pos > 0) AS beyond_place, max(size) FILTER (pos > 0) AS beyond
      FROM placed GROUP BY ALL),
    asked AS (
      SELECT m.source, m.src, m.sport, m.dst, m.dport, count(*) AS n, max(a.time_ns) AS last_ns
      FROM missing m JOIN answer a ON a.source = m.source AND a.src = m.dst AND a.sport = m.dport AND a.dst = m.src AND a.dport = m.sport AND a.ack = m.ack AND a.time_ns >= m.beyond_ns
      WHERE m.lost IS NULL AND m.gap IS NOT NULL GROUP BY ALL)
    SELECT m.source, m.tap, m.src, m.sport, m.dst, m.dport, m.ack_tap, m.ack_place, m.lost IS NULL AS hole, CASE WHEN m.lost IS NULL THEN k.n ELSE m.times END AS times,
           coalesce(m.lost, m.gap) AS lost, greatest(coalesce(o.size, 0), CASE WHEN m.lost IS NULL THEN m.beyond ELSE 0 END) AS passed, coalesce(CASE WHEN m.lost IS NULL AND m.beyond > coalesce(o.size, 0) THEN m.beyond_place END, o.place, -1) AS passed_place,
           CASE WHEN m.lost IS NULL THEN [m.beyond_place] ELSE m.places END AS places, m.answer_ns >= 0 AND m.answer_ns > coalesce(m.first_ns, m.beyond_ns) AS alive,
           coalesce(m.first_ns, m.beyond_ns) AS first_ns, coalesce(m.last_ns, k.last_ns) AS last_ns
    FROM missing m LEFT JOIN passed p USING (source, src, dst) LEFT JOIN own o USING (source, src, sport, dst, dport) LEFT JOIN asked k USING (source, src, sport, dst, dport)
    WHERE m.lost >= ${SMALLEST_MTU} AND m.times >= ${TIMES} AND (m.first_ns < 0 OR m.last_ns - m.first_ns >= ${SPAN_NS}) AND coalesce(p.size, 0) < m.lost
       OR m.lost IS NULL AND m.gap >= ${SMALLEST_MTU} AND k.n >= ${TIMES} AND k.last_ns - m.beyond_ns >= ${HOLE_NS} AND greatest(coalesce(p.size, 0), m.beyond) < m.gap + 40
    ORDER BY m.source, places[1], m.tap, m.src, m.sport, m.dst, m.dport LIMIT 1000`);
  return rows.map((row): StuckStream => {
    const number = (name: string): number => Number(row[name]);
    return {
      source: number('source'),
      tap: number('tap'),
      src: number('src'),
      sport: number('sport'),
      dst: number('dst'),
      dport: number('dport'),
      how: row['hole'] === true ? 'hole' : 'sent',
      times: number('times'),
      lost: number('lost'),
      passed: number('passed'),
      passedPlace: number('passed_place'),
      places: [...new Set((row['places'] as readonly unknown[]).map(Number))].sort((a, b) => a - b),
      ackTap: number('ack_tap'),
      ackPlace: number('ack_place'),
      alive: row['alive'] === true,
      firstNs: number('first_ns'),
      lastNs: number('last_ns'),
    };
  });
}
