import { sideBySide } from '../core/side-by-side.js';
import type { AddressRole } from './cluster.js';
import type { Scene } from './scene.js';

/** What packets say of pings and lookups. */
const ASKED = [
  // Requests of one number are one, seen at several taps. Two steps, each of which can be written to disk in parts: counting what is
  // distinct in one keeps all of it. Hop limits are told apart up to 64 of them: a traceroute counts up from one.
  `CREATE TABLE derived.echo AS
    SELECT source, src, dst, icmp_id, proto, count(*) AS requests, arg_min(tap, first) AS tap,
           min(place) AS place, min(first_ns) AS first_ns, max(last_ns) AS last_ns, bit_count(bit_or(ttls)) AS ttls, min(ttl) AS ttl
    FROM (
      SELECT t.source, p.src, p.dst, p.icmp_id, p.proto, p.icmp_seq, arg_min(p.tap, p.time_ns::HUGEINT * 4294967296 + p.place) AS tap,
             min(p.time_ns::HUGEINT * 4294967296 + p.place) AS first, min(p.place) AS place, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns,
             bit_or(1::UBIGINT << (p.ttl & 63)) AS ttls, min(p.ttl) AS ttl
      FROM packet_raw p JOIN tap t USING (tap)
      WHERE (p.proto = 1 AND p.icmp_type = 8 OR p.proto = 58 AND p.icmp_type = 128) AND p.src <> 0
      GROUP BY t.source, p.src, p.dst, p.icmp_id, p.proto, p.icmp_seq)
    GROUP BY source, src, dst, icmp_id, proto`,
  `CREATE TABLE derived.echo_reply AS
    WITH reply AS (
      SELECT t.source, p.proto, p.src, p.dst, p.icmp_id, p.icmp_seq, p.payload_hash, p.time_ns
      FROM packet_raw p JOIN tap t USING (tap)
      WHERE p.proto = 1 AND p.icmp_type = 0 OR p.proto = 58 AND p.icmp_type = 129)
    SELECT source, src, dst, icmp_id, count(*) AS replies FROM (
      SELECT source, src, dst, icmp_id, icmp_seq FROM reply
      UNION
      -- A tap on a bridge sees the request after SNAT and the reply after it is undone: sequence and payload tie them. Each request
      -- with the first such reply behind it: pairs of all would be a million millions where one ping is sent again and again.
      SELECT q.source, q.dst, q.src, q.icmp_id, q.icmp_seq
      FROM (
        SELECT p.source, p.proto, p.src, p.dst, p.icmp_id, p.icmp_seq, p.payload_hash, p.time_ns
        FROM (SELECT t.source, p.* FROM packet_raw p JOIN tap t USING (tap)
              WHERE (p.proto = 1 AND p.icmp_type = 8 OR p.proto = 58 AND p.icmp_type = 128) AND p.payload_hash <> 0 AND p.time_ns >= 0) p
        ANTI JOIN reply d ON d.source = p.source AND d.src = p.dst AND d.dst = p.src AND d.icmp_id = p.icmp_id AND d.icmp_seq = p.icmp_seq
        SEMI JOIN reply o ON o.source = p.source AND o.src = p.dst AND o.icmp_id = p.icmp_id AND o.icmp_seq = p.icmp_seq AND o.payload_hash = p.payload_hash) q
      ASOF JOIN reply r ON r.source = q.source AND r.proto = q.proto AND r.src = q.dst AND r.icmp_id = q.icmp_id
        AND r.icmp_seq = q.icmp_seq AND r.payload_hash = q.payload_hash AND r.time_ns >= q.time_ns
      WHERE r.time_ns <= q.time_ns + 5000000000)
    GROUP BY source, src, dst, icmp_id`,
  `CREATE TABLE derived.dns_query AS
    -- The tap that saw most of them tells how often it was asked: a bridge shows each query at several.
    SELECT source, src, sport, dst, dport, dns_id, arg_min(tap, first_ns::HUGEINT * 4294967296 + place) AS tap, min(place) AS place,
           min(first_ns) AS first_ns, max(last_ns) AS last_ns, max(n) AS tries
    FROM (SELECT t.source, p.tap, p.src, p.sport, p.dst, p.dport, p.dns_id, count(*) AS n, min(p.place) AS place, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns
          FROM packet_raw p JOIN tap t USING (tap)
          WHERE p.proto = 17 AND p.dport = 53 AND p.dns_id >= 0 AND p.dns_flags >= 0 AND (p.dns_flags & 32768) = 0 AND p.src <> 0 AND t.kind <> 'log' GROUP BY ALL)
    GROUP BY source, src, sport, dst, dport, dns_id`,
];

