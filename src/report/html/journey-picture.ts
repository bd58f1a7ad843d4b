import type { BreakAt } from '../../core/exhibits.js';
import { chip, chipHeight } from './journey-chip.js';
import { columnOf } from './journey-column.js';
import type { Header, Visit } from './journey-stations.js';
import { html, type Markup } from './markup.js';

/** A walk, ready to be drawn. */
export interface Walked {
  readonly visits: readonly Visit[];
  readonly disposition: string;
  /** How it breaks, and what a finding says of the hop, where the walk itself does not tell. */
  readonly broken: { readonly how: BreakAt['how']; readonly says: string | undefined } | undefined;
  /** Of the list of steps: `c0q` and the step's place. */
  readonly anchor: string;
  readonly name: string;
}

const WIDE = 960;
const TALL = 360;
/** Of boxes below each other: lines longer than this are hard to read. */
const STACK = 640;
const GAP = 36;
/** Of the wire that shows on both sides of the header on it. */
const WIRE = 20;
/** Between a box and the wire below it. */
const DROP = 26;

/**
 * For screens and paper: two nodes stand side by side, the packet goes down through the first, over the wire, and up through the
 * second, as stacks are drawn in books. More nodes, or one, stand below each other.
 */
export function widePicture(walked: Walked): Markup {
  const { visits, name } = walked;
  const [first, second] = visits;
  if (visits.length !== 2 || first === undefined || second === undefined) return stacked(walked, WIDE, 'wide');
  const width = (WIDE - GAP) / 2;
  const wire = headerAtEnd(visits, 0);
  const down = columnOf(first, { x: 0, width, up: false, walked });
  const up = columnOf(second, { x: width + GAP, width, up: true, walked, ghost: ghostOf(walked) });
  const box = Math.max(down.height, up.height);
  const [x1, x2] = [down.line, up.line];
  const room = x2 - x1 - 2 * WIRE;
  const half = wire === undefined ? 0 : chipHeight(wire, room) / 2;
  const y = box + DROP + half;
  const height = y + Math.max(half + 4, 12);
  const beyond = second.stations[0]?.beyond === true;
  return html`<svg class="wide" viewBox="0 0 ${WIDE} ${Math.ceil(height)}" role="group" aria-label="${name}, drawn">
${down.frame(box)}${up.frame(box)}
<path class="way${beyond && ' beyond'}" d="M${x1} ${down.end(box)}V${y - 8}q0 8 8 8H${x2 - 8}q8 0 8 -8V${up.start(box)}"/>
${down.draw(box)}${up.draw(box)}
${wire !== undefined && chip(wire, { x: x1 + WIRE, y: y - half, room, centred: true })}
</svg>`;
}

/** For phones: nodes below each other, the packet goes down. */
export const tallPicture = (walked: Walked): Markup => stacked(walked, TALL, 'tall');

function stacked(walked: Walked, paper: number, kind: 'wide' | 'tall'): Markup {
  const width = Math.min(paper, STACK);
  // What is drawn later lies on top: boxes, the line between them, the points on it.
  const frames: Markup[] = [];
  const wires: Markup[] = [];
  const points: Markup[] = [];
  let y = 0;
  let from: number | undefined;
  walked.visits.forEach((visit, i) => {
    const last = i === walked.visits.length - 1;
    const column = columnOf(visit, { x: 0, width, up: false, walked, ghost: last ? ghostOf(walked) : undefined });
    if (from !== undefined) {
      const wire = headerAtEnd(walked.visits, i - 1);
      const tall = wire === undefined ? 0 : chipHeight(wire, width - 24);
      const beyond = visit.stations[0]?.beyond === true;
      const next = y + 2 * 14 + tall;
      wires.push(
        html`<path class="way${beyond && ' beyond'}" d="M${column.line} ${from}V${next + column.start(column.height)}"/>`,
        ...(wire === undefined ? [] : [chip(wire, { x: 12, y: y + 14, room: width - 24, centred: false })]),
      );
      y = next;
    }
    frames.push(html`<g transform="translate(0 ${y})">${column.frame(column.height)}</g>`);
    points.push(html`<g transform="translate(0 ${y})">${column.draw(column.height)}</g>`);
    from = y + column.end(column.height);
    y += column.height;
  });
  return html`<svg class="${kind}" viewBox="0 0 ${paper} ${Math.ceil(y + 2)}" role="group" aria-label="${walked.name}, drawn">${frames}${wires}${points}</svg>`;
}

/** The packet as it leaves that visit. */
function headerAtEnd(visits: readonly Visit[], upTo: number): Header | undefined {
  return visits
    .slice(0, upTo + 1)
    .flatMap(({ stations }) => stations)
    .findLast(({ header }) => header !== undefined)?.header;
}

/** Who never gets the packet. */
function ghostOf({ broken, visits, disposition }: Walked): string | undefined {
  if (broken === undefined || broken.how === 'goes-wrong' || disposition === 'delivered') return undefined;
  if (visits.some((v) => v.stations.some((s) => s.beyond))) return undefined;
  const packet = headerAtEnd(visits, visits.length)?.packet;
  const to = packet?.split(' > ').at(1);
  return to === undefined ? undefined : `${to} is not reached`;
}
