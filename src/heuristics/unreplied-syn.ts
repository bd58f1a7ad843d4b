import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import { type Attempt, attempts } from '../model/attempts.js';
import type { Scene } from '../model/scene.js';
import { type Heuristic, looked, skipped } from './heuristic.js';
import { isPublished, severityOfSilence, worksOutwards } from './severity.js';
import { TOLD_SYN, toldSilences } from './told-silence.js';

/**
 * A client repeats its SYN and nothing answers.
 *
 * Physics: a client retransmits a SYN only while no SYN-ACK and no RST has reached it (RFC 9293 3.8.1; Linux: after 1, 3,
 * 7 s, `tcp_syn_retries`). So a repeated SYN proves silence at the client even at a tap that cannot see the way back.
 *
 * Innocent: a single SYN at the end of a capture; a refused connection (RST: connection-reset); a SYN that was lost once
 * and answered at the next try; a tap with a SYN-only filter (then two tries may have been followed by success, so it
 * takes 3 s of silence); traceroute by TCP, whose SYNs shall not arrive; scans from outside the cluster (but not of a
 * node port, when it is tried again), and one dead target outside it among others that answer (info).
 * Where pasted text leaves the flags out, the times stand in: the finding is likely then, not proven.
 */
const MIN_SPAN = 0.9;
const BLIND_SPAN = 2.9;
const MIN_AFTER = 1;

/** traceroute and mtr give up after 30 hops; hosts start at 64, 128 or 255. */
const isProbe = (a: Attempt): boolean => a.ttl >= 0 && a.ttl <= 30;

/** SQL condition on attempts that may be silent. */
const SUSPICIOUS =
  'NOT reset AND NOT client_ack AND (NOT syn_ack OR (answer_ns >= 0 AND last_ns - answer_ns > 500000000))';

const isSilent = (a: Attempt): boolean =>
  !a.reset && !isProbe(a) && ((!a.synAck && !a.clientAck) || (a.repeatedAfterAnswer && !a.clientAck));

/** Enough to accuse on its own: the client waited for an answer and asked again. */
const isProof = (a: Attempt): boolean => a.tries >= 2 && (a.firstNs < 0 || a.span >= (a.blind ? BLIND_SPAN : MIN_SPAN));

interface Connection {
  /** The sighting nearest the client. */
  readonly near: Attempt;
  readonly all: readonly Attempt[];
}

/** LOG rules at several hooks show one packet within this time, before and after address translation. */
const SAME_PACKET_NS = 100_000_000;

/**
 * Ties the sightings of one connection together across taps and members: by initial sequence number; LOG lines, which
 * carry none, by four-tuple, and by client port and time where DNAT changed the destination between two hooks.
 */
function tie(list: readonly Attempt[]): Attempt[][] {
  const bySequence = new Map<string, Attempt[]>();
  const byTuple = new Map<string, Attempt[]>();
  const groups = new Set<Attempt[]>();
  const tuple = (a: Attempt): string => `${a.src} ${a.sport} ${a.dst} ${a.dport}`;
  const join = (a: Attempt, known: Attempt[] | undefined): Attempt[] => {
    const group = known ?? [];
    group.push(a);
    groups.add(group);
    return group;
  };
  for (const a of list) {
    if (a.seq === 0) continue;
    const key = `${a.seq} ${a.sport}`;
    const group = join(a, bySequence.get(key));
    bySequence.set(key, group);
    if (!byTuple.has(tuple(a))) byTuple.set(tuple(a), group);
  }
  const logged = new Map<string, Attempt[]>();
  for (const a of list) {
    if (a.seq > 0) continue;
    const client = `${a.source} ${a.src} ${a.sport}`;
    const before = logged.get(client) ?? [];
    const translated = before.find((b) => Math.abs(b.firstNs - a.firstNs) < SAME_PACKET_NS);
    const partner = translated === undefined ? undefined : byTuple.get(tuple(translated));
    const group = join(a, byTuple.get(tuple(a)) ?? partner);
    if (partner !== undefined && partner !== group) {
      group.push(...partner);
      groups.delete(partner);
      for (const b of partner) byTuple.set(tuple(b), group);
    }
    byTuple.set(tuple(a), group);
    logged.set(client, [...before, a]);
  }
  return [...groups];
}

