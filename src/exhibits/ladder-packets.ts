import type { Conversation } from '../model/journey/conversations.js';
import type { Packet } from '../model/journey/packet.js';
import { idsOf } from '../model/journey/seen.js';
import type { Scene } from '../model/scene.js';
import type { SqlRow } from '../store/event-store.js';
import { isAt } from '../store/packets-at.js';

/** A stored packet of a conversation, at one tap. Numbers that the source does not show are -1. */
export interface PacketRow {
  readonly tap: number;
  readonly place: number;
  readonly timeNs: bigint;
  /** Sent by the client, by the server, or an ICMP error about it. */
  readonly leg: 'request' | 'answer' | 'error';
  readonly proto: number;
  readonly src: number;
  readonly dst: number;
  readonly sport: number;
  readonly dport: number;
  readonly tcpFlags: number;
  readonly seq: number;
  readonly ack: number;
  readonly tsVal: number;
  readonly payloadLen: number;
  readonly payloadHash: number;
  readonly ttl: number;
  readonly ipId: number;
  readonly icmpType: number;
  readonly icmpCode: number;
  readonly icmpId: number;
  readonly icmpSeq: number;
  readonly dnsId: number;
  readonly dnsFlags: number;
  readonly fragOffset: number;
}

/** Rows that are read for one ladder. */
const LIMIT = 2000;

/** Packets of conversations that are set apart, at most. */
const MOST_APART = 200_000;

/**
 * Sets the packets of these conversations apart, because to look through all packets for each of them takes longest. Returns the
 * table to look in: all packets, when nearly all would be set apart.
 */
export async function packetsApart(scene: Scene, conversations: readonly Conversation[]): Promise<string> {
  const legs = conversations.map((one) => legsOf(scene, one)).filter((one) => one !== undefined);
  if (legs.length < 2 || scene.packets < 2_000) return 'packet_raw';
  await scene.prepare(
    `CREATE OR REPLACE TABLE derived.drawn_packet AS SELECT p.* FROM packet_raw p WHERE p.time_ns >= 0 AND (${legs.map(anyOf).join(' OR ')}) LIMIT ${MOST_APART + 1}`,
  );
  const [row] = await scene.rows('SELECT count(*) AS n FROM drawn_packet');
  return Number(row?.['n']) <= MOST_APART ? 'drawn_packet' : 'packet_raw';
}

/**
 * The packets of a conversation under every address that its ways give them (service and endpoint, pod and the node that
 * masquerades), in order of time, from the first one that a symptom cites on. `more` counts those that were not read. `table` is
 * where to look for them: see `packetsApart`.
 */
export async function conversationPackets(
  scene: Scene,
  conversation: Conversation,
  table: string,
): Promise<{ readonly rows: readonly PacketRow[]; readonly more: number }> {
  const none = { rows: [], more: 0 };
  const legs = legsOf(scene, conversation);
  if (legs === undefined) return none;
  const places = conversation.symptoms.flatMap(({ evidence }) =>
    evidence.flatMap((c) => ('at' in c && 'tap' in c.at ? [[c.at.tap, c.at.place] as const] : [])),
  );
  // Clocks differ: a second and more before the first cited packet belongs to the picture.
  const since =
    places.length === 0 ? '0' : `(SELECT coalesce(min(time_ns), 0) - 2000000000 FROM packet_raw WHERE ${isAt(places)})`;
  const rows = await scene.rows(`
    SELECT p.*, CASE WHEN ${legs.request} THEN 'request' WHEN ${legs.answer} THEN 'answer' ELSE 'error' END AS leg,
      count(*) OVER (PARTITION BY p.tap) AS total, p.time_ns < ${since} AS early
    FROM ${table} p WHERE p.time_ns >= 0 AND ${anyOf(legs)} ORDER BY early, p.time_ns, p.tap, p.place LIMIT ${LIMIT}`);
  const packets = new Map(rows.map((row) => [Number(row['tap']), Number(row['total'])]));
  const taps = onOneClock(
    scene,
    [...packets].map(([tap, total]) => ({ tap, packets: total })).sort((a, b) => a.tap - b.tap),
  );
  const read = rows.map(packetRow).filter((row) => taps.includes(row.tap));
  const all = taps.reduce((sum, tap) => sum + packets.get(tap)!, 0);
  return { rows: read, more: all - read.length };
}

const KINDS = ['capture', 'text', 'log'] as const;

/**
 * The taps whose times can stand on one axis: those of captures, else of text, else of logs, and of these the kind of time that
 * most packets have; epochs before all others. Times since boot are told of one source alone.
 */
