import type { Cite, FindingDraft, NonEmpty } from '../core/finding.js';
import type { Scene } from '../model/scene.js';
import type { TapView } from '../model/taps.js';
import { type Heuristic, looked, skipped } from './heuristic.js';

/**
 * A packet leaves one node's uplink for another node's address and does not show up at that node's tap, although that tap
 * was running and takes in such packets.
 *
 * Packets are compared by what no router and no NAT changes: TCP sequence numbers and timestamp, echo sequence and payload,
 * DNS id. The receiving tap must show packets that the sender's tap has too; or, if all of a kind is missing, other
 * packets of this sender and traffic so varied (neighbour discovery, two transports) that no filter hides the kind. The
 * clocks' difference is estimated from shared packets; packets near the ends of the receiver's window are left out.
 *
 * A snap length cuts off what identifies a packet: where one side is cut, whatever may be the same packet counts as the same.
 *
 * Innocent: windows that do not overlap; filters; times of unknown date.
 */
const MARGIN_NS = 1_500_000_000;
/** A quiet tap's last packet is not the end of its capture: retransmissions come seconds apart. */
const WINDOW_NS = 10_000_000_000;

/** What neither routers nor NAT change: random numbers that end hosts chose. Addresses and ports are left out. */
const KEY = `concat_ws(' ', p.tunnel > 0, p.proto, CASE WHEN p.proto = 6 THEN concat_ws('/', p.seq, p.ack, p.tcp_flags, p.ts_val) END, CASE WHEN p.icmp_type >= 0 THEN concat_ws('/', p.icmp_type, p.icmp_seq, p.payload_hash) END, p.dns_id)`;
/** Between nodes the server's port stays as well. */
const WIRE_KEY = `concat_ws(' ', ${KEY}, least(p.sport, p.dport))`;
const OPENING = `(p.proto = 6 AND p.tcp_flags >= 0 AND (p.tcp_flags & 2) = 2 OR p.proto IN (1, 58) AND p.icmp_type IN (0, 8, 128, 129) OR p.proto = 17 AND p.dns_id >= 0)`;

/** What a snap length leaves of a packet: fields that it cut off are -1, a sequence number 0. */
const REMAINS = `p.tunnel > 0 AS tunnel, p.proto, CASE WHEN p.tunnel > 0 THEN p.dst ELSE 0 END AS inner_dst, least(p.sport, p.dport) AS service, p.icmp_type, p.icmp_seq, p.seq, p.dns_id, p.cap_len < p.wire_len AS cut`;
const MAYBE_OPENING = `(${OPENING} OR p.cap_len < p.wire_len AND (p.tunnel > 0 AND p.dst = 0 OR p.proto = 6 AND p.tcp_flags < 0 OR p.proto IN (1, 58) AND p.icmp_type < 0 OR p.proto = 17 AND p.dns_id < 0))`;
/** Which of the fields that vary a snap length has cut off, a bit for each. */
const UNKNOWN = `(service < 0)::INT + 2 * (icmp_type < 0)::INT + 4 * (icmp_seq < 0)::INT + 8 * (seq = 0)::INT + 16 * (dns_id < 0)::INT`;
/** The fields that vary, without those that either side lacks (bits of `lacks`). */
const KNOWN = [
  ['service', 1],
  ['icmp_type', 2],
  ['icmp_seq', 4],
  ['seq', 8],
  ['dns_id', 16],
]
  .map(([field, bit]) => `CASE WHEN (lacks & ${bit}) = 0 THEN ${field}::VARCHAR ELSE '-' END`)
  .join(', ');
/**
 * Sent packets of which the receiver may have shown what a snap length left: what both sides know is the same. One key for each pair
 * of patterns of what is unknown, of which there are a few: compared field by field, each packet would be held against all others.
 */
const MAYBE_SAME = `
  SELECT DISTINCT s.tap, s.place
  FROM (SELECT tap, place, cut, tunnel, proto, inner_dst, unknown AS ours, theirs, concat_ws('/', ${KNOWN}) AS known
        FROM (SELECT a.*, m.unknown AS theirs, a.unknown | m.unknown AS lacks FROM alone a, (SELECT DISTINCT unknown FROM maybe) m)) s
  JOIN (SELECT bool_or(cut) AS cut, tunnel, proto, inner_dst, ours, unknown AS theirs, concat_ws('/', ${KNOWN}) AS known
        FROM (SELECT m.*, a.unknown AS ours, a.unknown | m.unknown AS lacks FROM maybe m, (SELECT DISTINCT unknown FROM alone) a) GROUP BY ALL) g
    USING (tunnel, proto, inner_dst, ours, theirs, known)
  WHERE s.cut OR g.cut`;

