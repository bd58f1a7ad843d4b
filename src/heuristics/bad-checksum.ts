import type { Cite, FindingDraft, NonEmpty, Severity } from '../core/finding.js';
import type { Scene } from '../model/scene.js';
import { type DamagedFrames, damagedFrames } from './damaged-frames.js';
import { type Heuristic, looked, skipped } from './heuristic.js';
import { insideRole, severityOfSilence, worksOutwards } from './severity.js';

/**
 * Frames come in with a wrong checksum, and nobody answers them.
 *
 * Physics: with transmit offload the checksum is the network card's work, so the sender's own tap shows wrong ones. At the
 * receiver's tap nothing explains them: its kernel drops the packet, and only a counter grows (UdpInCsumErrors).
 *
 * Innocent: the sender's tap; conversations that were answered; a sender of which every frame is wrong, which is a virtual
 * link that carries unfinished checksums from end to end (unless the receiver's counters or log say that it dropped some);
 * frames that the receiver merged, and cut ones.
 */
interface Support {
  /** Protocol whose checksums it is about: Udp, Tcp, Icmp, Ip. */
  readonly about: string;
  readonly words: string;
  readonly cite: Cite;
}

/** Counters of what the kernel dropped for its checksum, and its log lines, by node. */
async function supports(scene: Scene): Promise<ReadonlyMap<string, readonly Support[]>> {
  const found = new Map<string, Support[]>();
  const add = (node: string | undefined, support: Support): void => {
    if (node !== undefined) found.set(node, [...(found.get(node) ?? []), support]);
  };
  for (const counter of scene.cluster.facts.counters) {
    if (!/InCsumErrors$/.test(counter.name) || Number(counter.value) === 0) continue;
    add(scene.cluster.nodeOf(counter), {
      about: /^[A-Za-z]*?(Udp|Tcp|Icmp|Ip)/.exec(counter.name)?.[1] ?? '',
      words: `${counter.name} ${counter.value}`,
      cite: { role: 'counter of what the kernel dropped for it', at: { source: counter.source, line: counter.line } },
    });
  }
  for (const log of scene.cluster.facts.logs) {
    if (log.code !== 'bad-checksum' || !BAD.test(log.message)) continue;
    add(scene.cluster.nodeOf(log), {
      about: log.message.startsWith('UDP') ? 'Udp' : 'Tcp',
      words: 'the kernel log',
      cite: { role: 'the kernel says so', at: { source: log.source, line: log.line } },
    });
  }
  return found;
}

const BAD = /^(?:UDP|TCP)(?:Lite|v6)?: bad checksum/;

/** The protocol whose counter grows when the receiving node itself drops such a frame. */
const countedAs = ({ layer, proto }: DamagedFrames): string =>
  layer === 'envelope' ? 'Udp' : layer === 'ip' ? 'Ip' : ({ 1: 'Icmp', 6: 'Tcp', 17: 'Udp', 58: 'Icmp' }[proto] ?? '');

const LAYER: Readonly<Record<DamagedFrames['layer'], string>> = {
  envelope: 'outer UDP checksum',
  ip: 'IP header checksum',
  transport: 'checksum',
};

function draft(
  scene: Scene,
  group: readonly DamagedFrames[],
  support: readonly Support[],
  outwards: ReadonlySet<string>,
): FindingDraft {
  const first = group[0]!;
  const { tap, layer } = first;
  const count = group.reduce((sum, d) => sum + d.count, 0);
  const sound = first.sound > 0;
  const cites: Cite[] = group
    .slice(0, 12)
    .flatMap(({ places }) =>
      places
        .slice(0, Math.max(1, Math.floor(12 / group.length)))
        .map((place): Cite => ({ role: `wrong ${LAYER[layer]}`, at: { tap: tap.tap, place } })),
    );
  cites.push(...support.slice(0, 5).map(({ cite }) => cite));
  cites.push({
    role: 'no answer',
    absent: `no packet back from ${[...new Set(group.map((d) => scene.address(d.dst)))].slice(0, 4).join(' or ')} to ${scene.address(first.src)}`,
    searched: [tap.source],
  });
  const worst = severityOfSilence(scene, first.src, first.dst, outwards);
  const severity: Severity =
    !sound && support.length === 0 ? 'info' : count < 2 && worst === 'critical' ? 'warning' : worst;
  const where = `${tap.ifname ?? tap.file}${tap.node === undefined ? '' : ` of ${tap.node}`}`;
  const told = support.length === 0 ? '' : ` The receiver has counted or logged such drops (${support[0]!.words}).`;
  return {
    code: 'bad-checksum',
    severity,
    confidence: sound ? (support.length > 0 ? 'proven' : 'likely') : support.length > 0 ? 'likely' : 'possible',
    title: `Packets from ${scene.describe(first.from)} reach ${where} with a wrong ${LAYER[layer]}`,
    explanation: `${count} frames came in with a wrong ${LAYER[layer]}, and none of them was answered${sound ? `; ${first.sound} others of this sender are right, so no offload on the way explains it` : '; every frame of this sender is wrong, as on a virtual link that leaves checksums unfinished'}.${told}`,
    subjects: [
      ...new Set([
        scene.address(first.to),
        scene.address(first.from),
        ...group.slice(0, 10).flatMap((d) => [scene.address(d.dst), scene.address(d.src)]),
        ...[tap.node, scene.owner(first.from).node, tap.ifname].filter((n) => n !== undefined),
      ]),
    ],
    count,
    evidence: cites as unknown as NonEmpty<Cite>,
    flows: group.map((d) => ({
      src: scene.address(d.src),
      dst: scene.address(d.dst),
      dport: d.dport < 0 ? undefined : d.dport,
    })),
    firstNs: Math.min(...group.map((d) => d.firstNs)),
    lastNs: Math.max(...group.map((d) => d.lastNs)),
    timeKind: tap.timeKind,
  };
}

