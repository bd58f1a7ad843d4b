import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import { type Heuristic, looked, skipped } from './heuristic.js';

/**
 * Data segments repeated beyond what loss on a healthy path gives.
 *
 * A repeat is the same segment at the same tap at least 180 ms later (Linux retransmits after 200 ms at the earliest,
 * TCP_RTO_MIN; copies that a capture duplicates come within microseconds). One segment sent four times, or three repeats
 * that make more than 5 % of a flow, are reported.
 *
 * Innocent: keep-alives and window probes (no or one byte); SYNs (unreplied-syn); fast retransmits of a busy flow; one packet twice in a
 * merged capture (a retransmission has an IP id of its own).
 */
const MIN_GAP_NS = 180_000_000;

export const tcpRetransmission: Heuristic = {
  code: 'tcp-retransmission',
  async run(scene) {
    // Keep-alives and window probes have one byte.
    const more = 'SELECT 1 FROM packet_raw WHERE proto = 6 AND payload_len > 1 LIMIT 1';
    if (!scene.holds('data') || (await scene.rows(more)).length === 0)
      return skipped(
        ['TCP segments with data'],
        "tcpdump -nn -i any -s 128 -w data.pcap tcp    # on the sender's node while it hangs",
      );
    const rows = await scene.rows(
      `
      WITH data AS (
        SELECT tap, src, sport, dst, dport, seq, payload_len, ip_id, time_ns, place, (hash(tap, src, sport, dst, dport, seq, payload_len) >> 32)::UINTEGER AS key
        FROM packet_raw WHERE proto = 6 AND payload_len > 1 AND tcp_flags >= 0 AND (tcp_flags & 2) = 0 AND tap IN (SELECT tap FROM tap WHERE kind <> 'log')),
      -- Few segments of few flows come twice: only these flows are looked at closely, and few others whose short key is the same.
      again AS (SELECT key FROM data GROUP BY key HAVING max(time_ns) - min(time_ns) >= ${MIN_GAP_NS}),
      suspect AS (SELECT DISTINCT tap, src, sport, dst, dport FROM data WHERE key IN (FROM again)),
      segment AS (
        SELECT tap, src, sport, dst, dport, seq, payload_len, CASE WHEN min(ip_id) > 0 THEN count(DISTINCT ip_id) ELSE count(*) END AS n, min(time_ns) AS first_ns, max(time_ns) AS last_ns, min(place) AS place, max(place) AS last_place
        FROM data JOIN suspect USING (tap, src, sport, dst, dport) GROUP BY ALL),
      flow AS (
        SELECT tap, src, sport, dst, dport, count(*) AS segments, sum(n - 1) FILTER (last_ns - first_ns >= ${MIN_GAP_NS})::BIGINT AS repeats, max(n) FILTER (last_ns - first_ns >= ${MIN_GAP_NS}) AS most,
               list([place, last_place] ORDER BY place) FILTER (n > 1 AND last_ns - first_ns >= ${MIN_GAP_NS}) AS places, min(first_ns) AS first_ns, max(last_ns) AS last_ns
        FROM segment GROUP BY ALL)
      SELECT t.source, arg_min(f.tap, f.places[1][1]) AS tap, f.src, f.dst, f.dport, sum(f.repeats)::BIGINT AS repeats, sum(f.segments)::BIGINT AS segments, arg_min(f.places[1:9], f.places[1][1]) AS places, min(f.first_ns) AS first_ns, max(f.last_ns) AS last_ns
      FROM flow f JOIN tap t USING (tap) WHERE f.most >= 4 OR (f.repeats >= 3 AND f.repeats > 0.05 * f.segments)
      GROUP BY t.source, f.src, f.dst, f.dport ORDER BY t.source, f.places[1][1], f.src, f.dst LIMIT 500`.replace(
        'ORDER BY t.source, f.places[1][1]',
        'ORDER BY t.source, min(f.places[1][1])',
      ),
    );
    return looked(
      rows.map((row): FindingDraft => {
        const tap = scene.tap(Number(row['tap']));
        const src = Number(row['src']);
        const dst = Number(row['dst']);
        const places = (row['places'] as readonly (readonly unknown[])[]).flatMap(([first, last]) => [
          { role: 'segment, first sent', place: Number(first) },
          { role: 'the same segment again', place: Number(last) },
        ]);
        return {
          code: 'tcp-retransmission',
          severity: 'warning',
          confidence: 'proven',
          title: `TCP data from ${scene.describe(src)} to ${scene.describe(dst)} is sent again and again`,
          explanation: `${Number(row['repeats'])} repeats among ${Number(row['segments'])} segments, seen ${tap.node === undefined ? `in ${tap.file}` : `at ${tap.node}`}: the data or its acknowledgements are lost on the way.`,
          subjects: [
            ...new Set([scene.address(src), scene.address(dst), ...[tap.node].filter((n) => n !== undefined)]),
          ],
          count: Number(row['repeats']),
          evidence: places
            .slice(0, 20)
            .map((p): Cite => ({ role: p.role, at: { tap: tap.tap, place: p.place } })) as unknown as NonEmpty<Cite>,
          flows: [{ src: scene.address(src), dst: scene.address(dst), dport: Number(row['dport']) }],
          firstNs: Number(row['first_ns']),
          lastNs: Number(row['last_ns']),
          timeKind: tap.timeKind,
        };
      }),
    );
  },
};
