import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import { contains, type Prefix } from '../core/prefix.js';
import type { Scene } from '../model/scene.js';
import { type Heuristic, looked, skipped } from './heuristic.js';
import { Destinations } from './vxlan-destination.js';
import { type Answer, answers, type Envelope, readEnvelopes, seenAt, unreachables } from './vxlan-envelope.js';
import { distinct, misplaced, type Wrong } from './vxlan-misplaced.js';
import { outOfReach, type Reach } from './vxlan-out-of-reach.js';
import { contradicted, mayBeTranslated, senderEntries, senderHost } from './vxlan-sender.js';
import { type Chain, Tables } from './vxlan-tables.js';
import { toldByTables } from './vxlan-told-by-tables.js';

/**
 * A tunnel packet is sent to an address that is not one of the node that owns the inner destination, or to one of its
 * addresses that this sender cannot reach. Where the owner or its addresses are unknown, the newest lease of the pod subnet
 * tells. Without packets the sender's route, neighbour and FDB entry do (vxlan-told-by-tables.ts).
 *
 * The owner is told by pod list, podCIDR, lease or routes; its addresses by `ip addr`, the node object and annotations.
 *
 * Innocent: nodes of which only the node list is known (flannel may use a second interface); flooded broadcast and multicast;
 * envelopes whose conversation is answered from there, whatever address they use (NAT between sites), and those seen at a tap
 * where the address may be translated already. What the node at that address sends for its own pods is no answer.
 */