const KIND_RANK = { capture: 0, text: 1, log: 2 } as const;

/** Connections with the sighting nearest the client: on the client's own node, rather in a capture than in a log. */
function connections(scene: Scene, list: readonly Attempt[]): Connection[] {
  const far = (a: Attempt): number => {
    const node = scene.tap(a.tap).node;
    return node !== undefined && node === scene.owner(a.src).node ? 0 : 1;
  };
  const kind = (a: Attempt): number => KIND_RANK[scene.tap(a.tap).kind];
  return tie(list).map((all) => {
    const near = [...all].sort(
      (a, b) =>
        far(a) - far(b) || kind(a) - kind(b) || a.source - b.source || a.firstNs - b.firstNs || a.place - b.place,
    )[0]!;
    return { near, all };
  });
}

function draft(scene: Scene, group: readonly Connection[], outwards: ReadonlySet<string>): FindingDraft {
  const first = group[0]!.near;
  const tap = scene.tap(first.tap);
  const timed = group.filter((c) => scene.tap(c.near.tap).timeKind === tap.timeKind);
  const clients = [...new Set(group.map((c) => c.near.src))];
  const asked = [...new Set(group.flatMap((c) => c.all.map((a) => `${scene.address(a.dst)}:${a.dport}`)))];
  const final = finalDestination(scene, group[0]!);
  const server = `${scene.describe(final.dst)} port ${final.dport}`;
  const tries = group.reduce((sum, c) => sum + c.near.tries, 0);
  const evidence: Cite[] = [];
  for (const connection of group) {
    for (const a of [connection.near, ...connection.all.filter((other) => other !== connection.near)]) {
      if (evidence.length >= 18) break;
      const where = scene.tap(a.tap);
      evidence.push({
        role:
          a === connection.near
            ? `${a.elided ? 'packet whose flags are not shown' : 'SYN'}, tried ${a.tries} times${a.span > 0 ? ` in ${a.span.toFixed(1)} s` : ''}`
            : `the same SYN${where.node === undefined ? '' : ` at ${where.node}`}`,
        at: { tap: a.tap, place: a.place },
      });
    }
  }
  const searched = [...new Set(group.flatMap((c) => c.all.map((a) => a.source)))].sort((a, b) => a - b);
  const seenHere = group.filter((c) => c.near.synAck);
  const clientNames = clients.map((c) => scene.address(c)).join(', ');
  evidence.push({
    role: 'no answer',
    absent:
      seenHere.length > 0
        ? `no ACK from ${clientNames} for the SYN-ACK of ${asked.join(' or ')}`
        : `no SYN-ACK and no RST from ${asked.join(' or ')} to ${clientNames}`,
    searched: searched as unknown as NonEmpty<number>,
  });
  const answeredElsewhere = group.flatMap((c) =>
    c.all.filter((a) => a !== c.near && a.synAck).map((a) => scene.tap(a.tap).file),
  );
  const via = tap.ifname === undefined ? '' : ` on ${tap.ifname}`;
  const at = tap.node === undefined ? `in ${tap.file}` : `at ${tap.node}`;
  const severity = severityOfSilence(scene, first.src, first.dst, outwards);
  // The tap that shows both directions may be one behind the translation.
  const asksService = (): boolean =>
    group.some((c) => c.all.some(isProof) && c.all.some((a) => isPublished(scene, a.dst, a.dport)));
  return {
    code: 'unreplied-syn',
    severity: severity === 'info' && asksService() ? 'warning' : severity,
    confidence: answeredElsewhere.length === 0 && (first.blind || first.elided) ? 'likely' : 'proven',
    title: `No answer to TCP SYNs from ${clients
      .map((c) => scene.describe(c))
      .slice(0, 3)
      .join(', ')} to ${server}`,
    explanation:
      `${group.length === 1 ? 'One connection attempt' : `${group.length} connection attempts`} (${tries} SYNs) seen ${at}${via} ${
        seenHere.length === 0
          ? 'got neither SYN-ACK nor RST'
          : `${seenHere.length === group.length ? '' : `(${seenHere.length} of them) `}got a SYN-ACK that came as far as this tap and not to the client`
      }; a client repeats a SYN only while nothing has reached it.` +
      (asked.length > 1
        ? ` The destination appears as ${asked.join(' and ')}, before and after address translation.`
        : '') +
      (answeredElsewhere.length > 0 && seenHere.length === 0
        ? ` The server did answer in ${[...new Set(answeredElsewhere)].join(', ')}: the answer was lost on its way back.`
        : ''),
    subjects: [
      ...new Set([
        scene.address(final.dst),
        ...clients.map((c) => scene.address(c)),
        ...group.flatMap((c) => c.all.map((a) => scene.address(a.dst))),
        ...group
          .flatMap((c) => [tap.node, scene.owner(c.near.dst).node, scene.owner(c.near.src).node])
          .filter((n) => n !== undefined),
        ...(tap.ifname === undefined ? [] : [tap.ifname]),
      ]),
    ],
    count: tries,
    evidence: evidence as unknown as NonEmpty<Cite>,
    flows: group.flatMap((c) =>
      c.all.map((a) => ({ src: scene.address(a.src), dst: scene.address(a.dst), dport: a.dport })),
    ),
    firstNs: Math.min(...timed.map((c) => c.near.firstNs)),
    lastNs: Math.max(...timed.map((c) => c.near.lastNs)),
    timeKind: tap.timeKind,
  };
}

