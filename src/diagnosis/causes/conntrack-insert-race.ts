import type { counter } from '../../core/event/network.js';
import type { Cite, FindingDraft } from '../../core/finding.js';
import type { Fact } from '../../model/facts.js';
import { lateLookups } from '../../model/late-lookups.js';
import type { Scene } from '../../model/scene.js';
import { type Case, type Cause, type CauseConclusion, type CauseDraft, cannotTell, found, quiet } from '../cause.js';
import { evidence, subjects } from '../witness.js';

/**
 * Concurrent first packets of one UDP flow lose the race for their conntrack entry: DNS that takes 5 seconds.
 *
 * Physics: glibc sends the A and AAAA queries from one socket at the same time. Both find no entry, both are translated,
 * and only one can be inserted (nf_conntrack_core.c: __nf_conntrack_confirm, insert_failed); the other is dropped. The
 * resolver waits its time-out of 5 s and asks again from the same port.
 *
 * Innocent: insert_failed by itself (every busy node has some); a resolver that gets no answer at all; a repetition without
 * a pair of queries at the start; a server that answers one of the two late.
 *
 * Proven: the pattern and insert_failed on the node. The pattern alone makes it likely.
 */
export const conntrackInsertRace: Cause = {
  code: 'conntrack-insert-race',
  async diagnose(given) {
    const races = [...(await readRaces(given.scene)), ...(await readUnseenTwins(given.scene))];
    if (races.length === 0) return mayBe(given);
    const groups = new Map<string, Race[]>();
    for (const race of races)
      groups.set(`${race.node} ${race.dst}`, [...(groups.get(`${race.node} ${race.dst}`) ?? []), race]);
    return found([...groups.values()].map((group) => draft(given, group)));
  },
};

/** Lookups that wait for the resolver's time-out, on a node where inserts failed: only the packets tell whether they race. */
function mayBe({ facts, cluster }: Case): CauseConclusion {
  const nodes = new Set(lateLookups(facts).map((row) => cluster.nodeOf(row)));
  // A pod's node may not be known.
  const failed = facts.counters.find(
    (c) =>
      c.origin === 'conntrack' &&
      c.name === 'insert_failed' &&
      Number(c.value) > 0 &&
      (nodes.has(undefined) || nodes.has(cluster.nodeOf(c))) &&
      nodes.size > 0,
  );
  if (failed === undefined) return quiet;
  const on = cluster.nodeOf(failed) ?? 'the node';
  return cannotTell(
    `tcpdump -nni any -w dns.pcap 'udp port 53'    # on ${on}, while such a lookup is made`,
    `the queries that ${on} sends`,
  );
}

interface Race {
  readonly node: string | undefined;
  readonly src: string;
  readonly dst: string;
  readonly tap: number;
  /** Who answers, where the tap shows the answer with another source than the query's destination (DNAT on a bridge). */
  readonly service?: string | undefined;
  /** First query, its twin, and the repetition, with what each is. */
  readonly shown: readonly (readonly [string, number])[];
}

const TWIN_NS = 20_000_000;
const [EARLY_NS, LATE_NS] = [4_500_000_000, 5_700_000_000];

/**
 * The flows whose queries `where` are as many as `times` says and come again as late as a resolver asks: few among all lookups, whose
 * lists would not fit into the memory of the database.
 */
const askedAgain = (where: string, times: string): string => `again AS (
      SELECT tap, src, dst, sport FROM packet_raw
      WHERE ${where} GROUP BY tap, src, dst, sport HAVING count(*) ${times} AND max(time_ns) - min(time_ns) >= ${EARLY_NS})`;

