import type { Scene } from '../model/scene.js';
import { SMALLEST_MTU } from './large-segments.js';

/** Pings of several sizes between two hosts: the small ones were answered, the large ones never. Sizes of the IP packet. */
export interface LargeEchoes {
  readonly source: number;
  readonly src: number;
  readonly dst: number;
  readonly passed: number;
  readonly lost: number;
  readonly requests: number;
  readonly passedAt: { readonly tap: number; readonly place: number };
  readonly lostAt: readonly { readonly tap: number; readonly place: number }[];
  readonly firstNs: number;
  readonly lastNs: number;
}

/**
 * Echo requests whose size decides, as a capture shows them. Requests in fragments are left out. Where "fragmentation
 * needed" was told for such a request, path MTU discovery works: the sender asked for no fragments, and was told why.
 */
export async function largeEchoes(scene: Scene): Promise<readonly LargeEchoes[]> {
  if (!scene.holds('icmp') || !scene.holds('large')) return [];
  const rows = await scene.rows(`
    WITH request AS (
      SELECT t.source, p.proto, p.src, p.dst, p.icmp_id, p.icmp_seq, max(p.ip_len) AS size, arg_min(p.tap, (p.time_ns, p.place)) AS tap, arg_min(p.place, (p.time_ns, p.place)) AS place, min(p.time_ns) AS time_ns
      FROM packet_raw p JOIN tap t USING (tap)
      WHERE (p.proto = 1 AND p.icmp_type = 8 OR p.proto = 58 AND p.icmp_type = 128) AND p.src <> 0 AND p.ip_len > 0 AND p.frag_offset < 0 AND t.kind <> 'log' GROUP BY ALL),
    reply AS (
      SELECT DISTINCT t.source, p.proto, p.src AS dst, p.dst AS src, p.icmp_id, p.icmp_seq FROM packet_raw p JOIN tap t USING (tap)
      WHERE p.proto = 1 AND p.icmp_type = 0 OR p.proto = 58 AND p.icmp_type = 129),
    told AS (
      SELECT DISTINCT t.source, p.quoted_src AS src, p.quoted_dst AS dst FROM packet_raw p JOIN tap t USING (tap)
      WHERE p.quoted_proto IN (1, 58) AND (p.proto = 1 AND p.icmp_type = 3 AND p.icmp_code = 4 OR p.proto = 58 AND p.icmp_type = 2)),
    judged AS (SELECT q.*, r.source IS NOT NULL AS answered FROM request q LEFT JOIN reply r USING (source, proto, src, dst, icmp_id, icmp_seq)),
    pair AS (
      SELECT source, proto, src, dst, max(size) FILTER (answered) AS passed, arg_min([tap, place], (-size, time_ns, place)) FILTER (answered) AS passed_at,
             min(size) FILTER (NOT answered) AS lost, count(*) FILTER (NOT answered) AS n, list([tap, place] ORDER BY time_ns, place) FILTER (NOT answered) AS lost_at,
             min(time_ns) FILTER (NOT answered) AS first_ns, max(time_ns) FILTER (NOT answered) AS last_ns
      FROM judged GROUP BY ALL)
    SELECT * FROM pair WHERE passed IS NOT NULL AND lost > passed AND lost >= ${SMALLEST_MTU} AND n >= 2
      AND NOT EXISTS (SELECT 1 FROM told WHERE told.source = pair.source AND told.src = pair.src AND told.dst = pair.dst)
    ORDER BY source, src, dst LIMIT 200`);
  return rows.map((row): LargeEchoes => {
    const at = (value: unknown): { tap: number; place: number } => {
      const [tap, place] = value as readonly unknown[];
      return { tap: Number(tap), place: Number(place) };
    };
    return {
      source: Number(row['source']),
      src: Number(row['src']),
      dst: Number(row['dst']),
      passed: Number(row['passed']),
      lost: Number(row['lost']),
      requests: Number(row['n']),
      passedAt: at(row['passed_at']),
      lostAt: (row['lost_at'] as readonly unknown[]).map(at),
      firstNs: Number(row['first_ns']),
      lastNs: Number(row['last_ns']),
    };
  });
}
