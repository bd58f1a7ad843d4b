import { inPart, makeInParts, type Part, partsOf } from './parts.js';
import type { Scene } from './scene.js';

/** SQL conditions on packets `p`. */
const REQUEST = '(p.proto = 1 AND p.icmp_type = 8 OR p.proto = 58 AND p.icmp_type = 128)';
const REPLY = '(p.proto = 1 AND p.icmp_type = 0 OR p.proto = 58 AND p.icmp_type = 129)';

/** Requests and replies that are paired at once. */
const AT_ONCE = 500_000;

/** What ties a request to its reply under every translation is the number and who is asked: they make the part. */
const asked = (part: Part): string => inPart(part, 'p.icmp_id', 'p.dst');
const answering = (part: Part, p = 'p'): string => inPart(part, `${p}.icmp_id`, `${p}.src`);

const reply = (part: Part): string => `
  WITH reply AS (
    SELECT t.source, p.proto, p.src, p.dst, p.icmp_id, p.icmp_seq, p.payload_hash, p.time_ns
    FROM packet_raw p JOIN tap t USING (tap)
    WHERE ${REPLY} AND ${answering(part)})
  SELECT source, src, dst, icmp_id, count(*) AS replies FROM (
    SELECT source, src, dst, icmp_id, icmp_seq FROM reply
    UNION
    -- A tap on a bridge sees the request after SNAT and the reply after it is undone: sequence and payload tie them. Each request
    -- with the first such reply behind it: pairs of all would be a million millions where one ping is sent again and again.
    SELECT q.source, q.dst, q.src, q.icmp_id, q.icmp_seq
    FROM (
      SELECT p.source, p.proto, p.src, p.dst, p.icmp_id, p.icmp_seq, p.payload_hash, p.time_ns
      FROM (SELECT t.source, p.* FROM packet_raw p JOIN tap t USING (tap)
            WHERE ${REQUEST} AND ${asked(part)} AND p.payload_hash <> 0 AND p.time_ns >= 0) p
      ANTI JOIN reply d ON d.source = p.source AND d.src = p.dst AND d.dst = p.src AND d.icmp_id = p.icmp_id AND d.icmp_seq = p.icmp_seq
      SEMI JOIN reply o ON o.source = p.source AND o.src = p.dst AND o.icmp_id = p.icmp_id AND o.icmp_seq = p.icmp_seq AND o.payload_hash = p.payload_hash) q
    ASOF JOIN reply r ON r.source = q.source AND r.proto = q.proto AND r.src = q.dst AND r.icmp_id = q.icmp_id
      AND r.icmp_seq = q.icmp_seq AND r.payload_hash = q.payload_hash AND r.time_ns >= q.time_ns
    WHERE r.time_ns <= q.time_ns + 5000000000)
  GROUP BY source, src, dst, icmp_id`;

/**
 * Requests of one number are one, seen at several taps. Two steps, each of which can be written to disk in parts: counting what is
 * distinct in one keeps all of it. Hop limits are told apart up to 64 of them: a traceroute counts up from one.
 */
const request = (part: Part): string => `
  SELECT e.*, r.source IS NOT NULL AS answered FROM (
    SELECT source, src, dst, icmp_id, proto, count(*) AS requests, arg_min(tap, first) AS tap,
           min(place) AS place, min(first_ns) AS first_ns, max(last_ns) AS last_ns, bit_count(bit_or(ttls)) AS ttls, min(ttl) AS ttl
    FROM (
      SELECT t.source, p.src, p.dst, p.icmp_id, p.proto, p.icmp_seq, arg_min(p.tap, p.time_ns::HUGEINT * 4294967296 + p.place) AS tap,
             min(p.time_ns::HUGEINT * 4294967296 + p.place) AS first, min(p.place) AS place, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns,
             bit_or(1::UBIGINT << (p.ttl & 63)) AS ttls, min(p.ttl) AS ttl
      FROM packet_raw p JOIN tap t USING (tap)
      WHERE ${REQUEST} AND ${asked(part)} AND p.src <> 0
      GROUP BY t.source, p.src, p.dst, p.icmp_id, p.proto, p.icmp_seq)
    GROUP BY source, src, dst, icmp_id, proto) e
  LEFT JOIN (SELECT * FROM echo_reply o WHERE ${answering(part, 'o')}) r ON r.source = e.source AND r.src = e.dst AND r.dst = e.src AND r.icmp_id = e.icmp_id`;

/**
 * Makes the derived tables `echo_reply` and `echo`: pings, with whether the same piece shows a reply. `atOnce`: requests and replies that
 * are paired at once, 1 or more.
 */
export async function prepareEchoes(scene: Scene, atOnce = AT_ONCE): Promise<void> {
  const parts = await partsOf(scene, `${REQUEST} OR ${REPLY}`, atOnce);
  await makeInParts(
    scene,
    [
      ['echo_reply', reply],
      ['echo', request],
    ],
    parts,
  );
}
