import type { Ladder, LadderPacket, LadderTap } from '../core/exhibits.js';
import type { Cite } from '../core/finding.js';
import { type ClockOffset, offsetBetween } from '../model/clock-offsets.js';
import type { Conversation } from '../model/journey/conversations.js';
import type { RoundTrip } from '../model/journey/step.js';
import type { Scene } from '../model/scene.js';
import type { TapView } from '../model/taps.js';
import type { Quoter } from '../store/evidence.js';
import { conversationPackets, type PacketRow } from './ladder-packets.js';
import { labelOf, repeatKey } from './ladder-words.js';
import { type Paired, paired } from './pairing.js';
import { standsOn } from './tap-order.js';

/** What ladders are drawn from. */
export interface LadderRoom {
  readonly scene: Scene;
  readonly clocks: readonly ClockOffset[];
}

const MAX_PACKETS = 60;

/** A packet that is drawn. */
interface Drawn {
  readonly packet: Paired;
  /** Sent before, or come by before. */
  readonly repeated: boolean;
  /** Time to live, when the packet comes by a tap again with less than before: it goes in circles. */
  readonly ttl?: number | undefined;
}

/** A ladder before its packets are quoted, and what it was made of. */
export interface Sketch {
  readonly taps: readonly LadderTap[];
  readonly packets: readonly Drawn[];
  readonly more: number;
  /** `tap place` of every packet of the conversation that was read. */
  readonly places: ReadonlySet<string>;
  /** False when the first packet that is seen comes from the far end. */
  readonly opened: boolean;
}

/**
 * The packets of a conversation over the places where they were captured, copies of one packet put together, clocks made
 * equal as far as shared packets tell how far they are apart. Undefined when no capture shows any of it.
 */
export async function sketchLadder(
  { scene, clocks }: LadderRoom,
  conversation: Conversation,
  trip: RoundTrip,
  table: string,
): Promise<Sketch | undefined> {
  const { rows, more } = await conversationPackets(scene, conversation, table);
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
  return {
    taps: lines.map((line, i) => tapOf(line[0]!, offsets[i])),
    packets: drawn(packets, kept),
    more: more + packets.length - kept.length,
    places: new Set(rows.map((row) => `${row.tap} ${row.place}`)),
    opened: packets[0]?.sightings[0].row.leg === 'request',
  };
}

/** What a ladder quotes. */
export const sketchCites = ({ packets }: Sketch): readonly Cite[] =>
  packets.flatMap(({ packet }) => packet.sightings.map(({ row }) => citeOf(row)));

const citeOf = ({ tap, place }: PacketRow): Cite => ({ role: 'packet', at: { tap, place } });

/** The ladder with a quote for each sighting. */
export async function drawLadder({ taps, packets, more }: Sketch, quoter: Quoter): Promise<Ladder> {
  const start = packets[0]?.packet.sightings[0].ns ?? 0n;
  const out: LadderPacket[] = [];
  for (const { packet, repeated, ttl } of packets) {
    const { row } = packet.sightings[0];
    const sightings: LadderPacket['sightings'][number][] = [];
    for (const sighting of packet.sightings) {
      const [quoted] = await quoter.quote([citeOf(sighting.row)]);
      sightings.push({
        tap: sighting.line,
        ms: Math.round(Number(sighting.ns - start) / 1e3) / 1e3,
        frame: sighting.row.place,
        quote: quoted !== undefined && 'quote' in quoted ? quoted.quote : '',
      });
    }
    out.push({
      label: `${labelOf(row)}${ttl === undefined ? '' : `, TTL ${ttl}`}`,
      direction: row.leg,
      repeated,
      sightings,
    });
  }
  return { taps, packets: out, more };
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
function drawn(packets: readonly Paired[], kept: readonly Paired[]): readonly Drawn[] {
  const before = new Map<string, PacketRow>();
  const out = new Map<Paired, Drawn>();
  for (const packet of packets) {
    const { row } = packet.sightings[0];
    const key = repeatKey(row);
    const earlier = key === undefined ? undefined : before.get(key);
    const circles = earlier !== undefined && earlier.tap === row.tap && row.ttl >= 0 && row.ttl < earlier.ttl;
    out.set(packet, { packet, repeated: earlier !== undefined, ttl: circles ? row.ttl : undefined });
    if (key !== undefined) before.set(key, row);
  }
  return kept.map((packet) => out.get(packet)!);
}
