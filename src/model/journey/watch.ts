import { type ClockOffset, offsetBetween } from '../clock-offsets.js';
import type { Scene } from '../scene.js';
import type { TapView } from '../taps.js';
import { type TerminalRun, terminalRuns } from '../terminal-runs.js';
import { idsOf } from './seen.js';
import type { Journey, Step } from './step.js';

/** Ways of one journey that are laid beside what taps saw. */
export const WAYS_COMPARED = 8;

/** When each capture ran, by its own clock, how far the clocks are apart, and the packets that walks may have made. */
export interface Watch {
  /** By source: the times of its first and last packet, nanoseconds. */
  readonly windows: ReadonlyMap<number, { readonly firstNs: number; readonly lastNs: number }>;
  readonly clocks: readonly ClockOffset[];
  readonly runs: readonly TerminalRun[];
  /** Table with the columns of `packet_raw`, and those of its packets that go between the ends of some step. */
  readonly packets: string;
}

/** When a conversation began, nanoseconds. */
export interface During {
  readonly firstNs: number;
  /** The node whose clock tells the time; absent when nobody knows where the capture was taken. */
  readonly clockOf?: string | undefined;
}

/** Reads once for all comparisons when the captures ran, and which packets the journeys may have made. */
export async function watchOf(
  scene: Scene,
  journeys: readonly Journey[],
  clocks: readonly ClockOffset[],
): Promise<Watch> {
  const windows = await captureWindows(scene);
  const pairs = endsOf(scene, journeys);
  await scene.prepare(
    `CREATE OR REPLACE TABLE derived.walked_packet AS SELECT p.* FROM packet_raw p
     WHERE ${pairs.length === 0 ? 'false' : `(p.src, p.dst) IN (VALUES ${pairs.map(([src, dst]) => `(${src}, ${dst})`).join(', ')})`}`,
  );
  return { windows, clocks, runs: await terminalRuns(scene), packets: 'walked_packet' };
}

/** When each capture ran, by source. */
export async function captureWindows(scene: Scene): Promise<Watch['windows']> {
  const windows = new Map<number, { readonly firstNs: number; readonly lastNs: number }>();
  const rows = await scene.rows(
    'SELECT tap, min(time_ns) AS first_ns, max(time_ns) AS last_ns FROM packet_raw WHERE time_ns >= 0 GROUP BY tap ORDER BY tap',
  );
  for (const row of rows) {
    const { source } = scene.tap(Number(row['tap']));
    const known = windows.get(source);
    windows.set(source, {
      firstNs: Math.min(Number(row['first_ns']), known?.firstNs ?? Number.POSITIVE_INFINITY),
      lastNs: Math.max(Number(row['last_ns']), known?.lastNs ?? 0),
    });
  }
  return windows;
}

/** Ids of both ends of the packets of all steps; pairs that no packet can have are left out. */
function endsOf(scene: Scene, journeys: readonly Journey[]): readonly (readonly [number, number])[] {
  const packets = journeys.flatMap(({ walks }) =>
    walks
      .slice(0, WAYS_COMPARED)
      .flatMap(({ request, reply }) => [...request.steps, ...(reply?.steps ?? [])].map((step) => step.packet)),
  );
  const pairs = new Map<string, readonly [number, number]>();
  for (const packet of packets) {
    const ends = idsOf(scene, packet);
    if (ends !== undefined) pairs.set(`${ends.src} ${ends.dst}`, [ends.src, ends.dst]);
  }
  return [...pairs.values()];
}

/** Terminal runs on the device of a packet's step that were running when it was seen elsewhere, and would have shown it. */
export function runsAt(
  scene: Scene,
  { windows, runs }: Pick<Watch, 'windows' | 'runs'>,
  { node, dev, packet, outer }: Step,
  seenBefore: { readonly firstNs: number; readonly lastNs: number; readonly timeKind: string } | undefined,
): readonly TerminalRun[] {
  return runs.filter((run) => {
    if (run.node !== node || (run.ifname !== dev && run.ifname !== 'any') || !run.shows(outer ?? packet)) return false;
    // Nothing came by: when it began and ended is not told, and people start both ends for one try.
    if (run.counted === 0) return true;
    const window = windows.get(run.source);
    const kind = scene.taps.find((tap) => tap.source === run.source)?.timeKind;
    return (
      window !== undefined &&
      seenBefore !== undefined &&
      kind === seenBefore.timeKind &&
      (kind === 'epoch' || kind === 'time-of-day') &&
      window.firstNs <= seenBefore.firstNs &&
      window.lastNs >= seenBefore.firstNs
    );
  });
}

/** True when the tap's packets span the time of the conversation; each time is read on the tap's own clock. */
export function ranDuring(
  { windows, clocks }: Pick<Watch, 'windows' | 'clocks'>,
  tap: TapView,
  during: During | undefined,
): boolean {
  const window = windows.get(tap.source);
  if (window === undefined || during === undefined) return window !== undefined;
  const known = tap.node !== undefined && during.clockOf !== undefined;
  const began = during.firstNs + ((known ? offsetBetween(clocks, during.clockOf!, tap.node!) : undefined) ?? 0);
  return window.firstNs <= began && window.lastNs >= began;
}
