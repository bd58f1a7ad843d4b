import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import { contains, isPrivate, parsePrefix } from '../core/prefix.js';
import type { Placed } from '../model/facts.js';
import type { Scene } from '../model/scene.js';
import { type Heuristic, looked, skipped } from './heuristic.js';

/**
 * A tunnel packet is sent to an address that is not one of the node that owns the inner destination, or to one of its
 * addresses that this sender cannot reach.
 *
 * The owner is told by pod list, podCIDR, lease or routes; its addresses by `ip addr`, the node object and annotations. An
 * own address counts as out of reach on a positive sign only: the sender got an ICMP unreachable for it; or it is private,
 * outside the sender's networks, the node announces another address, and nothing from it was ever seen.
 *
 * Innocent: nodes of which only the node list is known (flannel may use a second interface); flooded broadcast and multicast;
 * envelopes whose conversation is answered from there, whatever address they use (NAT between sites). What the node at that
 * address sends for its own pods is no answer.
 */
interface Envelope {
  readonly source: number;
  readonly tap: number;
  readonly place: number;
  readonly outerSrc: number;
  readonly outerDst: number;
  readonly dst: number;
  readonly src: number;
  readonly packets: number;
  readonly firstNs: number;
  readonly lastNs: number;
}

interface Wrong {
  readonly why: string;
  readonly instead: string;
  readonly cites: readonly Cite[];
}

/** Why the envelope's destination is wrong, or undefined when it is right or nobody can tell. */
function judge(
  scene: Scene,
  envelope: Envelope,
  seenFrom: ReadonlySet<string>,
  unreachable: ReadonlyMap<number, Cite>,
): Wrong | undefined {
  const owner = scene.owner(envelope.dst);
  if (owner.node === undefined) return undefined;
  const outer = scene.address(envelope.outerDst);
  const node = scene.cluster.nodes.get(owner.node);
  const addresses = node?.addresses ?? new Map<string, Placed>();
  const cites: Cite[] =
    owner.at === undefined ? [] : [{ role: `why ${scene.address(envelope.dst)} is on ${owner.node}`, at: owner.at }];
  if (addresses.size === 0) return undefined;
  if (!addresses.has(outer)) {
    const holder = scene.cluster.nodeWithAddress(outer);
    const leased = scene.cluster.leasedTo(scene.address(envelope.dst));
    const announces = scene.cluster.facts.nodeAnnotations.some(
      (a) => a.node === owner.node && /(public-ip|IPv4Address|IPv6Address)$/.test(a.key),
    );
    // Of a second interface the node list says nothing: only a list of the node's addresses, or what it announces, tells.
    if (
      holder === undefined &&
      (leased.has(outer) || (leased.size === 0 && !announces && !scene.cluster.showsInterfaces(owner.node)))
    )
      return undefined;
    for (const [, at] of [...leased].slice(0, 2)) cites.push({ role: `what ${owner.node} announces`, at });
    for (const [, at] of [...addresses].slice(0, 3)) cites.push({ role: `an address of ${owner.node}`, at });
    return {
      why:
        holder === undefined
          ? `${outer} is no address of ${owner.node}, which owns ${scene.address(envelope.dst)}`
          : `${outer} belongs to ${holder}, but ${scene.address(envelope.dst)} is on ${owner.node}`,
      instead: [...addresses.keys()].slice(0, 3).join(' or '),
      cites,
    };
  }
  const own = addresses.get(outer)!;
  cites.push({ role: `${outer} is ${owner.node}\u2019s own`, at: own });
  const error = unreachable.get(envelope.outerDst);
  if (error !== undefined)
    return {
      why: `${outer} is ${owner.node}\u2019s own address, but the network says that it is unreachable from here`,
      instead: 'an address that this sender can reach',
      cites: [...cites, error],
    };
  const sender = scene.address(envelope.outerSrc);
  if (
    !isPrivate(outer) ||
    seenFrom.has(`${scene.tap(envelope.tap).node ?? ''} ${envelope.outerDst}`) ||
    sameNetwork(scene, sender, outer)
  )
    return undefined;
  const others = [...addresses].filter(([address]) => address !== outer && !isPrivate(address));
  if (others.length === 0) {
    // The API server is announced by an address that no node has: the nodes know each other by translated addresses.
    const translated = scene.cluster.facts.endpoints.find(
      (e) =>
        e.service === 'kubernetes' &&
        (e.namespace === undefined || e.namespace === 'default') &&
        !isPrivate(e.address) &&
        scene.cluster.nodeWithAddress(e.address) === undefined,
    );
    if (translated === undefined) return undefined;
    return {
      why: `${outer} is a private address of ${owner.node} on another network than the sender ${sender}, nothing from it was ever seen, and the API server is announced by ${translated.address}, which is on no node\u2019s interface: the nodes reach each other by translated addresses`,
      instead: `the address by which others reach ${owner.node}`,
      cites: [...cites, { role: 'the API server\u2019s announced address', at: translated }],
    };
  }
  for (const [, at] of others.slice(0, 2)) cites.push({ role: `the other address of ${owner.node}`, at });
  return {
    why: `${outer} is a private address of ${owner.node} on another network than the sender ${sender}, nothing from it was ever seen, and ${owner.node} is known by ${others.map(([a]) => a).join(', ')} as well`,
    instead: others.map(([a]) => a).join(' or '),
    cites,
  };
}