const ANSWERED = `
CREATE TABLE derived.dns AS
  -- The server's address is left out: a tap on a bridge sees the query after DNAT and the answer before it is undone.
  WITH asked AS (
    SELECT q.*, (q.source, q.src, q.sport, q.dns_id) IN (
      SELECT t.source, p.dst, p.dport, p.dns_id FROM packet_raw p JOIN tap t USING (tap) WHERE p.proto = 17 AND p.sport = 53 AND p.dns_id >= 0 AND (p.dns_flags & 32768) > 0) AS direct
    FROM dns_query q),
  -- The same after SNAT: the server's address stays, the client's does not. Each query with the first such answer behind it.
  translated AS (
    SELECT q.source, q.src, q.sport, q.dst, q.dns_id
    FROM (SELECT * FROM asked WHERE NOT direct AND first_ns >= 0) q
    ASOF JOIN (
      SELECT t.source, p.src, p.sport, p.dns_id, p.time_ns FROM packet_raw p JOIN tap t USING (tap)
      WHERE p.proto = 17 AND p.dns_id >= 0 AND p.dns_flags >= 0 AND (p.dns_flags & 32768) > 0
        AND (t.source, p.src, p.sport, p.dns_id) IN (SELECT source, dst, dport, dns_id FROM asked WHERE NOT direct)) r
      ON r.source = q.source AND r.src = q.dst AND r.sport = q.dport AND r.dns_id = q.dns_id AND r.time_ns >= q.first_ns
    WHERE r.time_ns <= q.last_ns + 5000000000)
  SELECT q.* EXCLUDE (direct), q.direct OR n.source IS NOT NULL AS answered
  FROM asked q LEFT JOIN translated n USING (source, src, sport, dst, dns_id)`;

/**
 * Packets that open a conversation, with whether it was answered in the same member: SYNs, echo requests, DNS queries.
 * Only openers tell who wanted something from whom; a reply with the same addresses proves nothing. A view: it is asked a few
 * times, and as a table a million attempts would be copied.
 */
const OPENER = `
CREATE VIEW derived.opener AS
  SELECT a.source, a.tap, a.place, 6 AS proto, a.src, a.dst, a.dport, a.tries AS packets, a.first_ns, a.last_ns, a.syn_ack OR a.client_ack OR a.reset AS answered FROM attempt a
  UNION ALL
  SELECT e.source, e.tap, e.place, e.proto, e.src, e.dst, -1, e.requests, e.first_ns, e.last_ns, coalesce(r.replies, 0) > 0
  FROM echo e LEFT JOIN echo_reply r ON r.source = e.source AND r.src = e.dst AND r.dst = e.src AND r.icmp_id = e.icmp_id
  UNION ALL
  SELECT source, tap, place, 17, src, dst, dport, tries, first_ns, last_ns, answered FROM dns`;

/** A conversation's first packet, once per place where it was seen. */
export interface Opener {
  readonly source: number;
  readonly tap: number;
  readonly place: number;
  readonly proto: number;
  readonly src: number;
  readonly dst: number;
  /** -1 for ICMP. */
  readonly dport: number;
  readonly tunnel: boolean;
  readonly firstNs: number;
  readonly lastNs: number;
  readonly packets: number;
  /** Answered, as the member shows. */
  readonly answered: boolean;
  /** An answer would show: it was asked again after a while, or the piece shows other packets on their way to the source. */
  readonly awaited: boolean;
}

