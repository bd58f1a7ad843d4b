import type { Ladder, LadderPacket, LadderTap } from '../core/exhibits.js';
import { type ClockOffset, offsetBetween } from '../model/clock-offsets.js';
import type { Conversation } from '../model/journey/conversations.js';
import type { RoundTrip } from '../model/journey/step.js';
import type { Scene } from '../model/scene.js';
import type { TapView } from '../model/taps.js';
import { frameSummary } from '../store/evidence.js';
import { conversationPackets, type PacketRow } from './ladder-packets.js';
import { directionOf, labelOf, repeatKey } from './ladder-words.js';
import { type Paired, paired } from './pairing.js';
import { standsOn } from './tap-order.js';

/** What ladders are drawn from. */
export interface LadderRoom {
  readonly scene: Scene;
  readonly clocks: readonly ClockOffset[];
}

const MAX_PACKETS = 60;

/** A ladder, and what it was drawn from. */
export interface DrawnLadder {
  readonly ladder: Ladder;
  /** `tap place` of every packet of the conversation that was read. */
  readonly places: ReadonlySet<string>;
  /** False when the first packet that is seen comes from the far end. */
  readonly opened: boolean;
}

/**
 * The packets of a conversation over the places where they were captured, copies of one packet put together, clocks made
 * equal as far as shared packets tell how far they are apart. Undefined when no capture shows any of it.
 */
export async function ladderOf(
  { scene, clocks }: LadderRoom,
  conversation: Conversation,
  trip: RoundTrip,
): Promise<DrawnLadder | undefined> {
  const { rows, more } = await conversationPackets(scene, conversation);
  if (rows.length === 0) return undefined;
  const views = standsOn(scene, trip, conversation, new Set(rows.map((row) => row.tap)));
  const lines = lifelines(views);
  const place = new Map(lines.flatMap((line, i) => line.map((view) => [view.tap, i] as const)));
  const first = lines[0]![0]!;
  const offsets = lines.map((line) => clockOf(clocks, first, line[0]!));
  const fits = (a: number, b: number): boolean =>
    lines[a]![0]!.source === lines[b]![0]!.source ||
    lines[a]![0]!.node === lines[b]![0]!.node ||
    (offsets[a] !== undefined && offsets[b] !== undefined);
  const packets = paired(
    rows.flatMap((row) => {
      const line = place.get(row.tap);
      if (line === undefined) return [];
      return [{ row, line, ns: row.timeNs - BigInt(Math.round(offsets[line] ?? 0)) }];
    }),
    fits,
  );
  const kept = chosen(packets, conversation);
  const quotes = await quotesOf(scene, kept);
  const start = kept[0]?.sightings[0]?.ns ?? 0n;
  const taps = lines.map((line, i) => tapOf(line[0]!, offsets[i]));
  const ladder: Ladder = {
    taps,
    packets: drawn(packets, kept).map(({ packet, repeated }): LadderPacket => {
      const [row] = packet.sightings.map((sighting) => sighting.row);
      return {
        label: labelOf(row!),
        direction: directionOf(row!),
        repeated,
        sightings: packet.sightings.map((sighting) => ({
          tap: sighting.line,
          ms: Math.round(Number(sighting.ns - start) / 1e3) / 1e3,
          frame: sighting.row.place,
          quote: quotes.get(`${sighting.row.tap} ${sighting.row.place}`) ?? '',
        })),
      };
    }),
    more: more + packets.length - kept.length,
  };
  return {
    ladder,
    places: new Set(rows.map((row) => `${row.tap} ${row.place}`)),
    opened: packets[0]?.sightings[0].row.leg === 'request',
  };
}

/** Taps of one device in one file are one lifeline, whichever way the packets go. */
function lifelines(views: readonly TapView[]): readonly (readonly TapView[])[] {
  const lines = new Map<string, TapView[]>();
  for (const view of views) {
    const key = `${view.source} ${view.row.ifname ?? view.ifname ?? ''} ${view.row.prefix ?? ''}`;
    lines.set(key, [...(lines.get(key) ?? []), view]);
  }
  return [...lines.values()];
}

/** What the tap's clock shows more than the first one's, nanoseconds. */
const clockOf = (clocks: readonly ClockOffset[], first: TapView, tap: TapView): number | undefined =>
  first.source === tap.source
    ? 0
    : first.node === undefined || tap.node === undefined
      ? undefined
      : offsetBetween(clocks, first.node, tap.node);

function tapOf(view: TapView, offset: number | undefined): LadderTap {
  const device = view.ifname ?? view.row.prefix;
  return {
    label: [view.node ?? view.file.replace(/^.*[/!]/, ''), device].filter((part) => part !== undefined).join(' '),
    node: view.node,
    device,
    kind: view.kind,
    file: view.file,
    clockMs: Math.round((offset ?? 0) / 1e4) / 100,
  };
}

/** The packets that are drawn: those of cited connections first. */
function chosen(packets: readonly Paired[], { symptoms }: Conversation): readonly Paired[] {
  if (packets.length <= MAX_PACKETS) return packets;
  const cited = new Set(
    symptoms.flatMap(({ evidence }) =>
      evidence.flatMap((c) => ('at' in c && 'tap' in c.at ? [`${c.at.tap} ${c.at.place}`] : [])),
    ),
  );
  const flows = new Set(
    packets
      .filter((packet) => packet.sightings.some(({ row }) => cited.has(`${row.tap} ${row.place}`)))
      .flatMap((packet) => packet.sightings.map(({ row }) => flowOf(row))),
  );
  const wanted = packets.filter((packet) => packet.sightings.some(({ row }) => flows.has(flowOf(row))));
  const rest = packets.filter((packet) => !wanted.includes(packet));
  const kept = new Set([...wanted, ...rest].slice(0, MAX_PACKETS));
  return packets.filter((packet) => kept.has(packet));
}

const flowOf = (row: PacketRow): string =>
  [`${row.src}.${Math.max(row.sport, row.icmpId)}`, `${row.dst}.${Math.max(row.dport, row.icmpId)}`].sort().join(' ');

/** Which of the packets were sent before, judged over all of them. */
function drawn(
  packets: readonly Paired[],
  kept: readonly Paired[],
): readonly { readonly packet: Paired; readonly repeated: boolean }[] {
  const before = new Set<string>();
  const repeats = new Set<Paired>();
  for (const packet of packets) {
    const key = repeatKey(packet.sightings[0]!.row);
    if (key === undefined) continue;
    if (before.has(key)) repeats.add(packet);
    before.add(key);
  }
  return kept.map((packet) => ({ packet, repeated: repeats.has(packet) }));
}

async function quotesOf(scene: Scene, packets: readonly Paired[]): Promise<ReadonlyMap<string, string>> {
  const places = packets.flatMap((packet) => packet.sightings.map(({ row }) => `(${row.tap}, ${row.place})`));
  if (places.length === 0) return new Map();
  const rows = await scene.rows(
    `SELECT p.* FROM packet p WHERE (p.tap, p.place) IN (VALUES ${places.join(', ')}) ORDER BY p.tap, p.place`,
  );
  return new Map(rows.map((row) => [`${row['tap']} ${row['place']}`, frameSummary(row)]));
}
