import { sideBySide } from '../core/side-by-side.js';
import { prepareLookups } from './dns-tables.js';
import { prepareEchoes } from './echo-tables.js';
import type { AddressRole } from './owner.js';
import type { Scene } from './scene.js';

/**
 * Packets that open a conversation, with whether it was answered in the same member: SYNs, echo requests, DNS queries.
 * Only openers tell who wanted something from whom; a reply with the same addresses proves nothing. A view: it is asked a few
 * times, and as a table a million attempts would be copied.
 */
const OPENER = `
CREATE VIEW derived.opener AS
  SELECT a.source, a.tap, a.place, 6 AS proto, a.src, a.dst, a.dport, a.tries AS packets, a.first_ns, a.last_ns, a.syn_ack OR a.client_ack OR a.reset AS answered FROM attempt a
  UNION ALL
  SELECT e.source, e.tap, e.place, e.proto, e.src, e.dst, -1, e.requests, e.first_ns, e.last_ns, e.answered FROM echo e
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

/** What one part of the pings and the lookups takes is bounded; where there are several, both at once would be too much. */
const LARGE = 500_000;

/** Makes the derived tables of echo requests, DNS queries and openers. Call after `prepareAttempts`. */
export async function prepareOpeners(scene: Scene): Promise<void> {
  await sideBySide([prepareEchoes, prepareLookups], scene.packets <= LARGE ? scene.lanes : 1, (prepare) =>
    prepare(scene),
  );
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
  const asking = `SELECT id FROM address WHERE role IN (${quoted(sourceRoles)})`;
  // To group all openers for nobody takes as long as for everybody.
  if ((await scene.rows(`${asking} LIMIT 1`)).length === 0) return [];
  const rows = await scene.rows(`
    WITH seen AS (
      SELECT t.source, p.tap, p.proto, p.src, p.dst, p.dport, p.sport, p.icmp_id, p.tunnel, min(p.place) AS place, count(*) AS packets, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns
      FROM packet_raw p JOIN tap t USING (tap) JOIN address sa ON sa.id = p.src JOIN address da ON da.id = p.dst
      WHERE sa.role IN (${quoted(sourceRoles)}) AND ${OPENS} AND ${where}
      GROUP BY ALL)
    SELECT s.source, s.tap, s.proto, s.src, s.dst, s.dport, s.tunnel > 0 AS tunnel, min(s.place) AS place, sum(s.packets)::BIGINT AS packets, min(s.first_ns) AS first_ns, max(s.last_ns) AS last_ns,
           bool_or(o.answered) AS answered,
           bool_or(o.retried) OR bool_or((s.source, s.src) IN (SELECT source, client FROM hears) AND s.source NOT IN (SELECT source FROM one_way)) AS awaited
    FROM seen s LEFT JOIN (SELECT source, proto, src, dst, ${service('w')} AS service, bool_or(answered) AS answered, bool_or(packets >= 2 AND (first_ns < 0 OR last_ns - first_ns >= 900000000)) AS retried FROM opener w WHERE w.src IN (${asking}) GROUP BY ALL) o
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