interface Pair {
  readonly from: readonly TapView[];
  readonly to: readonly TapView[];
  readonly sender: string;
  readonly receiver: string;
}

const uplinkOut = (tap: TapView): boolean =>
  tap.kind === 'capture' &&
  tap.timeKind === 'epoch' &&
  (tap.device === 'uplink' || tap.device === 'any') &&
  tap.direction !== 'in';
const uplinkIn = (tap: TapView): boolean =>
  tap.kind === 'capture' &&
  tap.timeKind === 'epoch' &&
  (tap.device === 'uplink' || tap.device === 'any') &&
  tap.direction !== 'out';

function pairs(scene: Scene): Pair[] {
  const nodes = [...new Set(scene.taps.map((tap) => tap.node).filter((node) => node !== undefined))];
  const out: Pair[] = [];
  for (const sender of nodes) {
    for (const receiver of nodes) {
      if (sender === receiver) continue;
      const from = scene.taps.filter((tap) => tap.node === sender && uplinkOut(tap));
      const to = scene.taps.filter((tap) => tap.node === receiver && uplinkIn(tap));
      if (from.length > 0 && to.length > 0) out.push({ from, to, sender, receiver });
    }
  }
  return out;
}

const ids = (taps: readonly TapView[]): string => taps.map((tap) => tap.tap).join(',');

/**
 * Nothing that anybody types as a capture filter would hide this packet: ARP passes only without a filter or with one on
 * hosts, and this sender's packets do pass; IPv6 neighbour discovery with two transports beside it says the same.
 */
const unfiltered = (row: Readonly<Record<string, unknown>>): boolean =>
  (Number(row['arps']) > 0 && Number(row['kinds']) >= 1) || (Number(row['discovery']) > 0 && Number(row['kinds']) >= 2);

/** Ids of a node's addresses that some packet has: a load balancer has thousands that none has. */
const seenAddresses = (scene: Scene, node: string): string =>
  [...(scene.cluster.nodes.get(node)?.addresses.keys() ?? [])].flatMap((a) => scene.addressId(a) ?? []).join(',');