/** Flows to port 53 at one tap: two queries within 20 ms, one answer to them, and a query again 5 s later. */
async function readRaces(scene: Scene): Promise<Race[]> {
  if (!scene.holds('dns')) return [];
  const rows = await scene.rows(`
    WITH ${askedAgain('proto = 17 AND dport = 53 AND time_ns >= 0', 'BETWEEN 3 AND 8')},
    q AS (
      SELECT tap, src, dst, sport, list([time_ns, place] ORDER BY time_ns, place)[1:8] AS asked FROM packet_raw JOIN again USING (tap, src, dst, sport)
      WHERE proto = 17 AND dport = 53 AND time_ns >= 0 GROUP BY tap, src, dst, sport),
    r AS (
      SELECT dst AS src, src AS dst, dport AS sport, min(tap) AS at, list(time_ns ORDER BY time_ns)[1:8] AS answered FROM packet_raw
      WHERE proto = 17 AND sport = 53 AND time_ns >= 0 AND (dst, src, dport) IN (SELECT src, dst, sport FROM again) GROUP BY ALL)
    SELECT q.*, r.answered FROM q JOIN r USING (src, dst, sport) ORDER BY q.tap, q.src, q.dst, q.sport LIMIT 2000`);
  return rows.flatMap((row): Race[] => {
    const asked = (row['asked'] as readonly (readonly unknown[])[]).map(
      ([ns, place]) => [Number(ns), Number(place)] as const,
    );
    const answered = (row['answered'] as readonly unknown[]).map(Number);
    const [first, twin] = asked;
    const again = asked.find(([ns]) => ns - first![0] >= EARLY_NS && ns - first![0] <= LATE_NS);
    if (first === undefined || twin === undefined || again === undefined || twin[0] - first[0] > TWIN_NS) return [];
    // The same packet at two interfaces of one tap would look like twins: their answers would be two as well.
    if (asked.filter(([ns]) => ns < again[0]).length !== 2 || answered.filter((ns) => ns < again[0]).length !== 1)
      return [];
    const tap = scene.tap(Number(row['tap']));
    return [
      {
        node: tap.node,
        src: scene.address(Number(row['src'])),
        dst: scene.address(Number(row['dst'])),
        tap: tap.tap,
        shown: [
          ['first query', first[1]],
          ['its twin', twin[1]],
          ['repeated 5 s later', again[1]],
        ],
      },
    ];
  });
}

/**
 * The same at a tap behind the drop (a bridge that hands its frames to iptables): only one of the first two queries is
 * there, and it is answered; 5 s later the resolver sends it again, with the same id, and now its twin is there as well.
 * Nobody repeats a query that was answered, unless another answer is missing.
 */
async function readUnseenTwins(scene: Scene): Promise<Race[]> {
  if (!scene.holds('dns')) return [];
  const rows = await scene.rows(`
    WITH ${askedAgain('proto = 17 AND dport = 53 AND time_ns >= 0 AND dns_id >= 0', '= 3')},
    q AS (
      SELECT tap, src, dst, sport, list([time_ns, place, dns_id] ORDER BY time_ns, place)[1:4] AS asked FROM packet_raw JOIN again USING (tap, src, dst, sport)
      WHERE proto = 17 AND dport = 53 AND time_ns >= 0 AND dns_id >= 0 GROUP BY tap, src, dst, sport),
    r AS (
      SELECT tap, dst AS src, src AS service, dport AS sport, list([time_ns, dns_id] ORDER BY time_ns)[1:8] AS answered FROM packet_raw
      WHERE proto = 17 AND sport = 53 AND time_ns >= 0 AND dns_id >= 0 AND (tap, dst, dport) IN (SELECT tap, src, sport FROM again) GROUP BY ALL)
    SELECT q.*, r.service, r.answered FROM q JOIN r USING (tap, src, sport) ORDER BY q.tap, q.src, q.dst, q.sport, r.service LIMIT 2000`);
  return rows.flatMap((row): Race[] => {
    const numbers = (name: string): number[][] =>
      (row[name] as readonly (readonly unknown[])[]).map((each) => each.map(Number));
    const [first, ...later] = numbers('asked');
    const [again, twin] = [later.find((q) => q[2] === first![2]), later.find((q) => q[2] !== first![2])];
    if (first === undefined || again === undefined || twin === undefined) return [];
    const waited = again[0]! - first[0]!;
    if (waited < EARLY_NS || waited > LATE_NS || Math.abs(twin[0]! - again[0]!) > TWIN_NS) return [];
    const answers = numbers('answered').filter(([ns]) => ns! < Math.min(again[0]!, twin[0]!));
    if (answers.length !== 1 || answers[0]![1] !== first[2]) return [];
    const tap = scene.tap(Number(row['tap']));
    return [
      {
        node: tap.node,
        src: scene.address(Number(row['src'])),
        dst: scene.address(Number(row['dst'])),
        tap: tap.tap,
        service: scene.address(Number(row['service'])),
        shown: [
          ['a query, answered', first[1]!],
          ['repeated 5 s later all the same', again[1]!],
          ['its twin, which was lost the first time', twin[1]!],
        ],
      },
    ];
  });
}

