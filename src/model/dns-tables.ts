import { inPart, makeInParts, type Part, partsOf } from './parts.js';
import type { Scene } from './scene.js';

/** SQL conditions on packets `p`. */
const MESSAGE = 'p.proto = 17 AND p.dns_id >= 0';
const ANSWER = `${MESSAGE} AND (p.dns_flags & 32768) > 0`;

/** Queries and answers that are paired at once. */
const AT_ONCE = 500_000;

/** Either side of a query may be translated, its number is not. */
const numbered = (part: Part, of = 'p'): string => inPart(part, `${of}.dns_id`);

/** The tap that saw most of them tells how often it was asked: a bridge shows each query at several. */
const query = (part: Part): string => `
  SELECT source, src, sport, dst, dport, dns_id, arg_min(tap, first_ns::HUGEINT * 4294967296 + place) AS tap, min(place) AS place,
         min(first_ns) AS first_ns, max(last_ns) AS last_ns, max(n) AS tries
  FROM (SELECT t.source, p.tap, p.src, p.sport, p.dst, p.dport, p.dns_id, count(*) AS n, min(p.place) AS place, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns
        FROM packet_raw p JOIN tap t USING (tap)
        WHERE ${MESSAGE} AND p.dport = 53 AND ${numbered(part)} AND p.dns_flags >= 0 AND (p.dns_flags & 32768) = 0 AND p.src <> 0 AND t.kind <> 'log' GROUP BY ALL)
  GROUP BY source, src, sport, dst, dport, dns_id`;

const lookup = (part: Part): string => `
  -- The server's address is left out: a tap on a bridge sees the query after DNAT and the answer before it is undone.
  WITH asked AS (
    SELECT q.*, (q.source, q.src, q.sport, q.dns_id) IN (
      SELECT t.source, p.dst, p.dport, p.dns_id FROM packet_raw p JOIN tap t USING (tap) WHERE ${ANSWER} AND p.sport = 53 AND ${numbered(part)}) AS direct
    FROM dns_query q WHERE ${numbered(part, 'q')}),
  -- The same after SNAT: the server's address stays, the client's does not. Each query with the first such answer behind it.
  translated AS (
    SELECT q.source, q.src, q.sport, q.dst, q.dns_id
    FROM (SELECT * FROM asked WHERE NOT direct AND first_ns >= 0) q
    ASOF JOIN (
      SELECT t.source, p.src, p.sport, p.dns_id, p.time_ns FROM packet_raw p JOIN tap t USING (tap)
      WHERE ${ANSWER} AND p.dns_flags >= 0 AND ${numbered(part)}
        AND (t.source, p.src, p.sport, p.dns_id) IN (SELECT source, dst, dport, dns_id FROM asked WHERE NOT direct)) r
      ON r.source = q.source AND r.src = q.dst AND r.sport = q.dport AND r.dns_id = q.dns_id AND r.time_ns >= q.first_ns
    WHERE r.time_ns <= q.last_ns + 5000000000)
  SELECT q.* EXCLUDE (direct), q.direct OR n.source IS NOT NULL AS answered
  FROM asked q LEFT JOIN translated n USING (source, src, sport, dst, dns_id)`;

/**
 * Makes the derived table `dns`: lookups, with whether the same piece shows an answer. `atOnce`: queries and answers that are paired at
 * once, 1 or more.
 */
export async function prepareLookups(scene: Scene, atOnce = AT_ONCE): Promise<void> {
  const parts = await partsOf(scene, MESSAGE, atOnce);
  await makeInParts(
    scene,
    [
      ['dns_query', query],
      ['dns', lookup],
    ],
    parts,
  );
  // `dns` has all of it: a million lookups twice would leave no memory to judge them.
  await scene.prepare('DROP TABLE derived.dns_query');
}