async function lost(scene: Scene, pair: Pair): Promise<FindingDraft[]> {
  const [theirs, ours] = [seenAddresses(scene, pair.receiver), seenAddresses(scene, pair.sender)];
  if (theirs === '') return [];
  const rows = await scene.rows(`
    WITH sent AS (
      SELECT ${WIRE_KEY} AS k, ${REMAINS}, p.tap, p.place, p.time_ns, p.src, p.dst, p.dport, CASE WHEN p.tunnel > 0 THEN p.outer_dst ELSE p.dst END AS wire_dst
      FROM packet_raw p
      WHERE p.tap IN (${ids(pair.from)}) AND wire_dst IN (${theirs}) AND ${OPENING}),
    got AS (SELECT ${WIRE_KEY} AS k, min(p.time_ns) AS time_ns FROM packet_raw p WHERE p.tap IN (${ids(pair.to)}) AND ${OPENING} GROUP BY k),
    alone AS (SELECT *, ${UNKNOWN} AS unknown FROM sent s WHERE NOT EXISTS (SELECT 1 FROM got g WHERE g.k = s.k)),
    maybe AS (SELECT *, ${UNKNOWN} AS unknown FROM (SELECT DISTINCT ${REMAINS} FROM packet_raw p WHERE p.tap IN (${ids(pair.to)}) AND ${MAYBE_OPENING})),
    same AS (${MAYBE_SAME}),
    shared AS (SELECT median(g.time_ns - s.time_ns) AS offset_ns, count(*) AS n FROM sent s JOIN got g USING (k)),
    -- A filter on one port shows that port's packets at both ends and nothing of the others.
    both_ends AS (SELECT x.tunnel, x.proto, x.service, count(*) AS n FROM sent x JOIN got USING (k) GROUP BY ALL),
    running AS (SELECT min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns FROM packet_raw p WHERE p.tap IN (${ids(pair.to)}) AND p.time_ns >= 0),
    variety AS (
      SELECT count(*) FILTER (p.arp_op > 0) AS arps, (count(*) FILTER (p.arp_op > 0 OR p.icmp_type IN (133, 134, 135, 136)) > 0)::INT AS discovery,
             (count(*) FILTER (p.proto = 6) > 0)::INT + (count(*) FILTER (p.proto = 17) > 0)::INT + (count(*) FILTER (p.proto = 1) > 0)::INT AS kinds,
             count(*) FILTER (p.tunnel > 0) AS tunnels, count(*) FILTER (a.id IN (${ours === '' ? 'NULL' : ours})) AS from_sender
      FROM packet_raw p JOIN address a ON a.id = CASE WHEN p.tunnel > 0 THEN p.outer_src ELSE p.src END WHERE p.tap IN (${ids(pair.to)}))
    SELECT s.tunnel, s.wire_dst, s.src, s.dst, s.dport, s.proto, count(DISTINCT s.place) AS n, arg_min(s.tap, s.place * 4294967296 + s.tap) AS tap, list(DISTINCT s.place ORDER BY s.place)[1:15] AS places, min(s.time_ns) AS first_ns, max(s.time_ns) AS last_ns,
           max(coalesce(b.n, 0)) AS same_kind_shared, any_value(v.kinds) AS kinds, any_value(v.tunnels) AS tunnels, any_value(v.discovery) AS discovery, any_value(v.arps) AS arps, any_value(v.from_sender) AS from_sender
    FROM alone s LEFT JOIN both_ends b ON b.tunnel = s.tunnel AND (s.tunnel OR b.proto = s.proto AND b.service = s.service), running r, shared h, variety v
    WHERE (s.tap, s.place) NOT IN (SELECT tap, place FROM same)
      AND NOT (s.tunnel AND EXISTS (SELECT 1 FROM maybe g WHERE g.tunnel AND g.inner_dst = 0))
      AND s.time_ns + coalesce(h.offset_ns, 0) BETWEEN r.first_ns + ${MARGIN_NS} AND r.last_ns - ${MARGIN_NS}
    GROUP BY s.tunnel, s.wire_dst, s.src, s.dst, s.dport, s.proto ORDER BY tap, places[1], s.src, s.dst LIMIT 200`);
  return rows
    .filter(
      (row) =>
        Number(row['same_kind_shared']) > 0 ||
        (Number(row['from_sender']) > 0 && (unfiltered(row) || (row['tunnel'] === true && Number(row['tunnels']) > 0))),
    )
    .filter((row) => Number(row['n']) >= 2)
    .map((row): FindingDraft => {
      const tap = scene.tap(Number(row['tap']));
      const src = Number(row['src']);
      const dst = Number(row['dst']);
      const wire = scene.address(Number(row['wire_dst']));
      const cites: Cite[] = (row['places'] as readonly unknown[]).map((place) => ({
        role: `leaves ${pair.sender}`,
        at: { tap: tap.tap, place: Number(place) },
      }));
      cites.push({
        role: `not seen at ${pair.receiver}`,
        absent: `none of these packets in the captures of ${pair.receiver}, which were running`,
        searched: [...new Set(pair.to.map((t) => t.source))] as unknown as NonEmpty<number>,
      });
      return {
        code: 'lost-between-captures',
        severity: 'critical',
        confidence: Number(row['same_kind_shared']) > 0 ? 'proven' : 'likely',
        title: `Packets from ${scene.describe(src)} to ${scene.describe(dst)} leave ${pair.sender} for ${wire} and never reach ${pair.receiver}`,
        explanation: `${Number(row['n'])} packets${row['tunnel'] === true ? ' inside the tunnel' : ''} are in the capture of ${pair.sender} and not in that of ${pair.receiver}, which ran at the time and shows other packets of ${pair.sender}.`,
        subjects: [pair.sender, pair.receiver, wire, scene.address(src), scene.address(dst)],
        count: Number(row['n']),
        evidence: cites as unknown as NonEmpty<Cite>,
        flows: [
          {
            src: scene.address(src),
            dst: scene.address(dst),
            dport: Number(row['dport']) < 0 ? undefined : Number(row['dport']),
          },
        ],
        firstNs: Number(row['first_ns']),
        lastNs: Number(row['last_ns']),
        timeKind: tap.timeKind,
      };
    });
}

/**
 * Within one node: packets that come in for a pod of this node by uplink or overlay and do not reach the pods' bridge or
 * interface, where a capture shows that other packets for the same pod do.
 */
