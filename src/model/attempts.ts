import type { SqlRow } from '../store/event-store.js';
import type { Scene } from './scene.js';

/**
 * SQL condition on a capture filter or command line that lets one direction through only, or requests only.
 */
const ONE_WAY = String.raw`(^|[ (!''"])(src|dst)( |$)|-Q *(in|out)|--direction|tcp-syn|tcp\[(13|tcpflags)|icmp-echo|icmp6?\[|udp\[|ip\[(12|16)`;

/**
 * TCP connection attempts, one row per member piece, four-tuple and initial sequence number. The initial sequence number
 * is chosen at random per connection (RFC 9293 3.4.1) and survives NAT and tunnels, so it also ties one attempt together
 * across taps. LOG lines carry none (0): there the four-tuple stands in.
 */
export interface Attempt {
  readonly source: number;
  readonly src: number;
  readonly sport: number;
  readonly dst: number;
  readonly dport: number;
  readonly seq: number;
  /** SYNs at the tap that saw most of them: retransmissions included, copies at other taps not. */
  readonly tries: number;
  readonly taps: number;
  /** Tap and place of the first sighting. */
  readonly tap: number;
  readonly place: number;
  readonly firstNs: number;
  readonly lastNs: number;
  /** Time between first and last SYN, seconds. */
  readonly span: number;
  /** Largest time to live of its SYNs; -1 where the text does not tell. */
  readonly ttl: number;
  readonly synAck: boolean;
  /** A SYN was repeated well after the answer had been seen here: the answer did not get through to the client. */
  readonly repeatedAfterAnswer: boolean;
  readonly reset: boolean;
  /** Tap and place of the first RST. */
  readonly resetAt: { readonly tap: number; readonly place: number } | undefined;
  readonly clientAck: boolean;
  /** Seconds of capture after the last SYN. */
  readonly after: number;
  /** True when this piece shows no packet with the ACK flag at all, or was filtered: it may not see the way back. */
  readonly blind: boolean;
  /** True when the text does not show the flags: that these are SYNs is told by their times alone. */
  readonly elided: boolean;
}

/**
 * Two to eight packets of one direction without flags and without data, each later than the one before by what a SYN
 * waits, and nothing the other way: people shorten pasted lines to `Flags ...`.
 */
const ELIDED = `
  WITH silent AS (
    SELECT source, src, sport, dst, dport, max(n) AS n, max(most) AS most, bool_and(n < 2 OR last_ns - first_ns >= 900000000 * (n - 1)) AS patient FROM (
      SELECT t.source, p.tap, p.src, p.sport, p.dst, p.dport, count(*) AS n, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns, max(p.payload_len) AS most
      FROM packet_raw p JOIN tap t USING (tap)
      WHERE p.proto = 6 AND p.tcp_flags < 0 AND t.kind = 'text' AND p.sport > p.dport AND p.dport > 0 AND p.src <> 0 GROUP BY ALL)
    GROUP BY source, src, sport, dst, dport)
  SELECT source, src, sport, dst, dport FROM silent e
  WHERE n BETWEEN 2 AND 8 AND most <= 0 AND patient
    AND NOT EXISTS (SELECT 1 FROM packet_raw r JOIN tap t USING (tap) WHERE t.source = e.source AND r.proto = 6 AND
      (r.src = e.dst AND r.sport = e.dport AND r.dst = e.src AND r.dport = e.sport
       OR r.src = e.src AND r.sport = e.sport AND r.dst = e.dst AND r.dport = e.dport AND r.tcp_flags >= 0))`;

/** SQL condition on packets `p` that ask for a connection. */
const SYN = 'p.proto = 6 AND p.tcp_flags >= 0 AND (p.tcp_flags & 22) = 2 AND p.src <> 0';

const ANSWERS =
  'bool_or(a.syn_ack) AS syn_ack, bool_or(a.reset) AS reset, min(a.first_ns) AS first_ns, arg_min(a.reset_tap, a.reset_place * 4294967296 + a.reset_tap) AS reset_tap, min(a.reset_place) AS reset_place';

