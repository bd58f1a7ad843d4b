import type { LadderPacket } from '../../core/exhibits.js';

/** Between two packets that follow at once, and what a pause adds at most; units of the picture. */
const ROW = 32;
const PAUSE = 44;
/** From here on a pause is told in words beside the axis. */
const TOLD_MS = 100;

/** Where a packet stands on the time axis. */
export interface Moment {
  readonly y: number;
  /** The pause before it, when it is long. */
  readonly pause?: string | undefined;
}

export const span = (ms: number): string => {
  if (ms === 0) return '0';
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
};

/**
 * Rows keep their order, and a pause shows as room that grows with its logarithm: what happens in microseconds and what
 * happens after seconds of waiting is legible in one picture.
 */
export function momentsOf(packets: readonly LadderPacket[], top: number): readonly Moment[] {
  let y = top;
  let before: number | undefined;
  return packets.map(({ sightings }) => {
    const at = sightings[0]?.ms ?? before ?? 0;
    const gap = before === undefined ? 0 : Math.max(0, at - before);
    if (before !== undefined) y += ROW + Math.min(PAUSE, 11 * Math.log10(1 + gap / 10));
    before = at;
    return { y, pause: gap >= TOLD_MS ? span(gap) : undefined };
  });
}
