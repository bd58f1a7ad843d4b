import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import type { Scene } from '../model/scene.js';
import { severityOfSilence } from './severity.js';
import { type Group, nearest, toGroup } from './udp-groups.js';

/**
 * Lookups that take seconds: a resolver asks again from the same port after its time-out (glibc 5 s, musl 2.5 s), and then
 * it is answered. A query or an answer was lost on the way: this one's, or its twin's (glibc asks for A and AAAA at once,
 * and repeats both when either is missing, so that an answered query is seen twice).
 *
 * Innocent: one among many; programs that send many queries from one port, whose ids come round; a checker that asks the
 * same thing with the same id, and was answered each time; what is never answered is no late answer (unreplied-udp.ts).
 */
const TIME_OUT = { least: 900_000_000, most: 15_000_000_000 };
/** A and AAAA, for two names at most. */
const MAX_IDS = 4;

interface Late extends Group {
  /** Longest wait, seconds. */
  readonly waited: number;
  /** Who answered, before address translation is undone and after. */
  readonly servers: readonly number[];
}

/** Findings about queries that were answered only when asked again. */
export async function lateLookups(scene: Scene, outwards: ReadonlySet<string>): Promise<readonly FindingDraft[]> {
  if (!scene.holds('dns')) return [];
  const rows = await scene.rows(`
    WITH port AS (
      -- A port whose queries came at one moment asked nothing again: few are left, of which every packet is looked at.
      SELECT q.source, q.src, q.sport, q.dst, q.dport, count(*) AS ids, max(q.tries) > 1 AND max(q.last_ns) - min(q.first_ns) >= ${TIME_OUT.least} AS waits
      FROM dns q JOIN address a ON a.id = q.dst WHERE q.last_ns >= 0 AND a.role NOT IN ('multicast', 'link-local', 'loopback') GROUP BY q.source, q.src, q.sport, q.dst, q.dport),
    total AS (SELECT source, dst, dport, count(*) AS total FROM port GROUP BY ALL),
    ask AS (
      SELECT t.source, p.tap, p.src, p.sport, p.dst, p.dport, p.dns_id, p.time_ns, p.place,
             p.time_ns - lag(p.time_ns) OVER (PARTITION BY p.tap, p.src, p.sport, p.dst, p.dns_id ORDER BY p.time_ns, p.place) AS waited
      FROM packet_raw p JOIN tap t USING (tap) JOIN (SELECT source, src, sport, dst, dport FROM port WHERE waits AND ids <= ${MAX_IDS}) o
        ON o.source = t.source AND o.src = p.src AND o.sport = p.sport AND o.dst = p.dst AND o.dport = p.dport
      WHERE p.proto = 17 AND p.dport = 53 AND p.dns_id >= 0 AND p.dns_flags >= 0 AND (p.dns_flags & 32768) = 0 AND p.time_ns >= 0 AND t.kind <> 'log'),
    again AS (
      SELECT k.source, k.dst, k.dport, k.tap, k.place, k.src, k.sport, k.dns_id, k.time_ns, k.waited
      FROM ask k JOIN port o USING (source, src, sport, dst, dport) JOIN dns d USING (source, src, sport, dst, dport, dns_id)
      WHERE d.answered AND o.ids <= ${MAX_IDS} AND k.waited BETWEEN ${TIME_OUT.least} AND ${TIME_OUT.most}
        AND (o.ids > 1 OR NOT EXISTS (
          SELECT 1 FROM packet_raw r WHERE r.proto = 17 AND r.sport = 53 AND r.dst = k.src AND r.dport = k.sport AND r.dns_id = k.dns_id
            AND r.tap = k.tap AND (r.dns_flags & 32768) > 0 AND r.time_ns BETWEEN k.time_ns - k.waited AND k.time_ns))),
    answerer AS (
      SELECT DISTINCT t.source, g.dst, g.dport, p.src AS server FROM again g JOIN packet_raw p ON p.proto = 17 AND p.sport = 53 AND p.dst = g.src AND p.dport = g.sport
      JOIN tap t ON t.tap = p.tap AND t.source = g.source)
    SELECT source, dst, dport, total, count(DISTINCT (src, sport)) AS silent, arg_min(tap, place * 4294967296 + tap) AS tap, min(place) AS place,
           list(DISTINCT src ORDER BY src) AS clients, list([tap, place] ORDER BY place) AS places,
           list(DISTINCT hash(src, sport, dns_id) ORDER BY hash(src, sport, dns_id)) AS queries,
           min(time_ns) AS first_ns, max(time_ns) AS last_ns, max(waited) / 1e9 AS waited,
           (SELECT list(server ORDER BY server) FROM answerer w WHERE w.source = again.source AND w.dst = again.dst AND w.dport = again.dport) AS servers
    FROM again JOIN total USING (source, dst, dport) GROUP BY source, dst, dport, total
    HAVING silent >= 2 AND silent >= 0.2 * total
    ORDER BY source, place, dst LIMIT 1000`);
  const all = new Map<string, Late>();
  for (const row of rows) {
    const group = toGroup(row);
    const servers = ((row['servers'] as readonly unknown[] | null) ?? []).slice(0, 8).map(Number);
    all.set(`${group.source} ${group.dst} ${group.dport}`, { ...group, waited: Number(row['waited']), servers });
  }
  return nearest(scene, [...all.values()]).map((group) =>
    draft(scene, { ...all.get(`${group.source} ${group.dst} ${group.dport}`)!, copies: group.copies }, outwards),
  );
}

function draft(scene: Scene, late: Late, outwards: ReadonlySet<string>): FindingDraft {
  const tap = scene.tap(late.tap);
  const clients = late.clients.slice(0, 3).map((c) => scene.describe(c));
  const wait = late.waited.toFixed(1);
  const cites = late.places.map(([t, place]): Cite => ({ role: 'asked again', at: { tap: t, place } }));
  const at = tap.node === undefined ? `in ${tap.file}` : `at ${tap.node}`;
  return {
    code: 'unreplied-udp',
    severity: severityOfSilence(scene, late.clients[0]!, late.dst, outwards) === 'critical' ? 'warning' : 'info',
    confidence: 'proven',
    title: `DNS queries from ${clients.join(', ')} to ${scene.describe(late.dst)} are answered only when asked again, up to ${wait} s later`,
    explanation: `${late.silent} of ${late.total} lookups seen ${at}${tap.ifname === undefined ? '' : ` on ${tap.ifname}`} were asked again from the same port: a query or an answer was lost. Each costs the program that waits for it the resolver’s time-out.`,
    subjects: [
      ...new Set([
        ...[late.dst, ...late.servers, ...late.clients, ...late.copies.map((copy) => copy.dst)].map((id) =>
          scene.address(id),
        ),
        ...[tap.node].filter((n) => n !== undefined),
      ]),
    ],
    count: late.silent,
    evidence: cites as unknown as NonEmpty<Cite>,
    flows: late.clients.map((client) => ({
      src: scene.address(client),
      dst: scene.address(late.dst),
      dport: late.dport,
    })),
    firstNs: late.firstNs,
    lastNs: late.lastNs,
    timeKind: tap.timeKind,
  };
}