/** Where the connection finally goes: after DNAT, which only later taps show. Only times of one kind compare. */
function finalDestination(scene: Scene, connection: Connection): Attempt {
  const { timeKind } = scene.tap(connection.near.tap);
  return connection.all
    .filter((a) => scene.tap(a.tap).timeKind === timeKind)
    .sort((a, b) => b.firstNs - a.firstNs || b.place - a.place)[0]!;
}

export const unrepliedSyn: Heuristic = {
  code: 'unreplied-syn',
  async run(scene) {
    const [tcp] = await scene.rows('SELECT count(*) AS n FROM attempt');
    const told = await toldSilences(scene, TOLD_SYN);
    if (Number(tcp?.['n']) === 0) {
      if (told.length > 0) return looked(told);
      return skipped(
        ['a packet with a TCP SYN: no capture, tcpdump output or LOG line shows one'],
        "tcpdump -nn -i any -w pods.pcap 'tcp[tcpflags] & (tcp-syn|tcp-rst) != 0'    # on the client\u2019s node while the connection is tried",
      );
    }
    const suspicious = await attempts(scene, SUSPICIOUS);
    const silent = suspicious.filter(isSilent);
    const groups = new Map<string, Connection[]>();
    const answered = await answeredSequences(scene);
    for (const connection of connections(scene, silent)) {
      // Another member, no farther from the client, shows that it was answered and went on.
      if (connection.near.seq > 0 && answered.has(`${connection.near.seq} ${connection.near.sport}`)) continue;
      const final = finalDestination(scene, connection);
      const key = `${connection.near.source} ${final.dst} ${final.dport}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [connection]);
      else group.push(connection);
    }
    const outwards = await worksOutwards(scene);
    const findings: FindingDraft[] = [];
    for (const group of groups.values()) {
      const proofs = group.filter((c) => c.all.some(isProof));
      const abandoned = group.filter((c) => c.near.after >= MIN_AFTER && !c.near.blind);
      if (proofs.length > 0)
        findings.push(draft(scene, [...proofs, ...abandoned.filter((c) => !proofs.includes(c))], outwards));
      else if (abandoned.length >= 3) findings.push(draft(scene, abandoned, outwards));
    }
    return looked([...findings, ...told]);
  },
};

/** Suspicious attempts whose connection some member shows established: the client acknowledged the answer. */
async function answeredSequences(scene: Scene): Promise<ReadonlySet<string>> {
  const went = 'SELECT seq, sport FROM attempt WHERE client_ack AND seq > 0';
  // In a capture of a million SYNs alone there are none, and the million need not be looked through.
  if ((await scene.rows(`${went} LIMIT 1`)).length === 0) return new Set();
  const rows = await scene.rows(
    `SELECT DISTINCT seq, sport FROM (${went}) WHERE seq IN (SELECT seq FROM attempt WHERE ${SUSPICIOUS})`,
  );
  return new Set(rows.map((row) => `${Number(row['seq'])} ${Number(row['sport'])}`));
}