/** Makes the derived tables of echo requests, DNS queries and openers. Call after `prepareAttempts`. */
export async function prepareOpeners(scene: Scene): Promise<void> {
  await sideBySide(ASKED, scene.lanes, (sql) => scene.prepare(sql));
  await scene.prepare(ANSWERED);
  // `dns` has all of it: a million lookups twice would leave no memory to judge them.
  await scene.prepare('DROP TABLE derived.dns_query');
  await scene.prepare(OPENER);
}

/** SQL condition on packets that open a conversation. */
const OPENS = `(p.proto = 6 AND p.tcp_flags >= 0 AND (p.tcp_flags & 22) = 2
  OR p.proto = 6 AND p.tcp_flags < 0 AND (t.source, p.src, p.sport, p.dst, p.dport) IN (SELECT (source, src, sport, dst, dport) FROM elided)
  OR p.proto = 1 AND p.icmp_type = 8 OR p.proto = 58 AND p.icmp_type = 128
  OR p.proto = 17 AND p.dport = 53 AND p.dns_id >= 0 AND (p.dns_flags & 32768) = 0)`;

/** The port, where the protocol has any: a column to join by, for a condition on two would compare every row with every other. */
const service = (of: string): string => `CASE WHEN ${of}.proto IN (6, 17) THEN ${of}.dport ELSE -1 END`;

const quoted = (roles: readonly AddressRole[]): string => roles.map((role) => `'${role}'`).join(', ');

/**
 * Openers per tap whose source has one of the given roles and that meet an SQL condition over `p` (packet_raw), `t` (tap),
 * `sa` and `da` (address of source and destination).
 */
export async function openersAtTaps(
  scene: Scene,
  sourceRoles: readonly AddressRole[],
  where: string,
): Promise<readonly Opener[]> {
  const rows = await scene.rows(`
    WITH seen AS (
      SELECT t.source, p.tap, p.proto, p.src, p.dst, p.dport, p.sport, p.icmp_id, p.tunnel, min(p.place) AS place, count(*) AS packets, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns
      FROM packet_raw p JOIN tap t USING (tap) JOIN address sa ON sa.id = p.src JOIN address da ON da.id = p.dst
      WHERE sa.role IN (${quoted(sourceRoles)}) AND ${OPENS} AND ${where}
      GROUP BY ALL)
    SELECT s.source, s.tap, s.proto, s.src, s.dst, s.dport, s.tunnel > 0 AS tunnel, min(s.place) AS place, sum(s.packets)::BIGINT AS packets, min(s.first_ns) AS first_ns, max(s.last_ns) AS last_ns,
           bool_or(o.answered) AS answered,
           bool_or(o.retried) OR bool_or((s.source, s.src) IN (SELECT source, client FROM hears) AND s.source NOT IN (SELECT source FROM one_way)) AS awaited
    FROM seen s LEFT JOIN (SELECT source, proto, src, dst, ${service('w')} AS service, bool_or(answered) AS answered, bool_or(packets >= 2 AND (first_ns < 0 OR last_ns - first_ns >= 900000000)) AS retried FROM opener w GROUP BY ALL) o
      ON o.source = s.source AND o.proto = s.proto AND o.src = s.src AND o.dst = s.dst AND o.service = ${service('s')}
    GROUP BY s.source, s.tap, s.proto, s.src, s.dst, s.dport, s.tunnel > 0
    ORDER BY s.source, s.tap, place, s.src, s.dst, s.dport LIMIT 20000`);
  return rows.map((row) => ({
    source: Number(row['source']),
    tap: Number(row['tap']),
    place: Number(row['place']),
    proto: Number(row['proto']),
    src: Number(row['src']),
    dst: Number(row['dst']),
    dport: Number(row['dport']),
    tunnel: row['tunnel'] === true,
    firstNs: Number(row['first_ns']),
    lastNs: Number(row['last_ns']),
    packets: Number(row['packets']),
    answered: row['answered'] === true,
    awaited: row['awaited'] === true,
  }));
}
