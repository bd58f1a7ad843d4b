import type { Scene } from '../model/scene.js';
import type { TapView } from '../model/taps.js';

/** Frames of one conversation that came in with a wrong checksum at a tap. */
export interface DamagedFrames {
  readonly tap: TapView;
  /** Which checksum: the envelope's UDP, the IPv4 header's, or the transport's of the packet itself. */
  readonly layer: 'envelope' | 'ip' | 'transport';
  /** Who put it on the wire, and to whom: the envelope's ends where there is one. */
  readonly from: number;
  readonly to: number;
  readonly src: number;
  readonly dst: number;
  readonly proto: number;
  readonly dport: number;
  readonly count: number;
  readonly places: readonly number[];
  /** Somebody answered after the first of them, so the receiver took them. */
  readonly answered: boolean;
  /** Frames of the same sender at this tap whose checksums are right. */
  readonly sound: number;
  readonly firstNs: number;
  readonly lastNs: number;
}

const WIRE_SRC = 'CASE WHEN p.tunnel > 0 THEN p.outer_src ELSE p.src END';
const WIRE_DST = 'CASE WHEN p.tunnel > 0 THEN p.outer_dst ELSE p.dst END';
const BAD = '(p.tunnel > 0 AND p.outer_checksum = 0 OR p.ip_checksum = 0 OR p.l4_checksum = 0)';

/** Devices by which packets of other hosts come in; a pod's own device shows what the pod sends, offload and all. */
const fromOutside = (tap: TapView): boolean =>
  tap.kind === 'capture' && (tap.device === 'uplink' || tap.device === 'overlay');

/**
 * Frames with a wrong checksum that were received: they came in by an uplink or overlay device, and their sender is not on
 * the tap's own node. Without a direction the sender's node must be known, and another. Frames larger than an MTU were
 * merged by the receiver (GRO), which leaves the checksum unfinished (`tcp_gro_complete`); cut ones cannot be verified.
 */
export async function damagedFrames(scene: Scene): Promise<readonly DamagedFrames[]> {
  const taps = scene.taps.filter(
    (tap) => fromOutside(tap) && (tap.direction === 'in' || (tap.direction === 'unknown' && tap.node !== undefined)),
  );
  if (taps.length === 0) return [];
  const byTap = new Map(taps.map((tap) => [tap.tap, tap]));
  const rows = await scene.rows(`
    WITH received AS (
      SELECT t.source, p.tap, ${WIRE_SRC} AS wire_src, ${WIRE_DST} AS wire_dst, p.src, p.dst, p.proto, p.sport, p.dport, p.place, p.time_ns, ${BAD} AS bad,
             p.outer_checksum = 1 OR p.l4_checksum = 1 AS good, CASE WHEN p.tunnel > 0 AND p.outer_checksum = 0 THEN 'envelope' WHEN p.ip_checksum = 0 THEN 'ip' ELSE 'transport' END AS layer
      FROM packet_raw p JOIN tap t USING (tap) JOIN source s USING (source) JOIN address w ON w.id = ${WIRE_SRC} JOIN address a ON a.id = p.src
      WHERE p.tap IN (${[...byTap.keys()].join(',')}) AND p.cap_len >= p.wire_len AND p.wire_len <= 9216 AND p.proto >= 0 AND p.stop <> 1
        AND (t.direction = 'in' OR w.node IS NOT NULL) AND w.node IS DISTINCT FROM s.node AND a.node IS DISTINCT FROM s.node),
    sound AS (SELECT tap, wire_src, count(*) AS n FROM received WHERE NOT bad AND good GROUP BY ALL),
    damaged AS (
      SELECT source, tap, wire_src, wire_dst, src, dst, proto, sport, dport, layer, count(*) AS n, list(place ORDER BY place)[1:12] AS places, min(time_ns) AS first_ns, max(time_ns) AS last_ns
      FROM received WHERE bad GROUP BY ALL),
    judged AS (
      SELECT d.*, EXISTS (SELECT 1 FROM packet_raw r JOIN tap rt USING (tap) WHERE rt.source = d.source AND r.proto = d.proto AND r.src = d.dst AND r.dst = d.src
        AND r.sport = d.dport AND r.dport = d.sport AND r.time_ns >= d.first_ns AND (r.tcp_flags < 0 OR (r.tcp_flags & 4) = 0)) AS answered FROM damaged d)
    SELECT j.tap, j.layer, j.wire_src, j.wire_dst, j.src, j.dst, j.proto, j.dport, j.answered, sum(j.n)::BIGINT AS n, list_sort(flatten(list(j.places)))[1:12] AS places,
           min(j.first_ns) AS first_ns, max(j.last_ns) AS last_ns, any_value(coalesce(s.n, 0)) AS sound
    FROM judged j LEFT JOIN sound s ON s.tap = j.tap AND s.wire_src = j.wire_src
    GROUP BY j.tap, j.layer, j.wire_src, j.wire_dst, j.src, j.dst, j.proto, j.dport, j.answered ORDER BY j.tap, min(j.places[1]), j.layer, j.src, j.dst, j.dport, j.answered LIMIT 5000`);
  return rows.map((row): DamagedFrames => {
    const number = (name: string): number => Number(row[name]);
    return {
      tap: byTap.get(number('tap'))!,
      layer: row['layer'] as DamagedFrames['layer'],
      from: number('wire_src'),
      to: number('wire_dst'),
      src: number('src'),
      dst: number('dst'),
      proto: number('proto'),
      dport: number('dport'),
      count: number('n'),
      places: (row['places'] as readonly unknown[]).map(Number),
      answered: row['answered'] === true,
      sound: number('sound'),
      firstNs: number('first_ns'),
      lastNs: number('last_ns'),
    };
  });
}