/** Tables of their own, not one statement: what a statement names several times it keeps whole in memory. */
const PREPARE = `
CREATE TEMP TABLE elided AS ${ELIDED};
CREATE TEMP TABLE single AS SELECT source FROM tap GROUP BY source HAVING count(*) = 1;
CREATE TEMP TABLE started AS
  -- Most pieces have one tap: there every attempt is one group, and the way over taps would cost as much again.
  SELECT t.source, p.src, p.sport, p.dst, p.dport, p.seq, count(*) AS tries, 1 AS taps, any_value(p.tap) AS tap, min(p.place) AS place,
         min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns, max(p.ttl) AS ttl
  FROM packet_raw p JOIN tap t USING (tap) WHERE ${SYN} AND t.source IN (FROM single) GROUP BY t.source, p.src, p.sport, p.dst, p.dport, p.seq
  UNION ALL
  -- A LOG rule logs one packet at every hook it sits in: the same SYN under several prefixes is one try.
  SELECT source, src, sport, dst, dport, seq, max(n), count(*), arg_min(tap, first_ns::HUGEINT * 4294967296 + place), min(place), min(first_ns), max(last_ns), max(ttl) FROM (
    SELECT t.source, p.tap, p.src, p.sport, p.dst, p.dport, p.seq, count(*) AS n, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns, min(p.place) AS place, max(p.ttl) AS ttl
    FROM packet_raw p JOIN tap t USING (tap) WHERE ${SYN} AND t.source NOT IN (FROM single) GROUP BY ALL
    UNION ALL
    SELECT t.source, p.tap, p.src, p.sport, p.dst, p.dport, 0, count(*), min(p.time_ns), max(p.time_ns), min(p.place), max(p.ttl)
    FROM packet_raw p JOIN tap t USING (tap) JOIN elided e USING (source, src, sport, dst, dport)
    WHERE p.proto = 6 AND p.tcp_flags < 0
    GROUP BY ALL)
  GROUP BY source, src, sport, dst, dport, seq;
CREATE TEMP TABLE answer AS
  SELECT t.source, p.src, p.sport, p.dst, p.dport, p.ack, bool_or((p.tcp_flags & 4) = 4) AS reset, bool_or((p.tcp_flags & 18) = 18) AS syn_ack, min(p.time_ns) AS first_ns,
         arg_min(p.tap, p.place * 4294967296 + p.tap) FILTER (WHERE (p.tcp_flags & 4) = 4) AS reset_tap, min(p.place) FILTER (WHERE (p.tcp_flags & 4) = 4) AS reset_place
  FROM packet_raw p JOIN tap t USING (tap)
  WHERE p.proto = 6 AND p.tcp_flags >= 0 AND ((p.tcp_flags & 18) = 18 OR (p.tcp_flags & 4) = 4)
  GROUP BY ALL;
CREATE TEMP TABLE later AS
  SELECT t.source, p.src, p.sport, p.dst, p.dport, max(p.time_ns) AS last_ns
  FROM packet_raw p JOIN tap t USING (tap)
  WHERE p.proto = 6 AND p.tcp_flags >= 0 AND (p.tcp_flags & 22) = 16
  GROUP BY ALL;
CREATE TEMP TABLE one_way AS
  SELECT DISTINCT s.source FROM source s LEFT JOIN capture c USING (source)
  WHERE regexp_matches(coalesce(c.filter, ''), '${ONE_WAY}') OR regexp_matches(coalesce(c.command, s.command, ''), '${ONE_WAY}');
CREATE TEMP TABLE span AS
  SELECT t.source, max(p.time_ns) AS last_ns, bool_or(p.tcp_flags >= 0 AND (p.tcp_flags & 16) = 16) AS acks,
         EXISTS (SELECT 1 FROM one_way w WHERE w.source = t.source) AS one_way
  FROM packet_raw p JOIN tap t USING (tap) GROUP BY ALL;
CREATE TEMP TABLE hears AS
  SELECT DISTINCT t.source, p.dst AS client FROM packet_raw p JOIN tap t USING (tap) WHERE p.dst <> 0 AND p.arp_op < 0;
CREATE TEMP TABLE by_isn AS
  SELECT o.source, o.src, o.sport, o.dst, o.dport, o.seq, ${ANSWERS}
  FROM started o JOIN answer a ON a.source = o.source AND o.seq > 0 AND a.ack = (o.seq::BIGINT + 1) % 4294967296
   AND ((a.dst = o.src AND a.dport = o.sport) OR (a.src = o.dst AND a.sport = o.dport))
  GROUP BY ALL;
CREATE TEMP TABLE by_tuple AS
  SELECT o.source, o.src, o.sport, o.dst, o.dport, o.seq, ${ANSWERS}
  FROM started o JOIN answer a ON a.source = o.source AND a.src = o.dst AND a.sport = o.dport AND a.dst = o.src AND a.dport = o.sport
   AND (o.seq = 0 OR a.ack = 0 OR a.ack = (o.seq::BIGINT + 1) % 4294967296)
  GROUP BY ALL;
CREATE TEMP TABLE attempt AS
SELECT o.*, coalesce(i.syn_ack, false) OR coalesce(u.syn_ack, false) AS syn_ack,
       coalesce(i.reset, false) OR coalesce(u.reset, false) AS reset,
       least(i.first_ns, u.first_ns) AS answer_ns,
       coalesce(i.reset_tap, u.reset_tap) AS reset_tap, coalesce(i.reset_place, u.reset_place) AS reset_place,
       l.last_ns IS NOT NULL AND (l.last_ns >= o.first_ns OR l.last_ns = -1) AS client_ack,
       CASE WHEN s.last_ns < 0 OR o.last_ns < 0 THEN 0 ELSE (s.last_ns - o.last_ns) / 1e9 END AS after_s,
       NOT s.acks OR s.one_way AS blind,
       EXISTS (SELECT 1 FROM elided e WHERE e.source = o.source AND e.src = o.src AND e.sport = o.sport AND e.dst = o.dst AND e.dport = o.dport) AS elided
FROM started o JOIN span s USING (source)
LEFT JOIN by_isn i USING (source, src, sport, dst, dport, seq)
LEFT JOIN by_tuple u USING (source, src, sport, dst, dport, seq)
LEFT JOIN later l USING (source, src, sport, dst, dport)`;

