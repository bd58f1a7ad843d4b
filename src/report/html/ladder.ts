import type { Ladder, LadderPacket, LadderTap } from '../../core/exhibits.js';
import { count } from './count.js';
import { round } from './journey-chip.js';
import { type Moment, momentsOf, span } from './ladder-axis.js';
import { html, type Markup } from './markup.js';
import { clipped, SMALL } from './svg-text.js';

const WIDE = { width: 960, axis: 92, kind: 'wide' } as const;
const TALL = { width: 360, axis: 58, kind: 'tall' } as const;
type Paper = typeof WIDE | typeof TALL;

const HEAD = 56;
/** Few lines need not stand further apart than this. */
const COLUMN = 340;
/** Half of an arrow whose packet was seen at one place alone. */
const STUB = 34;

/** The packets of a conversation over the places where they were captured, with every frame in a list below. */
export function ladderFigure(ladder: Ladder, at: number): Markup | undefined {
  if (ladder.taps.length === 0 || ladder.packets.length === 0) return undefined;
  const anchor = `c${at}p`;
  return html`<h4 id="c${at}ladder" tabindex="-1">The packets</h4>
<p class="lead">Each line is a place of capture, in the order of the way from client to server; time runs down. Pauses are shortened, their length is beside the axis. Numbers are frames${ladder.taps.some(({ kind }) => kind !== 'capture') && ', or lines of a text'}.</p>
<ol class="taps">${ladder.taps.map(
    ({ label, file, clockMs }) =>
      html`<li><b>${label}</b> <span class="place">${file}</span>${clockMs !== 0 && html` <span class="role">clock moved by ${signed(-clockMs)} ms</span>`}</li>`,
  )}</ol>
<figure class="ladder">${picture(ladder, WIDE, anchor)}${picture(ladder, TALL, anchor)}<div class="peek" role="status" hidden></div></figure>
${ladder.more > 0 && html`<p class="lead">${count(ladder.more, 'more packet')} of this conversation are not drawn.</p>`}
<details class="more bulk packets"><summary>${count(ladder.packets.length, 'packet')}, frame by frame</summary><ol>${ladder.packets.map(
    (packet, i) => item(packet, i, ladder, anchor),
  )}</ol></details>`;
}

const signed = (ms: number): string => `${ms < 0 ? '\u2212' : '+'}${Math.abs(ms)}`;

const placeAt = (tap: LadderTap | undefined, at: number): string =>
  tap === undefined ? '' : tap.kind === 'capture' ? `${tap.file} frame ${at}` : `${tap.file}:${at}`;

const words = ({ label, repeated }: LadderPacket): string => (repeated ? `${label}, again` : label);

const item = (packet: LadderPacket, i: number, { taps }: Ladder, anchor: string): Markup =>
  html`<li id="${anchor}${i}"><p><b>${words(packet)}</b></p><ul class="evidence">${packet.sightings.map(
    ({ tap, ms, frame, quote }) =>
      html`<li><p><span class="place">${placeAt(taps[tap], frame)}</span> <span class="role">${taps[tap]?.label ?? ''}, ${span(ms)} after the first</span></p><pre><code>${quote}</code></pre></li>`,
  )}</ul></li>`;

function picture(ladder: Ladder, paper: Paper, anchor: string): Markup {
  const { taps, packets } = ladder;
  const column = Math.min(COLUMN, (paper.width - paper.axis) / taps.length);
  const x = (tap: number): number => round(paper.axis + (tap + 0.5) * column);
  const moments = momentsOf(packets, HEAD + 34);
  const bottom = (moments.at(-1)?.y ?? HEAD) + 34;
  return html`<svg class="${paper.kind}" viewBox="0 0 ${paper.width} ${Math.ceil(bottom + 4)}" role="group" aria-label="The packets, drawn">
${taps.map(({ node, device, label }, tap) => {
  const room = column - 8;
  const named = room > 110;
  return html`<g class="tap"><title>${label}</title><circle cx="${x(tap)}" cy="14" r="11"/><text class="number" x="${x(tap)}" y="18">${tap + 1}</text>${
    named &&
    html`<text class="name" x="${x(tap)}" y="40">${clipped(node ?? label, room, SMALL)}</text>${device !== undefined && node !== undefined && html`<text class="device" x="${x(tap)}" y="54">${clipped(device, room, SMALL)}</text>`}`
  }<path class="life" d="M${x(tap)} ${named ? HEAD + 6 : 30}V${round(bottom)}"/></g>`;
})}
${packets.map((packet, i) => rung(packet, moments[i]!, { x, paper, column, href: `${anchor}${i}`, ladder }))}
</svg>`;
}

interface Drawn {
  readonly x: (tap: number) => number;
  readonly paper: Paper;
  readonly column: number;
  readonly href: string;
  readonly ladder: Ladder;
}

function rung(packet: LadderPacket, { y, pause }: Moment, { x, paper, column, href, ladder }: Drawn): Markup {
  const { direction, repeated, sightings } = packet;
  const first = sightings[0];
  const last = sightings.at(-1);
  if (first === undefined || last === undefined) return html``;
  const towards = direction === 'request' ? 1 : -1;
  const stub = Math.min(STUB, column / 2 - 6);
  const alone = sightings.every(({ tap }) => tap === first.tap);
  // Drawn in the packet's direction, whatever the clocks say.
  const ends = sightings.map(({ tap }) => x(tap));
  // A packet that one tap alone saw: it comes from the sender's side, or starts there.
  const starts = first.tap === (towards > 0 ? 0 : ladder.taps.length - 1);
  const from = alone
    ? x(first.tap) - (starts ? 0 : towards * stub)
    : towards > 0
      ? Math.min(...ends)
      : Math.max(...ends);
  const to = alone
    ? x(first.tap) + towards * (starts ? 2 * stub : stub)
    : towards > 0
      ? Math.max(...ends)
      : Math.min(...ends);
  const middle = (from + to) / 2;
  const text = clipped(words(packet), Math.max(column, Math.abs(to - from)) - 10, SMALL);
  return html`<a class="rung ${direction}${repeated && ' repeated'}" href="#${href}"><title>${sightings
    .map(({ tap, frame }) => placeAt(ladder.taps[tap], frame))
    .join(
      ', ',
    )}: ${last.quote}</title><rect class="hit" x="0" y="${round(y - 20)}" width="${paper.width}" height="32" rx="4"/><text class="time" x="${paper.axis - 14}" y="${round(y + 4)}">${span(first.ms)}</text>${
    pause !== undefined && html`<text class="pause" x="${paper.axis - 14}" y="${round(y - 18)}">+${pause}</text>`
  }<path class="arrow" d="M${round(from)} ${round(y)}H${round(to)}"/><path class="head" d="M${round(to - 4 * towards)} ${round(y)}l${-8 * towards} -4.5v9z"/>${sightings.map(
    ({ tap, frame }) =>
      html`<circle class="sight" cx="${x(tap)}" cy="${round(y)}" r="3.5"/>${column > 50 && html`<text class="frame" x="${round(x(tap) + 6)}" y="${round(y + 13)}">${frame}</text>`}`,
  )}<text class="what" x="${round(middle)}" y="${round(y - 7)}">${text}</text></a>`;
}