async function lostInside(scene: Scene, node: string): Promise<FindingDraft[]> {
  const from = scene.taps.filter(
    (tap) =>
      tap.node === node &&
      tap.kind === 'capture' &&
      (tap.device === 'overlay' || tap.device === 'uplink') &&
      tap.direction !== 'out',
  );
  const to = scene.taps.filter(
    (tap) =>
      tap.node === node &&
      tap.kind === 'capture' &&
      (tap.device === 'bridge' || tap.device === 'workload') &&
      tap.direction !== 'in',
  );
  if (from.length === 0 || to.length === 0) return [];
  const rows = await scene.rows(`
    WITH sent AS (
      SELECT ${KEY} AS k, p.tap, p.place, p.time_ns, p.src, p.dst, p.dport, p.proto FROM packet_raw p JOIN address a ON a.id = p.dst
      WHERE p.tap IN (${ids(from)}) AND p.tunnel = 0 AND a.role IN ('pod', 'pod-range') AND a.node = '${node.replaceAll("'", "''")}' AND ${OPENING}),
    got AS (SELECT DISTINCT ${KEY} AS k, p.dst FROM packet_raw p WHERE p.tap IN (${ids(to)}) AND ${OPENING}),
    running AS (SELECT min(p.time_ns) AS first_ns, max(p.time_ns) AS last_ns FROM packet_raw p WHERE p.tap IN (${ids(to)}) AND p.time_ns >= 0),
    passes AS (SELECT DISTINCT s.dst, s.dport FROM sent s JOIN got g ON g.k = s.k AND g.dst = s.dst)
    SELECT s.src, s.dst, s.dport, s.proto, count(DISTINCT s.place) AS n, arg_min(s.tap, s.place * 4294967296 + s.tap) AS tap, list(DISTINCT s.place ORDER BY s.place)[1:15] AS places, min(s.time_ns) AS first_ns, max(s.time_ns) AS last_ns
    FROM sent s JOIN passes q ON q.dst = s.dst AND q.dport = s.dport, running r
    WHERE NOT EXISTS (SELECT 1 FROM got g WHERE g.k = s.k) AND s.time_ns BETWEEN r.first_ns AND r.last_ns + ${WINDOW_NS}
    GROUP BY s.src, s.dst, s.dport, s.proto HAVING n >= 2 ORDER BY tap, places[1], s.src, s.dst LIMIT 200`);
  return rows.map((row): FindingDraft => {
    const tap = scene.tap(Number(row['tap']));
    const src = Number(row['src']);
    const dst = Number(row['dst']);
    const inner = [...new Set(to.map((t) => t.ifname ?? t.file))].join(', ');
    const cites: Cite[] = (row['places'] as readonly unknown[]).map((place) => ({
      role: `comes in on ${tap.ifname ?? tap.file}`,
      at: { tap: tap.tap, place: Number(place) },
    }));
    cites.push({
      role: `not seen on ${inner}`,
      absent: `none of these packets on ${inner}, where others to the same port of this pod are seen`,
      searched: [...new Set(to.map((t) => t.source))] as unknown as NonEmpty<number>,
    });
    return {
      code: 'lost-between-captures',
      severity: 'critical',
      confidence: 'proven',
      title: `Packets from ${scene.describe(src)} to ${scene.describe(dst)} come in at ${node} on ${tap.ifname ?? tap.file} and never reach ${inner}`,
      explanation: `${Number(row['n'])} packets are seen when they enter ${node} and not where they should leave for the pod; packets of other senders to the same port pass. ${node} itself drops them.`,
      subjects: [
        ...new Set([
          node,
          scene.address(dst),
          scene.address(src),
          ...[tap.ifname].filter((n) => n !== undefined),
          inner,
        ]),
      ],
      count: Number(row['n']),
      evidence: cites as unknown as NonEmpty<Cite>,
      flows: [
        {
          src: scene.address(src),
          dst: scene.address(dst),
          dport: Number(row['dport']) < 0 ? undefined : Number(row['dport']),
        },
      ],
      firstNs: Number(row['first_ns']),
      lastNs: Number(row['last_ns']),
      timeKind: tap.timeKind,
    };
  });
}

export const lostBetweenCaptures: Heuristic = {
  code: 'lost-between-captures',
  async run(scene) {
    const found = pairs(scene);
    const nodes = [...new Set(scene.taps.map((tap) => tap.node).filter((node) => node !== undefined))];
    const drafts: FindingDraft[] = [];
    for (const node of nodes) drafts.push(...(await lostInside(scene, node)));
    if (found.length === 0 && drafts.length === 0)
      return skipped(
        ['captures of two nodes on their uplinks, taken at the same time'],
        'tcpdump -nn -i any -w $(hostname).pcap host PEER    # on both nodes at the same time',
      );
    for (const pair of found) drafts.push(...(await lost(scene, pair)));
    return looked(drafts);
  },
};