/** True when one of the sender's interface prefixes holds the address, or any node's prefix holds both. */
function sameNetwork(scene: Scene, sender: string, address: string): boolean {
  return scene.cluster.facts.addresses.some((a) => {
    const prefix = parsePrefix(`${a.address}/${a.prefix_length}`);
    return prefix !== undefined && contains(prefix, sender) && contains(prefix, address);
  });
}

/** `node address`: packets from these addresses, as seen at the taps of other nodes and of no known node. */
async function seenAt(scene: Scene, addresses: readonly number[]): Promise<ReadonlySet<string>> {
  const list = addresses.slice(0, 5000).join(',');
  const rows = await scene.rows(
    `SELECT DISTINCT tap, outer_src AS a FROM packet_raw WHERE outer_src IN (${list}) UNION SELECT DISTINCT tap, src FROM packet_raw WHERE tunnel = 0 AND src IN (${list})`,
  );
  return new Set(rows.map((row) => `${scene.tap(Number(row['tap'])).node ?? ''} ${Number(row['a'])}`));
}

function draft(scene: Scene, copies: readonly Envelope[], wrong: Wrong): FindingDraft {
  // The same envelopes may be in captures of both ends: the sender's comes first, and they count once.
  const atSender = (e: Envelope): number =>
    scene.tap(e.tap).node === scene.cluster.nodeWithAddress(scene.address(e.outerSrc)) ? 0 : 1;
  const group = [...copies].sort((a, b) => atSender(a) - atSender(b));
  const first = group[0]!;
  const tap = scene.tap(first.tap);
  const owner = scene.owner(first.dst).node!;
  const perSource = new Map<number, number>();
  for (const e of group) perSource.set(e.source, (perSource.get(e.source) ?? 0) + e.packets);
  const packets = Math.max(...perSource.values());
  const timed = group.filter((e) => scene.tap(e.tap).timeKind === tap.timeKind);
  const inner = [...new Set(group.map((e) => e.dst))];
  const cites: Cite[] = [
    ...group
      .slice(0, 12)
      .map((e): Cite => ({ role: `envelope to ${scene.address(e.outerDst)}`, at: { tap: e.tap, place: e.place } })),
    ...wrong.cites,
  ];
  return {
    code: 'vxlan-wrong-outer-dst',
    severity: 'critical',
    confidence: 'proven',
    title: `Tunnel packets for ${inner
      .slice(0, 3)
      .map((d) => scene.describe(d))
      .join(', ')} are sent to ${scene.address(first.outerDst)}`,
    explanation: `${packets} tunnel packets from ${scene.address(first.outerSrc)}${tap.node === undefined ? '' : ` (seen at ${tap.node})`}: ${wrong.why}. Expected: ${wrong.instead}.`,
    subjects: [
      ...new Set([
        scene.address(first.outerDst),
        owner,
        scene.address(first.outerSrc),
        ...inner.map((d) => scene.address(d)),
        ...wrong.instead.split(' or ').filter((a) => /^[\d.:a-f]+$/.test(a)),
      ]),
    ],
    count: packets,
    evidence: cites as unknown as NonEmpty<Cite>,
    flows: group.map((e) => ({ src: scene.address(e.src), dst: scene.address(e.dst) })),
    firstNs: Math.min(...timed.map((e) => e.firstNs)),
    lastNs: Math.max(...timed.map((e) => e.lastNs)),
    timeKind: tap.timeKind,
  };
}

