import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import type { Scene } from '../model/scene.js';
import { type Heuristic, looked, skipped } from './heuristic.js';
import { lateLookups } from './late-dns.js';
import { severityOfSilence, worksOutwards } from './severity.js';
import { toldLateLookups } from './told-late-dns.js';
import { TOLD_DNS, toldSilences } from './told-silence.js';
import { type Group, MOST_CLIENTS, MOST_PLACES, MOST_QUERIES, nearest, toGroup } from './udp-groups.js';

/**
 * DNS queries, and other requests of request/response protocols over UDP, that nothing answers.
 *
 * A query is paired by its transaction id and the client's port, not by the server's address, which NAT changes.
 * Other ports are judged only when the same service answers somebody else in this bundle: most of UDP is one-way by design
 * (syslog, statsd, media), and tunnel envelopes never pair at all.
 *
 * A piece that shows nothing at all on its way to the client may be filtered to queries: then only queries that the client
 * itself repeated count. An ICMP error is no answer; nor has one come to a client that asks a third time.
 *
 * Queries that were answered only when they were asked again are told apart (late-dns.ts).
 *
 * Innocent: a few lost queries among many answered ones; queries in the last second of a capture; multicast DNS.
 */
const MIN_AFTER = 1;

async function silentQueries(scene: Scene): Promise<readonly Group[]> {
  if (!scene.holds('dns')) return [];
  const rows = await scene.rows(`
    WITH refused AS (
      SELECT DISTINCT t.source, p.quoted_src AS src, p.quoted_sport AS sport, p.quoted_dst AS dst FROM packet_raw p JOIN tap t USING (tap)
      WHERE p.quoted_proto = 17 AND p.quoted_dport = 53 AND (p.proto = 1 AND p.icmp_type = 3 OR p.proto = 58 AND p.icmp_type = 1)),
    -- Where each query was answered that some piece shows without an answer: the first and the last piece of a node, which are one
    -- where a piece has it alone. Pieces are not compared one by one: thousands of them would be millions of pairs.
    answers AS (
      SELECT o.src, o.sport, o.dns_id, s.node, min(o.source) AS first, max(o.source) AS last
      FROM dns o JOIN source s USING (source)
      WHERE o.answered AND (o.src, o.sport, o.dns_id) IN (SELECT src, sport, dns_id FROM dns WHERE NOT answered)
      GROUP BY ALL),
    judged AS (
      SELECT d.*, (s.last_ns - d.last_ns) / 1e9 AS after_s,
             s.one_way OR (d.source, d.src) NOT IN (SELECT source, client FROM hears) AS blind,
             d.last_ns - d.first_ns >= 900000000 AS patient,
             (d.source, d.src, d.sport, d.dst) IN (SELECT source, src, sport, dst FROM refused) AS refused
      FROM dns d JOIN span s USING (source) JOIN address a ON a.id = d.dst JOIN source c USING (source)
      LEFT JOIN answers e ON e.src = d.src AND e.sport = d.sport AND e.dns_id = d.dns_id AND e.node IS NOT DISTINCT FROM c.node
      WHERE a.role NOT IN ('multicast', 'link-local', 'loopback')
        -- No other piece of the same node shows the answer.
        AND (d.answered OR e.first IS NULL OR e.first = d.source AND e.last = d.source)),
    -- What is said of a server takes a kilobyte and more: it is collected only of those that are silent.
    silent AS (
      SELECT source, dst, dport, count(*) AS total, min(place) FILTER (NOT answered) AS place, max(tries) FILTER (NOT answered) AS tries,
             count(*) FILTER (NOT answered AND CASE WHEN blind THEN tries >= 2 AND patient ELSE after_s >= ${MIN_AFTER} OR first_ns < 0 OR tries >= 3 AND patient OR refused END) AS silent
      FROM judged GROUP BY source, dst, dport
      HAVING silent >= 1 AND (silent >= 2 OR tries >= 2) AND silent >= 0.2 * total
      ORDER BY source, place, dst, dport LIMIT 1000),
    said AS (
      SELECT source, dst, dport, any_value(s.total) AS total, any_value(s.silent) AS silent, any_value(s.place) AS place, any_value(s.tries) AS tries,
             arg_min(tap, j.place * 4294967296 + tap) AS tap, list(DISTINCT src ORDER BY src)[1:${MOST_CLIENTS}] AS clients,
             arg_min([tap, j.place], j.place, ${MOST_PLACES}) AS places, min(hash(src, sport, dns_id), ${MOST_QUERIES}) AS asked, min(first_ns) AS first_ns, max(last_ns) AS last_ns
      FROM judged j JOIN silent s USING (source, dst, dport) WHERE NOT j.answered
      GROUP BY source, dst, dport),
    -- Only a query that is elsewhere as well tells anything: of a thousand servers all others would be a quarter of a million.
    known AS (SELECT source, dst, dport, unnest(asked) AS query FROM said),
    shared AS (
      SELECT source, dst, dport, list(query ORDER BY query) AS queries FROM known
      WHERE query IN (SELECT query FROM known GROUP BY query HAVING count(*) > 1) GROUP BY source, dst, dport)
    SELECT s.* EXCLUDE (asked), coalesce(h.queries, []) AS queries FROM said s LEFT JOIN shared h USING (source, dst, dport)
    ORDER BY source, place, dst, dport`);
  return rows.map(toGroup);
}

