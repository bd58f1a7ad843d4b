import type { Header } from './journey-stations.js';
import { html, type Markup } from './markup.js';
import { lines, MONO } from './svg-text.js';

const LINE = 16;
const PAD = 8;
/** Between the envelope's text and the packet in it. */
const INSET = 7;

interface Room {
  readonly x: number;
  readonly y: number;
  readonly room: number;
  readonly centred: boolean;
}

/** Addresses on one line where there is room, else source and destination below each other. */
function words(text: string, room: number): readonly string[] {
  const most = room - 2 * PAD;
  if (text.length * MONO <= most) return [text];
  const at = text.indexOf(' > ');
  if (at < 0) return lines(text, most, MONO, 2);
  return [...lines(text.slice(0, at), most, MONO, 2), ...lines(text.slice(at + 1), most, MONO, 2)];
}

const inner = (room: number): number => room - 2 * PAD;

export function chipHeight({ packet, envelope }: Header, room: number): number {
  const own = words(packet, envelope === undefined ? room : inner(room)).length * LINE + 8;
  return envelope === undefined ? own : own + words(envelope, room).length * LINE + INSET + PAD;
}

/** A packet's header as a box; in a tunnel the packet is a box in its envelope's box. */
export function chip({ packet, envelope }: Header, { x, y, room, centred }: Room): Markup {
  const own = words(packet, envelope === undefined ? room : inner(room));
  const outer = envelope === undefined ? [] : words(envelope, room);
  const ownWide = longest(own) * MONO + 2 * PAD;
  const wide = Math.min(room, envelope === undefined ? ownWide : Math.max(longest(outer) * MONO, ownWide) + 2 * PAD);
  const left = x + (centred ? (room - wide) / 2 : 0);
  if (envelope === undefined)
    return box(own, { x: left, y, wide, tall: own.length * LINE + 8, kind: 'packet', title: packet });
  const below = y + outer.length * LINE + INSET;
  return html`${box(outer, { x: left, y, wide, tall: chipHeight({ packet, envelope }, room), kind: 'envelope', title: envelope })}${box(
    own,
    {
      x: left + PAD,
      y: below,
      wide: wide - 2 * PAD,
      tall: own.length * LINE + 8,
      kind: 'packet',
      title: packet,
    },
  )}`;
}

const longest = (texts: readonly string[]): number => Math.max(...texts.map((t) => t.length));

interface Box {
  readonly x: number;
  readonly y: number;
  readonly wide: number;
  readonly tall: number;
  readonly kind: 'packet' | 'envelope';
  readonly title: string;
}

const box = (texts: readonly string[], { x, y, wide, tall, kind, title }: Box): Markup =>
  html`<g class="chip ${kind}"><title>${kind === 'envelope' ? 'outer header' : 'header'}: ${title}</title><rect x="${round(x)}" y="${round(y)}" width="${round(wide)}" height="${round(tall)}" rx="3"/>${texts.map(
    (text, i) => html`<text x="${round(x + PAD)}" y="${round(y + LINE + i * LINE)}">${text}</text>`,
  )}</g>`;

/** Tenths of a unit are enough, and keep the file small. */
export const round = (n: number): number => Math.round(n * 10) / 10;