export const vxlanWrongOuterDst: Heuristic = {
  code: 'vxlan-wrong-outer-dst',
  async run(scene) {
    const envelopes = (
      await scene.rows(`
      SELECT t.source, p.tap, p.outer_src, p.outer_dst, p.src, p.dst, min(p.place) AS place, count(*) AS packets, min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns
      FROM packet_raw p JOIN tap t USING (tap) JOIN address a ON a.id = p.dst
      WHERE p.tunnel IN (1, 2, 6) AND p.outer_dst <> 0 AND p.dst <> 0 AND p.arp_op < 0 AND a.role IN ('pod', 'pod-range', 'vtep', 'gateway')
        AND (p.inner_mac_dst < 0 OR (p.inner_mac_dst // 1099511627776) % 2 = 0)
      GROUP BY ALL ORDER BY t.source, place, p.outer_dst, p.dst LIMIT 50000`)
    ).map(
      (row): Envelope => ({
        source: Number(row['source']),
        tap: Number(row['tap']),
        place: Number(row['place']),
        outerSrc: Number(row['outer_src']),
        outerDst: Number(row['outer_dst']),
        src: Number(row['src']),
        dst: Number(row['dst']),
        packets: Number(row['packets']),
        firstNs: Number(row['first_ns']),
        lastNs: Number(row['last_ns']),
      }),
    );
    if (envelopes.length === 0)
      return skipped(
        ['a VXLAN, Geneve or flannel-udp packet for an address whose owner is known'],
        "tcpdump -nn -i any -w overlay.pcap 'udp port 8472 or udp port 4789' on both nodes, with kubectl get nodes -o yaml and kubectl get pods -A -o wide",
      );
    const seenFrom = await seenAt(scene, [...new Set(envelopes.map((e) => e.outerDst))]);
    const answeredBy = new Set(
      (await scene.rows('SELECT DISTINCT outer_src, outer_dst, src FROM packet_raw WHERE outer_dst <> 0')).map(
        (row) =>
          `${Number(row['outer_src'])} ${Number(row['outer_dst'])} ${scene.owner(Number(row['src'])).node ?? ''}`,
      ),
    );
    const unreachable = new Map<number, Cite>();
    for (const row of await scene.rows(
      'SELECT p.tap, min(p.place) AS place, p.quoted_dst AS dst FROM packet_raw p WHERE (p.proto = 1 AND p.icmp_type = 3 OR p.proto = 58 AND p.icmp_type = 1) AND p.quoted_proto = 17 AND p.quoted_dport IN (8472, 4789, 6081, 8285) GROUP BY p.tap, p.quoted_dst ORDER BY p.tap, place',
    )) {
      unreachable.set(Number(row['dst']), {
        role: 'ICMP unreachable for the envelope',
        at: { tap: Number(row['tap']), place: Number(row['place']) },
      });
    }
    const groups = new Map<string, { wrong: Wrong; list: Envelope[] }>();
    for (const envelope of envelopes) {
      // Whatever the address: packets of the right node come back from it.
      if (answeredBy.has(`${envelope.outerDst} ${envelope.outerSrc} ${scene.owner(envelope.dst).node ?? ''}`)) continue;
      const wrong = judge(scene, envelope, seenFrom, unreachable);
      if (wrong === undefined) continue;
      const key = `${envelope.outerSrc} ${envelope.outerDst} ${scene.owner(envelope.dst).node}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { wrong, list: [envelope] });
      else group.list.push(envelope);
    }
    return looked([...groups.values()].map(({ wrong, list }) => draft(scene, list, wrong)));
  },
};