export const vxlanWrongOuterDst: Heuristic = {
  code: 'vxlan-wrong-outer-dst',
  async run(scene) {
    const destinations = new Destinations(scene);
    const tables = new Tables(scene);
    const envelopes = await readEnvelopes(scene);
    const reach: Reach = {
      seenFrom: await seenAt(scene, [...new Set(envelopes.map((e) => e.outerDst))]),
      unreachable: await unreachables(scene),
    };
    const whose = (id: number): string => scene.owner(id).node ?? destinations.leases.subnetOf(scene.address(id)) ?? '';
    const back = await answers(scene);
    const answeredBy = new Set(back.map(({ from, to, src }) => `${from} ${to} ${whose(src)}`));
    const groups = new Map<string, { wrong: Wrong; list: Envelope[] }>();
    for (const envelope of envelopes) {
      // Whatever the address: packets of the right node come back from it.
      if (answeredBy.has(`${envelope.outerDst} ${envelope.outerSrc} ${whose(envelope.dst)}`)) continue;
      const wrong = judge(scene, destinations, tables, envelope, reach);
      if (wrong === undefined) continue;
      const key = `${envelope.outerSrc} ${envelope.outerDst} ${wrong.whose}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { wrong, list: [envelope] });
      else group.list.push(envelope);
    }
    const told = toldByTables(scene, destinations, tables, packetsKnow(scene, tables, envelopes, back));
    if (envelopes.length === 0 && told.judged === 0)
      return skipped(
        ['a VXLAN, Geneve or flannel-udp packet for an address whose owner is known'],
        "tcpdump -nn -i any -w overlay.pcap 'udp port 8472 or udp port 4789'    # on both nodes; and kubectl get nodes -o yaml, kubectl get pods -A -o wide",
      );
    return looked([
      ...[...groups.values()].map(({ wrong, list }) => draft(scene, tables, list, wrong)),
      ...told.findings,
    ]);
  },
};

/** Why the envelope's destination is wrong, or undefined when it is right or nobody can tell. */
function judge(
  scene: Scene,
  destinations: Destinations,
  tables: Tables,
  envelope: Envelope,
  reach: Reach,
): Wrong | undefined {
  const address = scene.address(envelope.dst);
  const known = destinations.of(
    address,
    { ns: envelope.firstNs, kind: scene.tap(envelope.tap).timeKind },
    envelope.vni,
  );
  const elsewhere = mayBeTranslated(scene, envelope, reach.seenFrom);
  const verdict = misplaced(
    scene,
    { address, text: address, ...known, mayBeTranslated: elsewhere },
    scene.address(envelope.outerDst),
  );
  if (typeof verdict === 'object') return verdict;
  if (verdict === 'own') return outOfReach(scene, envelope, known.node!, reach);
  const nobodys = known.node === undefined && known.lease === undefined;
  return verdict === 'unknown' && nobodys && !elsewhere ? contradicted(scene, tables, envelope) : undefined;
}

/** True where packets know better than a host's tables: envelopes of it for the subnet, or from that address out of the subnet. */
function packetsKnow(
  scene: Scene,
  tables: Tables,
  envelopes: readonly Envelope[],
  back: readonly Answer[],
): (chain: Chain, prefix: Prefix) => boolean {
  const ids = new Map<string, Set<number>>();
  const note = (key: string, id: number): unknown => ids.set(key, (ids.get(key) ?? new Set()).add(id));
  for (const e of envelopes) note(senderHost(scene, tables, e), e.dst);
  for (const { from, src } of back) note(`from ${scene.address(from)}`, src);
  return (chain, prefix) =>
    [chain.host, `from ${chain.dst}`].some((key) =>
      [...(ids.get(key) ?? [])].some((id) => contains(prefix, scene.address(id))),
    );
}

function draft(scene: Scene, tables: Tables, copies: readonly Envelope[], wrong: Wrong): FindingDraft {
  // The same envelopes may be in captures of both ends: the sender's comes first, and they count once.
  const atSender = (e: Envelope): number =>
    scene.tap(e.tap).node === scene.cluster.nodeWithAddress(scene.address(e.outerSrc)) ? 0 : 1;
  const group = [...copies].sort((a, b) => atSender(a) - atSender(b));
  const first = group[0]!;
  const tap = scene.tap(first.tap);
  const perSource = new Map<number, number>();
  for (const e of group) perSource.set(e.source, (perSource.get(e.source) ?? 0) + e.packets);
  const packets = Math.max(...perSource.values());
  const timed = group.filter((e) => scene.tap(e.tap).timeKind === tap.timeKind);
  const inner = [...new Set(group.map((e) => e.dst))];
  const entries = senderEntries(scene, tables, group.find((e) => e.mac !== undefined) ?? first);
  const frames = group.map(
    (e): Cite => ({ role: `envelope to ${scene.address(e.outerDst)}`, at: { tap: e.tap, place: e.place } }),
  );
  const cites: Cite[] = [...frames.slice(0, 10), ...entries, ...wrong.cites];
  return {
    code: 'vxlan-wrong-outer-dst',
    severity: wrong.confidence === 'possible' ? 'warning' : 'critical',
    confidence: wrong.confidence,
    title: `Tunnel packets for ${inner
      .slice(0, 3)
      .map((d) => scene.describe(d))
      .join(', ')} are sent to ${scene.address(first.outerDst)}`,
    explanation: `${packets} tunnel packets from ${scene.address(first.outerSrc)}${tap.node === undefined ? '' : ` (seen at ${tap.node})`}: ${wrong.why}. Expected: ${wrong.instead}.`,
    subjects: [
      ...new Set([
        scene.address(first.outerDst),
        wrong.whose,
        scene.address(first.outerSrc),
        ...inner.map((d) => scene.address(d)),
        ...wrong.instead.split(' or ').filter((a) => /^[\d.:a-f]+$/.test(a)),
      ]),
    ],
    count: packets,
    evidence: distinct(cites) as unknown as NonEmpty<Cite>,
    flows: group.map((e) => ({ src: scene.address(e.src), dst: scene.address(e.dst) })),
    firstNs: Math.min(...timed.map((e) => e.firstNs)),
    lastNs: Math.max(...timed.map((e) => e.lastNs)),
    timeKind: tap.timeKind,
  };
}
