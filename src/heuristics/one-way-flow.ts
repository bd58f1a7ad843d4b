import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import type { Scene } from '../model/scene.js';
import { OWN_FRAME } from './asymmetric-halves.js';

/**
 * Only the replies of a conversation pass a tap that carries both directions of others: a server's SYN-ACKs without the SYNs
 * that they acknowledge, so the requests came another way.
 *
 * SYN and SYN-ACK are tied by sequence number, which survives NAT; the data of a SYN (TCP Fast Open) are acknowledged with it. The capture must have run for a while before, and must
 * show complete handshakes of others; a single one may be a frame that the capture lost. Frames for others, which a switch floods, do not count.
 */
const RUNNING_NS = 3_000_000_000;

const HALVES = `
WITH answered AS (
  SELECT t.source, p.src, p.sport, p.dst, p.dport, p.ack, count(*) AS n, min(p.place) AS place, arg_min(p.tap, p.place * 4294967296 + p.tap) AS tap, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns
  FROM packet_raw p JOIN tap t USING (tap) JOIN watch w USING (tap)
  WHERE p.proto = 6 AND p.tcp_flags >= 0 AND (p.tcp_flags & 22) = 18 AND p.ack > 0 AND p.tunnel = 0 AND ${OWN_FRAME} GROUP BY t.source, p.src, p.sport, p.dst, p.dport, p.ack),
start AS (SELECT t.source, min(p.time_ns) AS first_ns FROM packet_raw p JOIN tap t USING (tap) WHERE p.time_ns >= 0 GROUP BY t.source),
whole AS (SELECT DISTINCT source FROM attempt WHERE syn_ack)
SELECT a.source, a.src AS server, a.sport AS port, count(*) AS connections, max(a.n) AS tries, list([a.tap, a.place] ORDER BY a.place)[1:18] AS places, list(DISTINCT a.dst ORDER BY a.dst)[1:20] AS clients, min(a.first_ns) AS first_ns, max(a.last_ns) AS last_ns
FROM answered a JOIN start s USING (source) JOIN whole w USING (source)
WHERE a.first_ns - s.first_ns >= ${RUNNING_NS} AND NOT EXISTS (SELECT 1 FROM attempt x WHERE x.source = a.source AND (x.seq::BIGINT + 1) % 4294967296 = a.ack)
  AND (a.source, a.ack) NOT IN (SELECT source, acked FROM fast_open)
GROUP BY a.source, a.src, a.sport HAVING connections >= 2 ORDER BY a.source, places[1][2], a.src LIMIT 500`;

/** Findings about conversations of which a tap sees the replies alone. Call after `prepareWatch`. */
export async function repliesAlone(scene: Scene): Promise<FindingDraft[]> {
  if (!scene.holds('syn-ack')) return [];
  return (await scene.rows(HALVES)).map((row): FindingDraft => {
    const places = row['places'] as readonly (readonly unknown[])[];
    const tap = scene.tap(Number(places[0]![0]));
    const server = Number(row['server']);
    const clients = (row['clients'] as readonly unknown[]).map(Number);
    // A server repeats its SYN-ACK while the client's ACK does not arrive: then it is not only odd, it fails.
    const fails = Number(row['tries']) >= 2;
    const cites = places.map(([t, place]): Cite => ({ role: 'SYN-ACK', at: { tap: Number(t), place: Number(place) } }));
    cites.push({ role: 'no request', absent: 'the SYNs that these acknowledge', searched: [Number(row['source'])] });
    return {
      code: 'asymmetric-flow',
      severity: fails ? 'warning' : 'info',
      confidence: 'likely',
      title: `Only the replies of ${scene.describe(server)} port ${Number(row['port'])} pass ${tap.ifname ?? tap.file}${tap.node === undefined ? '' : ` of ${tap.node}`}, not the requests of ${clients
        .slice(0, 3)
        .map((c) => scene.describe(c))
        .join(', ')}`,
      explanation: `${Number(row['connections'])} connections show their SYN-ACK here and not their SYN, while other connections show both: requests and replies take different ways.${fails ? ' The server repeats its SYN-ACKs, so they do not get through.' : ''}`,
      subjects: [
        ...new Set([
          scene.address(server),
          ...clients.map((c) => scene.address(c)),
          ...[tap.ifname, tap.node].filter((n) => n !== undefined),
        ]),
      ],
      count: Number(row['connections']),
      evidence: cites as unknown as NonEmpty<Cite>,
      flows: clients.map((c) => ({ src: scene.address(c), dst: scene.address(server), dport: Number(row['port']) })),
      firstNs: Number(row['first_ns']),
      lastNs: Number(row['last_ns']),
      timeKind: tap.timeKind,
    };
  });
}