function onOneClock(
  scene: Scene,
  counts: readonly { readonly tap: number; readonly packets: number }[],
): readonly number[] {
  for (const kind of KINDS) {
    const clocks = new Map<string, { packets: number; taps: number[] }>();
    for (const { tap, packets } of counts) {
      const view = scene.tap(tap);
      if (view.kind !== kind) continue;
      const own = view.timeKind === 'since-boot' || view.timeKind === 'relative';
      const key = own ? `${view.timeKind} ${view.source}` : view.timeKind;
      const clock = clocks.get(key) ?? { packets: 0, taps: [] };
      clock.packets += packets;
      clock.taps.push(tap);
      clocks.set(key, clock);
    }
    const best = clocks.get('epoch') ?? [...clocks.values()].sort((a, b) => b.packets - a.packets)[0];
    if (best !== undefined) return best.taps;
  }
  return [];
}

/** Conditions under which a packet is of a conversation. */
interface Legs {
  readonly request: string;
  readonly answer: string;
  readonly error: string;
}

const anyOf = ({ request, answer, error }: Legs): string => `(${request} OR ${answer} OR ${error})`;

function legsOf(scene: Scene, { journey }: Conversation): Legs | undefined {
  const there = journey.walks.flatMap(({ request }) => request.steps.map((step) => step.packet));
  const back = journey.walks.flatMap(({ reply }) => (reply?.steps ?? []).map((step) => turned(step.packet)));
  const heads = new Map([...there, ...back].map((packet) => [headOf(packet), packet]));
  const known = [...heads.values()].flatMap((packet) => {
    const ends = idsOf(scene, packet);
    return ends === undefined ? [] : [{ packet, ...ends }];
  });
  if (known.length === 0) return undefined;
  const oneOf = (condition: (head: (typeof known)[number]) => string): string =>
    `(${known.map((head) => `(${condition(head)})`).join(' OR ')})`;
  const port = (name: string, { dport }: Packet): string => (dport === undefined ? '' : ` AND p.${name} = ${dport}`);
  const echo = ' AND p.icmp_type IN (0, 8, 128, 129)';
  const icmp = (packet: Packet): string => (packet.proto === 1 || packet.proto === 58 ? echo : '');
  return {
    request: oneOf(
      ({ packet, src, dst }) =>
        `p.src = ${src} AND p.dst = ${dst} AND p.proto = ${packet.proto}${port('dport', packet)}${icmp(packet)}`,
    ),
    answer: oneOf(
      ({ packet, src, dst }) =>
        `p.src = ${dst} AND p.dst = ${src} AND p.proto = ${packet.proto}${port('sport', packet)}${icmp(packet)}`,
    ),
    error: oneOf(
      ({ packet, src, dst }) =>
        `p.quoted_src IN (${src}, ${dst}) AND p.quoted_dst IN (${src}, ${dst}) AND p.quoted_src <> p.quoted_dst AND p.quoted_proto IN (-1, ${packet.proto})${
          packet.dport === undefined ? '' : ` AND ${packet.dport} IN (p.quoted_dport, p.quoted_sport)`
        }`,
    ),
  };
}

/** The packet that this one answers. */
const turned = (packet: Packet): Packet => ({
  ...packet,
  src: packet.dst,
  dst: packet.src,
  sport: packet.dport,
  dport: packet.sport,
});

const headOf = ({ proto, src, dst, dport }: Packet): string => `${proto} ${src} ${dst} ${dport ?? ''}`;

const packetRow = (row: SqlRow): PacketRow => ({
  tap: Number(row['tap']),
  place: Number(row['place']),
  timeNs: BigInt(row['time_ns'] as number | bigint),
  leg: row['leg'] as PacketRow['leg'],
  proto: Number(row['proto']),
  src: Number(row['src']),
  dst: Number(row['dst']),
  sport: Number(row['sport']),
  dport: Number(row['dport']),
  tcpFlags: Number(row['tcp_flags']),
  seq: Number(row['seq']),
  ack: Number(row['ack']),
  tsVal: Number(row['ts_val']),
  payloadLen: Number(row['payload_len']),
  payloadHash: Number(row['payload_hash']),
  ttl: Number(row['ttl']),
  ipId: Number(row['ip_id']),
  icmpType: Number(row['icmp_type']),
  icmpCode: Number(row['icmp_code']),
  icmpId: Number(row['icmp_id']),
  icmpSeq: Number(row['icmp_seq']),
  dnsId: Number(row['dns_id']),
  dnsFlags: Number(row['dns_flags']),
  fragOffset: Number(row['frag_offset']),
});