function draft(given: Case, races: readonly Race[]): CauseDraft {
  const { facts, cluster } = given;
  const [first] = races as [Race];
  const homes = new Set([first.node, cluster.owner(first.src).node].filter((n) => n !== undefined));
  const failed: Fact<typeof counter>[] = facts.counters.filter(
    (c) =>
      c.origin === 'conntrack' &&
      c.name === 'insert_failed' &&
      Number(c.value) > 0 &&
      homes.has(cluster.nodeOf(c) ?? ''),
  );
  const sources = new Set(races.map((r) => r.src));
  const servers = new Set(races.flatMap((r) => [r.service ?? r.dst, r.dst]));
  const [asked] = [...servers] as [string];
  const explains = (s: FindingDraft): boolean =>
    s.code === 'unreplied-udp' &&
    (s.flows ?? []).length > 0 &&
    (s.flows ?? []).every((flow) => sources.has(flow.src) && servers.has(flow.dst) && (flow.dport ?? 53) === 53);
  const on = first.node ?? cluster.owner(first.src).node ?? 'the node';
  return {
    code: 'conntrack-insert-race',
    severity: 'warning',
    confidence: failed.length > 0 ? 'proven' : 'likely',
    title: `One of two DNS queries of ${first.src} is lost, and repeated 5 s later`,
    summary: `Two DNS queries that ${[...sources].slice(0, 3).join(', ')} sent to ${asked} at the same time from one port race for their conntrack entry on ${on}; one is dropped, and the name is resolved 5 s later.`,
    explanation: `Both queries are translated before either has an entry; only one can be inserted, the other packet is dropped${failed.length > 0 ? ' and counted as insert_failed' : ''}. It concerns names that are asked for as A and AAAA together.`,
    subjects: subjects(...servers, ...sources, on),
    count: races.length,
    evidence: evidence(
      ...(first.shown.map(([role, place]): Cite => ({ role, at: { tap: first.tap, place } })) as [Cite, ...Cite[]]),
      ...races
        .slice(1, 4)
        .flatMap((r) => r.shown.slice(-1).map(([role, place]): Cite => ({ role, at: { tap: r.tap, place } }))),
      ...failed.slice(0, 4).map((at): Cite => ({ role: 'inserts that failed', at })),
    ),
    remedy: [
      {
        command: `kubectl patch deployment NAME -p '{"spec":{"template":{"spec":{"dnsConfig":{"options":[{"name":"single-request-reopen"}]}}}}}'    # the deployment of ${first.src}`,
        why: 'The resolver then asks from two ports, one after the other. For the whole cluster: NodeLocal DNSCache, which asks upstream by TCP and without translation.',
        verify: 'conntrack -S | grep -oE "insert_failed=[0-9]+"    # does not grow; no query repeated after 5 s',
        rollback: 'kubectl rollout undo deployment NAME',
      },
    ],
    wants:
      failed.length > 0
        ? []
        : [
            {
              what: `the counters of connection tracking of ${on}`,
              collect: `conntrack -S    # on ${on}, before and after such a lookup`,
            },
          ],
    explains,
  };
}