/** What the kernel logged of packets from one address, where no capture shows them. */
async function logged(scene: Scene): Promise<readonly FindingDraft[]> {
  const rows = await scene.rows(`
    SELECT s.node, l.address, l.address2, count(*) AS n, list([l.source, l.line] ORDER BY l.source, l.line)[1:12] AS places, min(l.time_ns) AS first_ns, max(l.time_ns) AS last_ns, min(l.time_kind) AS time_kind
    FROM log l JOIN source s USING (source) WHERE l.code = 'bad-checksum' AND l.message LIKE '%bad checksum%' AND l.address IS NOT NULL AND l.address2 IS NOT NULL
    GROUP BY ALL ORDER BY places[1], l.address, l.address2 LIMIT 200`);
  return rows.map((row): FindingDraft => {
    const [from, to] = [String(row['address']), String(row['address2'])];
    const node = row['node'] === null ? undefined : String(row['node']);
    const sender = scene.cluster.owner(from).role;
    const count = Number(row['n']);
    const ns = (name: string): number => (row[name] === null ? -1 : Number(row[name]));
    return {
      code: 'bad-checksum',
      severity: (insideRole(sender) || sender === 'unknown') && count >= 2 ? 'warning' : 'info',
      confidence: 'proven',
      title: `${node ?? 'A host'} dropped packets from ${scene.describeAddress(from)} to ${scene.describeAddress(to)} for their checksum`,
      explanation: `The kernel logged ${count} packet${count === 1 ? '' : 's'} whose checksum was wrong when ${count === 1 ? 'it' : 'they'} arrived, and drops such packets.`,
      subjects: [...new Set([to, from, ...[node, scene.cluster.owner(from).node].filter((n) => n !== undefined)])],
      count,
      evidence: (row['places'] as readonly (readonly unknown[])[]).map(
        ([source, line]): Cite => ({
          role: 'dropped for its checksum',
          at: { source: Number(source), line: Number(line) },
        }),
      ) as unknown as NonEmpty<Cite>,
      flows: [{ src: from, dst: to }],
      firstNs: ns('first_ns'),
      lastNs: ns('last_ns'),
      timeKind: String(row['time_kind']),
    };
  });
}

export const badChecksum: Heuristic = {
  code: 'bad-checksum',
  async run(scene) {
    const told = await logged(scene);
    if (!scene.taps.some((tap) => tap.kind === 'capture') && told.length === 0)
      return skipped(
        ["a capture on the receiver's uplink, with whole frames"],
        'tcpdump -nn -i UPLINK -s 0 -w received.pcap host SENDER; nstat -az | grep -i csum    # on the receiving node',
      );
    const support = await supports(scene);
    const outwards = await worksOutwards(scene);
    const frames = await damagedFrames(scene);
    const groups = new Map<string, DamagedFrames[]>();
    for (const damaged of frames) {
      if (damaged.answered) continue;
      const key = `${damaged.tap.node ?? damaged.tap.source} ${damaged.from} ${damaged.to} ${damaged.layer}`;
      groups.set(key, [...(groups.get(key) ?? []), damaged]);
    }
    return looked([
      ...[...groups.values()].map((group) =>
        draft(
          scene,
          group,
          (support.get(group[0]!.tap.node ?? '') ?? []).filter(({ about }) => about === countedAs(group[0]!)),
          outwards,
        ),
      ),
      ...told,
    ]);
  },
};
