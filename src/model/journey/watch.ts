import { type ClockOffset, offsetBetween } from '../clock-offsets.js';
import type { Scene } from '../scene.js';
import type { TapView } from '../taps.js';

/** When each capture ran, by its own clock, and how far the clocks are apart. */
export interface Watch {
  /** By source: the times of its first and last packet, nanoseconds. */
  readonly windows: ReadonlyMap<number, { readonly firstNs: number; readonly lastNs: number }>;
  readonly clocks: readonly ClockOffset[];
}

/** When a conversation began, nanoseconds. */
export interface During {
  readonly firstNs: number;
  /** The node whose clock tells the time; absent when nobody knows where the capture was taken. */
  readonly clockOf?: string | undefined;
}

/** Reads when the captures ran, once for all comparisons. */
export async function watchOf(scene: Scene, clocks: readonly ClockOffset[]): Promise<Watch> {
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
  return { windows, clocks };
}

/** True when the tap's packets span the time of the conversation; each time is read on the tap's own clock. */
export function ranDuring({ windows, clocks }: Watch, tap: TapView, during: During | undefined): boolean {
  const window = windows.get(tap.source);
  if (window === undefined || during === undefined) return window !== undefined;
  const known = tap.node !== undefined && during.clockOf !== undefined;
  const began = during.firstNs + ((known ? offsetBetween(clocks, during.clockOf!, tap.node!) : undefined) ?? 0);
  return window.firstNs <= began && window.lastNs >= began;
}