/** One-sided conversations with a service that answers others. */
async function silentOthers(scene: Scene): Promise<readonly Group[]> {
  if (!scene.holds('udp')) return [];
  const rows = await scene.rows(`
    WITH talk AS (
      SELECT t.source, p.src, p.sport, p.dst, p.dport, count(*) AS n, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns, arg_min(p.tap, p.place * 4294967296 + p.tap) AS tap, min(p.place) AS place
      FROM packet_raw p JOIN tap t USING (tap) JOIN address a ON a.id = p.dst
      WHERE p.proto = 17 AND p.tunnel IN (0, 1, 2, 3, 4, 5, 6) AND p.sport > 0 AND p.dport > 0 AND p.dport NOT IN (53, 5353, 8472, 4789, 6081, 6784, 8285, 51820, 51821)
        AND p.sport >= 1024 AND t.kind <> 'log' AND a.role NOT IN ('multicast', 'link-local', 'loopback')
      GROUP BY ALL),
    -- Few send twice without an answer; whether the service answers others is asked for these alone.
    mute AS (
      SELECT k.* FROM talk k JOIN span s ON s.source = k.source
      ANTI JOIN talk r ON r.source = k.source AND r.dst = k.src AND r.dport = k.sport
      WHERE k.n >= 2 AND k.last_ns - k.first_ns >= 900000000 AND (s.last_ns - k.last_ns) / 1e9 >= ${MIN_AFTER}),
    answers AS (
      SELECT DISTINCT b.source, b.dst, b.dport
      FROM (SELECT b.* FROM talk b SEMI JOIN mute m ON m.source = b.source AND m.dst = b.dst AND m.dport = b.dport) b
      SEMI JOIN talk r ON r.source = b.source AND r.src = b.dst AND r.sport = b.dport AND r.dst = b.src AND r.dport = b.sport)
    SELECT k.source, k.dst, k.dport, arg_min(k.tap, k.place * 4294967296 + k.tap) AS tap, min(k.place) AS place, list(DISTINCT k.src ORDER BY k.src) AS clients, sum(k.n)::BIGINT AS silent, sum(k.n)::BIGINT AS total, []::VARCHAR[] AS queries,
           min(k.first_ns) AS first_ns, max(k.last_ns) AS last_ns, arg_min([k.tap, k.place], k.place, ${MOST_PLACES}) AS places
    FROM mute k JOIN answers a ON a.source = k.source AND a.dst = k.dst AND a.dport = k.dport
    GROUP BY k.source, k.dst, k.dport ORDER BY k.source, place LIMIT 1000`);
  return rows.map(toGroup);
}

function draft(scene: Scene, group: Group, outwards: ReadonlySet<string>): FindingDraft {
  const tap = scene.tap(group.tap);
  const what = group.dport === 53 ? 'DNS queries' : `UDP requests to port ${group.dport}`;
  const cites: Cite[] = group.places.map(([t, place]) => ({ role: 'request without answer', at: { tap: t, place } }));
  for (const copy of group.copies) {
    const { node } = scene.tap(copy.tap);
    cites.push({
      role: `the same request, to ${scene.address(copy.dst)}${node === undefined ? '' : `, at ${node}`}`,
      at: { tap: copy.tap, place: copy.place },
    });
  }
  const at = tap.node === undefined ? `in ${tap.file}` : `at ${tap.node}`;
  return {
    code: 'unreplied-udp',
    severity: severityOfSilence(scene, group.clients[0]!, group.dst, outwards),
    confidence: 'proven',
    title: `No answer to ${what} from ${group.clients
      .slice(0, 3)
      .map((c) => scene.describe(c))
      .join(', ')} to ${scene.describe(group.dst)}`,
    explanation: `${group.silent} of ${group.total} ${what} seen ${at}${tap.ifname === undefined ? '' : ` on ${tap.ifname}`} stayed without an answer.`,
    subjects: [
      ...new Set([
        scene.address(group.dst),
        ...group.clients.map((c) => scene.address(c)),
        ...group.copies.map((copy) => scene.address(copy.dst)),
        ...[tap.node, ...[group, ...group.copies].map((g) => scene.owner(g.dst).node)].filter((n) => n !== undefined),
      ]),
    ],
    count: group.silent,
    evidence: [
      ...cites,
      {
        role: 'no answer',
        absent: `no answer from ${scene.address(group.dst)} port ${group.dport}`,
        searched: [group.source],
      },
    ] as unknown as NonEmpty<Cite>,
    flows: group.clients.map((client) => ({
      src: scene.address(client),
      dst: scene.address(group.dst),
      dport: group.dport,
    })),
    firstNs: group.firstNs,
    lastNs: group.lastNs,
    timeKind: tap.timeKind,
  };
}

export const unrepliedUdp: Heuristic = {
  code: 'unreplied-udp',
  async run(scene) {
    const [any] = await scene.rows(
      'SELECT count(*) AS n FROM packet_raw WHERE proto = 17 AND tunnel_depth = 0 AND dport NOT IN (8472, 4789, 6081, 6784)',
    );
    const [inner] = await scene.rows('SELECT count(*) AS n FROM packet_raw WHERE proto = 17 AND tunnel_depth > 0');
    const told = [...(await toldSilences(scene, TOLD_DNS)), ...(await toldLateLookups(scene))];
    if (Number(any?.['n']) + Number(inner?.['n']) === 0) {
      if (told.length > 0) return looked(told);
      return skipped(
        ['a UDP packet in a capture or tcpdump text'],
        "tcpdump -nn -i any -w dns.pcap 'udp port 53'    # on the node of a pod that cannot resolve names",
      );
    }
    const outwards = await worksOutwards(scene);
    const groups = [...nearest(scene, await silentQueries(scene)), ...(await silentOthers(scene))];
    return looked([
      ...groups.map((group) => draft(scene, group, outwards)),
      ...(await lateLookups(scene, outwards)),
      ...told,
    ]);
  },
};
