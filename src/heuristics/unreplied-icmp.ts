import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import type { Scene } from '../model/scene.js';
import { type Heuristic, looked, skipped } from './heuristic.js';
import { insideRole, severityOfSilence, worksOutwards } from './severity.js';
import { toldLosses } from './told-loss.js';
import { TOLD_PING, toldSilences } from './told-silence.js';

/**
 * Echo requests that nothing answers; of transcripts also those of which much is not (told-loss.ts).
 *
 * Innocent: traceroute with ICMP (the hop limit varies, the answers are time-exceeded); a single request at the end of the
 * capture; a lone lost packet among answered ones; multicast and link-local discovery; a piece filtered to requests. For
 * information only: a service address (kube-proxy with iptables answers no ping there).
 */
interface Ping {
  readonly source: number;
  readonly src: number;
  readonly dst: number;
  readonly id: number;
  readonly requests: number;
  readonly tap: number;
  readonly place: number;
  readonly firstNs: number;
  readonly lastNs: number;
  readonly after: number;
  /** Nothing on its way to the client is shown at all. */
  readonly deaf: boolean;
}

async function silentPings(scene: Scene): Promise<readonly Ping[]> {
  if (!scene.holds('icmp')) return [];
  const rows = await scene.rows(`
    WITH silent AS (
      SELECT e.*, c.node, CASE WHEN s.last_ns < 0 OR e.last_ns < 0 THEN 0 ELSE (s.last_ns - e.last_ns) / 1e9 END AS after_s
      FROM echo e JOIN span s USING (source) JOIN source c USING (source)
      WHERE NOT e.answered AND e.ttls <= 2 AND NOT s.one_way),
    -- In no piece of their own node: thousands of pieces, compared one by one, would be millions of pairs.
    replied AS (
      SELECT DISTINCT x.dst AS src, x.src AS dst, x.icmp_id, c.node FROM echo_reply x JOIN source c USING (source)
      WHERE (x.dst, x.src, x.icmp_id) IN (SELECT src, dst, icmp_id FROM silent))
    SELECT e.*, NOT EXISTS (SELECT 1 FROM hears h WHERE h.source = e.source AND h.client = e.src) AS deaf
    FROM silent e LEFT JOIN replied x ON x.src = e.src AND x.dst = e.dst AND x.icmp_id = e.icmp_id AND x.node IS NOT DISTINCT FROM e.node
    -- No other piece of the node shows this very ping answered.
    WHERE x.src IS NULL
    ORDER BY e.source, e.place, e.src, e.dst LIMIT 20000`);
  return rows.map((row) => ({
    source: Number(row['source']),
    src: Number(row['src']),
    dst: Number(row['dst']),
    id: Number(row['icmp_id']),
    requests: Number(row['requests']),
    tap: Number(row['tap']),
    place: Number(row['place']),
    firstNs: Number(row['first_ns']),
    lastNs: Number(row['last_ns']),
    after: Number(row['after_s']),
    deaf: row['deaf'] === true,
  }));
}

const proves = (ping: Ping): boolean =>
  ping.requests >= 2 ? ping.after >= 0.5 || ping.requests >= 3 : ping.after >= 2;

function draft(scene: Scene, pings: readonly Ping[], outwards: ReadonlySet<string>): FindingDraft {
  const first = pings[0]!;
  const tap = scene.tap(first.tap);
  const requests = pings.reduce((sum, ping) => sum + ping.requests, 0);
  const clients = [...new Set(pings.map((ping) => ping.src))];
  const cites: Cite[] = pings
    .slice(0, 18)
    .map((ping) => ({ role: `echo request, ${ping.requests} of them`, at: { tap: ping.tap, place: ping.place } }));
  const at = tap.node === undefined ? `in ${tap.file}` : `at ${tap.node}`;
  return {
    code: 'unreplied-icmp',
    severity:
      scene.owner(first.dst).role === 'service' ? 'info' : severityOfSilence(scene, first.src, first.dst, outwards),
    confidence: first.deaf ? 'likely' : 'proven',
    title: `No echo reply from ${scene.describe(first.dst)} to ${clients
      .slice(0, 3)
      .map((c) => scene.describe(c))
      .join(', ')}`,
    explanation: `${requests} echo requests seen ${at}${tap.ifname === undefined ? '' : ` on ${tap.ifname}`}, and not one reply.`,
    subjects: [
      ...new Set([
        scene.address(first.dst),
        ...clients.map((c) => scene.address(c)),
        ...[tap.node, scene.owner(first.dst).node].filter((n) => n !== undefined),
      ]),
    ],
    count: requests,
    evidence: [
      ...cites,
      { role: 'no answer', absent: `no echo reply from ${scene.address(first.dst)}`, searched: [first.source] },
    ] as unknown as NonEmpty<Cite>,
    flows: pings.map((ping) => ({ src: scene.address(ping.src), dst: scene.address(ping.dst) })),
    firstNs: Math.min(...pings.map((ping) => ping.firstNs)),
    lastNs: Math.max(...pings.map((ping) => ping.lastNs)),
    timeKind: tap.timeKind,
  };
}

export const unrepliedIcmp: Heuristic = {
  code: 'unreplied-icmp',
  async run(scene) {
    const [any] = await scene.rows('SELECT count(*) AS n FROM echo');
    const told = [...(await toldSilences(scene, TOLD_PING)), ...(await toldLosses(scene))];
    if (Number(any?.['n']) === 0) {
      if (told.length > 0) return looked(told);
      return skipped(
        ['an echo request in a capture, tcpdump text or LOG line'],
        'tcpdump -nn -i any -w ping.pcap icmp    # on the node of the pod that pings',
      );
    }
    // One ping seen in several members is judged where it started: on the sender's node.
    const best = new Map<string, Ping>();
    const rank = (ping: Ping): number =>
      scene.tap(ping.tap).node !== undefined && scene.tap(ping.tap).node === scene.owner(ping.src).node ? 0 : 1;
    for (const ping of await silentPings(scene)) {
      const destination = scene.owner(ping.dst).role;
      if (destination === 'multicast' || destination === 'link-local' || destination === 'loopback') continue;
      // A LOG rule shows one direction only; a ping in it may well have been answered.
      if (scene.tap(ping.tap).kind === 'log') continue;
      const key = `${ping.src} ${ping.dst} ${ping.id}`;
      const known = best.get(key);
      if (known === undefined || rank(ping) < rank(known)) best.set(key, ping);
    }
    const groups = new Map<string, Ping[]>();
    for (const ping of best.values()) {
      if (!proves(ping)) continue;
      const key = `${ping.source} ${ping.dst} ${insideRole(scene.owner(ping.src).role)}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [ping]);
      else group.push(ping);
    }
    const outwards = await worksOutwards(scene);
    return looked([...[...groups.values()].map((group) => draft(scene, group, outwards)), ...told]);
  },
};
