import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import type { Scene } from '../model/scene.js';
import { type Heuristic, looked, skipped } from './heuristic.js';
import { type LargeEchoes, largeEchoes } from './large-echoes.js';
import { largePingsTold } from './large-pings-told.js';
import { type StuckStream, stuckStreams } from './large-segments.js';
import { severityOfSilence, worksOutwards } from './severity.js';

/**
 * Small packets of a conversation get through, packets above some size never.
 *
 * Physics: a router whose next link is smaller drops a packet that must not be fragmented and says so (RFC 1191, RFC 8201).
 * Where that message is lost, the sender repeats the large segment while everything small works.
 *
 * Innocent: a sender that was told and goes on with smaller segments; frames larger than the MTU at the sender's tap
 * (segmentation offload); a single loss; a peer that is gone (its earlier segments of this size were acknowledged).
 */
interface TooBig {
  readonly tap: number;
  readonly place: number;
  readonly by: number;
  readonly mtu: number;
}

/** "Fragmentation needed" by the flow that it quotes. */
async function told(scene: Scene): Promise<ReadonlyMap<string, TooBig>> {
  if (!scene.holds('quote')) return new Map();
  const rows = await scene.rows(`
    SELECT t.source, p.quoted_src, p.quoted_dst, min(p.tap) AS tap, arg_min(p.place, (p.tap, p.place)) AS place, arg_min(p.src, (p.tap, p.place)) AS by, min(p.icmp_mtu) AS mtu
    FROM packet_raw p JOIN tap t USING (tap) WHERE p.quoted_dst <> 0 AND (p.proto = 1 AND p.icmp_type = 3 AND p.icmp_code = 4 OR p.proto = 58 AND p.icmp_type = 2)
    GROUP BY ALL ORDER BY ALL LIMIT 1000`);
  return new Map(
    rows.map((row) => [
      `${row['source']} ${row['quoted_src']} ${row['quoted_dst']}`,
      { tap: Number(row['tap']), place: Number(row['place']), by: Number(row['by']), mtu: Number(row['mtu']) },
    ]),
  );
}

/** Who opened the conversation: of two ports the server's is the lower one. */
const clientFirst = ({ src, sport, dst, dport }: StuckStream): readonly [number, number] =>
  sport >= dport ? [src, dst] : [dst, src];

function draft(
  scene: Scene,
  group: readonly StuckStream[],
  tooBig: TooBig | undefined,
  outwards: ReadonlySet<string>,
): FindingDraft {
  const first = group[0]!;
  const tap = scene.tap(first.tap);
  const where = tap.node === undefined ? tap.file : `${tap.node}${tap.ifname === undefined ? '' : ` on ${tap.ifname}`}`;
  const lost = Math.min(...group.map((s) => s.lost));
  const passed = Math.max(...group.map((s) => s.passed));
  const times = group.reduce((sum, s) => sum + s.times, 0);
  const cites: Cite[] = [];
  const each = Math.max(1, Math.floor(12 / group.length));
  for (const s of group.slice(0, 12)) {
    const { places } = s;
    const shown = places.length <= each ? places : [...places.slice(0, each - 1), places.at(-1)!];
    for (const place of each === 1 ? places.slice(0, 1) : shown)
      cites.push({
        role: s.how === 'sent' ? 'large segment, sent again and again' : 'what came after the missing bytes',
        at: { tap: s.tap, place },
      });
    if (cites.length < 16)
      cites.push({ role: 'the last that was acknowledged', at: { tap: s.ackTap, place: s.ackPlace } });
  }
  if (first.passedPlace >= 0)
    cites.push({
      role: `largest that got through, ${first.passed} bytes`,
      at: { tap: first.tap, place: first.passedPlace },
    });
  if (tooBig !== undefined) cites.push({ role: 'said to be too big', at: { tap: tooBig.tap, place: tooBig.place } });
  cites.push({
    role: 'never acknowledged',
    absent: `no acknowledgement of a segment of ${lost} bytes or more from ${scene.address(first.src)} to ${scene.address(first.dst)}`,
    searched: [first.source],
  });
  const port = Math.min(first.sport, first.dport);
  const limit = passed > 0 ? `${passed} bytes pass` : 'only packets without data pass';
  const how =
    first.how === 'sent'
      ? `The same bytes were sent ${times} times, in packets of ${lost} bytes at the smallest, and were never acknowledged; what was smaller was.`
      : `${lost} bytes are missing here while smaller packets that were sent later arrive; the receiver asked for them ${times} times.`;
  const said =
    tooBig === undefined
      ? ''
      : ` ${scene.address(tooBig.by)} says that they are too big${tooBig.mtu > 0 ? ` for a link of ${tooBig.mtu}` : ''}; the sender does not act on it.`;
  const [client, server] = clientFirst(first);
  return {
    code: 'large-packets-lost',
    severity: severityOfSilence(scene, client, server, outwards),
    confidence: group.length > 1 || tooBig !== undefined || (first.alive && first.passed > 0) ? 'proven' : 'likely',
    title: `Large TCP segments from ${scene.describe(first.src)} to ${scene.describe(first.dst)} (port ${port}) never arrive: ${limit}, ${lost} do not`,
    explanation: `${group.length === 1 ? 'One connection' : `${group.length} connections`} seen at ${where}. ${how}${said}`,
    subjects: [
      ...new Set([
        scene.address(first.dst),
        scene.address(first.src),
        ...[scene.owner(first.dst).node, scene.owner(first.src).node, tap.node, tap.ifname].filter(
          (n) => n !== undefined,
        ),
      ]),
    ],
    count: times,
    evidence: cites as unknown as NonEmpty<Cite>,
    // Of a hole it is known how many bytes are missing, and not in how many packets.
    sizes: { passed, lost: first.how === 'sent' ? lost : undefined },
    flows: group.map((s) => {
      const [from, to] = clientFirst(s);
      return { src: scene.address(from), dst: scene.address(to), dport: Math.min(s.sport, s.dport) };
    }),
    firstNs: Math.min(...group.map((s) => s.firstNs)),
    lastNs: Math.max(...group.map((s) => s.lastNs)),
    timeKind: tap.timeKind,
  };
}

