import type { ClockDifference } from '../core/finding.js';

/** A reader who lays two captures side by side goes wrong from here on, milliseconds. */
const MATTERS_MS = 100;
const SHOWN = 3;

const span = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

function words({ nodes: [first, second], offsetMs, packets, includesDelay }: ClockDifference): string {
  const how = `${packets} packets that both captured${includesDelay ? ', all in one direction: their delay is in it' : ''}`;
  return `${second} is ${span(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead of' : 'behind'} ${first} (${how})`;
}

/** The clocks that are so far apart that a reader must know; undefined when there are none. No full stop. */
export function clockLine(clocks: readonly ClockDifference[]): string | undefined {
  const apart = clocks
    .filter(({ offsetMs }) => Math.abs(offsetMs) > MATTERS_MS)
    .sort((a, b) => Math.abs(b.offsetMs) - Math.abs(a.offsetMs));
  if (apart.length === 0) return undefined;
  const more = apart.length - SHOWN;
  return `Clocks differ: ${apart.slice(0, SHOWN).map(words).join('; ')}${more > 0 ? `; and ${more} more pairs` : ''}`;
}
