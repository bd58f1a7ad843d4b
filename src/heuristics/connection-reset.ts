import type { Cite, FindingDraft, NonEmpty, Severity } from '../core/finding.js';
import { type Attempt, attempts } from '../model/attempts.js';
import type { Scene } from '../model/scene.js';
import { type Endpoint, soleEndpoint } from '../model/service-endpoints.js';
import { type Heuristic, looked, skipped } from './heuristic.js';
import { resetsInsteadOfAnswers } from './reset-instead-of-answer.js';
import { toldRefusals } from './told-refusal.js';

/**
 * RST in answer to a SYN: nothing listens there, or something on the way refuses (REJECT --reject-with tcp-reset).
 *
 * For information only: a server that accepts other connections in the same bundle (starting up, a full backlog); the
 * kubelet's probes of pods on its own node; knocking from outside the cluster; a server outside it; a single try.
 */
const isRefused = (a: Attempt): boolean => a.reset && !a.synAck && !a.clientAck;

/** Who refuses: of a service its endpoint, where there is one only. */
function serverOf(scene: Scene, { dst, dport }: Attempt): Endpoint {
  const address = scene.address(dst);
  const end = scene.owner(dst).role === 'service' ? soleEndpoint(scene.cluster, address, dport) : undefined;
  return end ?? { address, port: dport };
}

function severityOf(scene: Scene, group: readonly Attempt[], accepts: boolean): Severity {
  const first = group[0]!;
  const client = scene.owner(first.src);
  const server = scene.owner(first.dst);
  if (accepts || group.length < 2) return 'info';
  const probe =
    (client.role === 'node' || client.role === 'gateway' || client.role === 'vtep') &&
    client.node !== undefined &&
    client.node === server.node;
  // An answer from outside shows that the way there and back works; what listens there is not the cluster's affair.
  if (probe || client.role === 'outside' || server.role === 'outside') return 'info';
  return 'warning';
}

/** The port and the sequence number of the client, which address translation mostly leaves alone. */
const identity = (a: Attempt): string => `${a.sport} ${a.seq}`;

/** Captures at several places show one refusal several times: it is told as the capture nearest the client shows it. */
function nearestClient(
  scene: Scene,
  groups: readonly (readonly Attempt[])[],
): readonly { readonly near: readonly Attempt[]; readonly all: readonly Attempt[] }[] {
  const far = (group: readonly Attempt[]): number => {
    const { node } = scene.tap(group[0]!.tap);
    return node !== undefined && group.some((a) => scene.owner(a.src).node === node) ? 0 : 1;
  };
  const kept: { near: readonly Attempt[]; all: Attempt[] }[] = [];
  const known = new Map<string, { near: readonly Attempt[]; all: Attempt[] }>();
  for (const group of [...groups].sort(
    (a, b) => far(a) - far(b) || a[0]!.source - b[0]!.source || a[0]!.place - b[0]!.place,
  )) {
    const same = group.map((a) => (a.seq > 0 ? known.get(identity(a)) : undefined)).find((one) => one !== undefined);
    const one = same ?? { near: group, all: [] };
    if (same === undefined) kept.push(one);
    one.all.push(...group);
    for (const a of group) known.set(identity(a), one);
  }
  return kept;
}

function draft(scene: Scene, group: readonly Attempt[], all: readonly Attempt[], accepts: boolean): FindingDraft {
  const first = group[0]!;
  const tap = scene.tap(first.tap);
  const clients = [...new Set(group.map((a) => a.src))];
  return {
    code: 'connection-reset',
    severity: severityOf(scene, group, accepts),
    confidence: 'proven',
    title: `${scene.describe(first.dst)} port ${first.dport} refuses connections from ${clients
      .slice(0, 3)
      .map((c) => scene.describe(c))
      .join(', ')}`,
    explanation: `${group.length} connection attempts seen ${tap.node === undefined ? `in ${tap.file}` : `at ${tap.node}`} were answered by RST.${accepts ? ' Other connections to it succeeded.' : ''}`,
    subjects: [
      ...new Set([
        ...all.map((a) => scene.address(a.dst)),
        ...clients.map((c) => scene.address(c)),
        ...[tap.node, scene.owner(first.dst).node].filter((n) => n !== undefined),
      ]),
    ],
    count: group.length,
    evidence: group
      .slice(0, 10)
      .flatMap((a): Cite[] => [
        { role: 'SYN that was refused', at: { tap: a.tap, place: a.place } },
        ...(a.resetAt === undefined ? [] : [{ role: 'RST in answer', at: a.resetAt }]),
      ]) as unknown as NonEmpty<Cite>,
    flows: group.map((a) => {
      const { address, port } = serverOf(scene, a);
      return { src: scene.address(a.src), dst: address, dport: port };
    }),
    firstNs: Math.min(...group.map((a) => a.firstNs)),
    lastNs: Math.max(...group.map((a) => a.lastNs)),
    timeKind: tap.timeKind,
  };
}

export const connectionReset: Heuristic = {
  code: 'connection-reset',
  async run(scene) {
    const [tcp] = await scene.rows('SELECT count(*) AS n FROM attempt');
    const told = await toldRefusals(scene);
    if (Number(tcp?.['n']) === 0) {
      if (told.length > 0) return looked(told);
      return skipped(
        ['a packet with a TCP SYN, or a transcript or log line that says `Connection refused`'],
        "tcpdump -nn -i any -w reset.pcap 'tcp[tcpflags] & (tcp-syn|tcp-rst) != 0'    # on the node of the client",
      );
    }
    if (!scene.holds('reset')) return looked(told);
    const accepting = new Set(
      (await scene.rows('SELECT DISTINCT dst, dport FROM attempt WHERE syn_ack')).map(
        (row) => `${Number(row['dst'])} ${Number(row['dport'])}`,
      ),
    );
    const groups = new Map<string, Attempt[]>();
    for (const attempt of (await attempts(scene, 'reset AND NOT syn_ack AND NOT client_ack')).filter(isRefused)) {
      const { address, port } = serverOf(scene, attempt);
      const key = `${attempt.source} ${address} ${port}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [attempt]);
      else group.push(attempt);
    }
    return looked([
      ...nearestClient(scene, [...groups.values()]).map(({ near, all }) =>
        draft(
          scene,
          near,
          all,
          all.some((a) => accepting.has(`${a.dst} ${a.dport}`)),
        ),
      ),
      ...(await resetsInsteadOfAnswers(scene)),
      ...told,
    ]);
  },
};
