import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import type { Scene } from '../model/scene.js';
import { insideRole } from './severity.js';

/**
 * Resets in mid-stream: a server accepts connections, takes the request and answers it with RST, without a byte of data and
 * without FIN. Something between the two (a proxy, a policy, a stale connection-tracking entry) or the server itself cuts.
 *
 * Innocent, so not even looked at: resets by the client (health checks close that way), and resets after data or FIN. For
 * information only: a single one, servers that answer others in the same bundle, and servers outside the cluster.
 */
interface Cut {
  readonly source: number;
  readonly client: number;
  readonly server: number;
  readonly port: number;
  readonly tap: number;
  readonly place: number;
  readonly firstNs: number;
}

const CUTS = `
WITH reset AS (
  SELECT DISTINCT t.source, p.src, p.sport, p.dst, p.dport FROM packet_raw p JOIN tap t USING (tap)
  WHERE p.proto = 6 AND p.tcp_flags >= 0 AND (p.tcp_flags & 4) = 4 AND t.kind <> 'log'
    AND (t.source, p.src, p.sport, p.dst, p.dport) IN (SELECT source, src, sport, dst, dport FROM answer WHERE syn_ack)),
server AS (
  SELECT r.source, r.src, r.sport, r.dst, r.dport, bool_or((p.tcp_flags & 1) = 1) AS fin, bool_or((p.tcp_flags & 18) = 18) AS syn_ack, max(p.payload_len) AS data,
         min(p.place) FILTER ((p.tcp_flags & 4) = 4) AS place, arg_min(p.tap, p.place * 4294967296 + p.tap) FILTER ((p.tcp_flags & 4) = 4) AS tap, min(p.time_ns) FILTER ((p.tcp_flags & 4) = 4) AS first_ns
  FROM reset r JOIN tap t ON t.source = r.source JOIN packet_raw p ON p.tap = t.tap AND p.proto = 6 AND p.src = r.src AND p.sport = r.sport AND p.dst = r.dst AND p.dport = r.dport
  GROUP BY ALL),
client AS (
  SELECT r.source, r.src, r.sport, r.dst, r.dport, max(p.payload_len) AS data, bool_or((p.tcp_flags & 5) > 0) AS ended
  FROM reset r JOIN tap t ON t.source = r.source JOIN packet_raw p ON p.tap = t.tap AND p.proto = 6 AND p.src = r.dst AND p.sport = r.dport AND p.dst = r.src AND p.dport = r.sport
  GROUP BY ALL)
SELECT s.source, s.src AS server, s.sport AS port, s.dst AS client, s.dport AS client_port, s.tap, s.place, s.first_ns
FROM server s JOIN client c USING (source, src, sport, dst, dport)
WHERE s.syn_ack AND NOT s.fin AND coalesce(s.data, 0) <= 0 AND c.data > 0 AND NOT c.ended
ORDER BY s.source, s.place, s.src, s.dst, s.dport LIMIT 5000`;

/** Findings about requests that were answered by RST. */
export async function resetsInsteadOfAnswers(scene: Scene): Promise<FindingDraft[]> {
  if (!scene.holds('reset')) return [];
  const rows = await scene.rows(CUTS);
  if (rows.length === 0) return [];
  const answering = new Set(
    (
      await scene.rows(
        'SELECT DISTINCT src, sport FROM packet_raw WHERE proto = 6 AND payload_len > 0 AND sport < 32768',
      )
    ).map((row) => `${Number(row['src'])} ${Number(row['sport'])}`),
  );
  const groups = new Map<string, Map<string, Cut>>();
  for (const row of rows) {
    const cut: Cut = {
      source: Number(row['source']),
      client: Number(row['client']),
      server: Number(row['server']),
      port: Number(row['port']),
      tap: Number(row['tap']),
      place: Number(row['place']),
      firstNs: Number(row['first_ns']),
    };
    // `-i any` shows the service's address and the endpoint's: the endpoint is the server.
    if (scene.owner(cut.server).role === 'service') continue;
    const key = `${cut.server} ${cut.port}`;
    const group = groups.get(key) ?? new Map<string, Cut>();
    // One connection at several taps and captures is one.
    const connection = `${cut.client} ${Number(row['client_port'])}`;
    if (!group.has(connection)) group.set(connection, cut);
    groups.set(key, group);
  }
  return [...groups].map(([key, group]) => draft(scene, [...group.values()], answering.has(key)));
}

function draft(scene: Scene, cuts: readonly Cut[], answersOthers: boolean): FindingDraft {
  const first = cuts[0]!;
  const tap = scene.tap(first.tap);
  const clients = [...new Set(cuts.map((cut) => cut.client))];
  const timed = cuts.filter((cut) => scene.tap(cut.tap).timeKind === tap.timeKind);
  const serious = cuts.length >= 2 && !answersOthers && insideRole(scene.owner(first.server).role);
  return {
    code: 'connection-reset',
    severity: serious ? 'warning' : 'info',
    confidence: 'proven',
    title: `${scene.describe(first.server)} port ${first.port} accepts connections from ${clients
      .slice(0, 3)
      .map((c) => scene.describe(c))
      .join(', ')} and answers the request with a reset`,
    explanation: `${cuts.length} connections seen ${tap.node === undefined ? `in ${tap.file}` : `at ${tap.node}`} were accepted, carried the client\u2019s data, and were cut by RST without a byte of an answer.${answersOthers ? ' Other connections to it were answered.' : ''}`,
    subjects: [
      ...new Set([
        scene.address(first.server),
        ...clients.map((c) => scene.address(c)),
        ...[tap.node, scene.owner(first.server).node].filter((n) => n !== undefined),
      ]),
    ],
    count: cuts.length,
    evidence: cuts
      .slice(0, 20)
      .map(
        (cut): Cite => ({ role: 'RST instead of an answer', at: { tap: cut.tap, place: cut.place } }),
      ) as unknown as NonEmpty<Cite>,
    flows: clients.map((c) => ({ src: scene.address(c), dst: scene.address(first.server), dport: first.port })),
    firstNs: Math.min(...timed.map((cut) => cut.firstNs)),
    lastNs: Math.max(...timed.map((cut) => cut.firstNs)),
    timeKind: tap.timeKind,
  };
}