function echoDraft(scene: Scene, e: LargeEchoes, outwards: ReadonlySet<string>): FindingDraft {
  const tap = scene.tap(e.passedAt.tap);
  const cites: Cite[] = [
    ...e.lostAt.slice(0, 10).map((at): Cite => ({ role: 'large request, no answer', at })),
    { role: `largest that was answered, ${e.passed} bytes`, at: e.passedAt },
    {
      role: 'no answer',
      absent: `no echo reply to a request of ${e.lost} bytes or more from ${scene.address(e.dst)}`,
      searched: [e.source],
    },
  ];
  return {
    code: 'large-packets-lost',
    severity: severityOfSilence(scene, e.src, e.dst, outwards),
    confidence: 'proven',
    title: `Large pings from ${scene.describe(e.src)} to ${scene.describe(e.dst)} get no answer: ${e.passed} bytes pass, ${e.lost} do not`,
    explanation: `${e.requests} echo requests of ${e.lost} bytes or more got no answer and no word that they are too big; those up to ${e.passed} bytes did.`,
    subjects: [
      ...new Set([
        scene.address(e.dst),
        scene.address(e.src),
        ...[scene.owner(e.dst).node, scene.owner(e.src).node, tap.node].filter((n) => n !== undefined),
      ]),
    ],
    count: e.requests,
    evidence: cites as unknown as NonEmpty<Cite>,
    sizes: { passed: e.passed, lost: e.lost },
    flows: [{ src: scene.address(e.src), dst: scene.address(e.dst) }],
    firstNs: e.firstNs,
    lastNs: e.lastNs,
    timeKind: tap.timeKind,
  };
}

/** Several taps of one piece show one stream: the one nearest the sender sees most of its tries. */
function nearest(streams: readonly StuckStream[]): readonly StuckStream[] {
  const found = new Map<string, StuckStream>();
  for (const s of streams) {
    const key = `${s.source} ${s.src} ${s.sport} ${s.dst} ${s.dport}`;
    const known = found.get(key);
    if (
      known === undefined ||
      (known.how === 'hole' && s.how === 'sent') ||
      (known.how === s.how && s.times > known.times)
    )
      found.set(key, s);
  }
  return [...found.values()];
}

export const largePacketsLost: Heuristic = {
  code: 'large-packets-lost',
  async run(scene) {
    const [data] = await scene.rows(
      "SELECT count(*) AS n FROM packet_raw p JOIN tap t USING (tap) WHERE t.kind <> 'log' AND (p.proto = 6 AND p.payload_len > 0 OR p.icmp_type IN (8, 128))",
    );
    const pings = await largePingsTold(scene);
    if (Number(data?.['n']) === 0 && pings.length === 0)
      return skipped(
        ['TCP segments with data, or pings of several sizes'],
        "tcpdump -nn -i any -s 128 -w sizes.pcap 'tcp or icmp'    # on the sender's node while it hangs; meanwhile ping -c 3 -M do -s 1000 PEER; ping -c 3 -M do -s 1422 PEER",
      );
    const outwards = await worksOutwards(scene);
    const tooBig = await told(scene);
    const groups = new Map<string, StuckStream[]>();
    for (const stream of nearest(await stuckStreams(scene))) {
      const key = `${stream.source} ${stream.src} ${stream.dst} ${Math.min(stream.sport, stream.dport)}`;
      groups.set(key, [...(groups.get(key) ?? []), stream]);
    }
    return looked([
      ...[...groups.values()].map((group) =>
        draft(scene, group, tooBig.get(`${group[0]!.source} ${group[0]!.src} ${group[0]!.dst}`), outwards),
      ),
      ...(await largeEchoes(scene)).map((e) => echoDraft(scene, e, outwards)),
      ...pings,
    ]);
  },
};