/**
 * Makes the temporary table `attempt`, and beside it `span` (when each piece ends), `one_way` (pieces filtered to one
 * direction) and `hears` (to whom each piece shows any packet, so that it can see the way back). Call once per run.
 */
export async function prepareAttempts(scene: Scene): Promise<void> {
  for (const statement of PREPARE.split(/;\s*\n/)) await scene.prepare(statement);
}

/** Attempts that match an SQL condition over `attempt`, in a fixed order, at most `limit`. */
export async function attempts(scene: Scene, where: string, limit = 20_000): Promise<readonly Attempt[]> {
  // Where the limit falls is found by the narrow columns alone: to sort a million whole rows takes more memory than there is.
  const [cut] = await scene.rows(
    `SELECT source, place FROM attempt WHERE ${where} ORDER BY source, place LIMIT 1 OFFSET ${limit}`,
  );
  const before = cut === undefined ? 'true' : `(source, place) <= (${Number(cut['source'])}, ${Number(cut['place'])})`;
  const rows = await scene.rows(
    `SELECT * FROM attempt WHERE (${where}) AND ${before} ORDER BY source, place, src, sport, dst, dport, seq LIMIT ${limit}`,
  );
  return rows.map(toAttempt);
}

function toAttempt(row: SqlRow): Attempt {
  const number = (name: string): number => Number(row[name]);
  const firstNs = number('first_ns');
  const lastNs = number('last_ns');
  const span = firstNs < 0 ? 0 : (lastNs - firstNs) / 1e9;
  const answerNs = row['answer_ns'] === null ? undefined : number('answer_ns');
  return {
    source: number('source'),
    src: number('src'),
    sport: number('sport'),
    dst: number('dst'),
    dport: number('dport'),
    seq: number('seq'),
    tries: number('tries'),
    taps: number('taps'),
    tap: number('tap'),
    place: number('place'),
    firstNs,
    lastNs,
    span,
    ttl: number('ttl'),
    synAck: row['syn_ack'] === true,
    repeatedAfterAnswer: answerNs !== undefined && answerNs >= 0 && lastNs - answerNs > 0.5e9,
    reset: row['reset'] === true,
    resetAt: row['reset_place'] === null ? undefined : { tap: number('reset_tap'), place: number('reset_place') },
    clientAck: row['client_ack'] === true,
    after: number('after_s'),
    blind: row['blind'] === true,
    elided: row['elided'] === true,
  };
}
