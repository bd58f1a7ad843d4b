import { HOW } from './break.js';
import { evidenceWords } from './evidence.js';
import { chip, chipHeight, round } from './journey-chip.js';
import type { Walked } from './journey-picture.js';
import type { Station, Visit } from './journey-stations.js';
import { html, type Markup } from './markup.js';
import { clipped, lines, SANS, SMALL } from './svg-text.js';

/** One node with its stations, drawn into a box whose height the picture decides. All heights count from the box's top. */
export interface Column {
  /** Height that it needs. */
  readonly height: number;
  /** Where the line of the way runs. */
  readonly line: number;
  /** Where the way enters the first station and leaves the last, given the box's height. */
  start(box: number): number;
  end(box: number): number;
  frame(box: number): Markup;
  draw(box: number): Markup;
}

interface Place {
  readonly x: number;
  readonly width: number;
  /** From the bottom to the top: the receiving side of a wire. */
  readonly up: boolean;
  readonly walked: Walked;
  readonly ghost?: string | undefined;
}

const TITLE = 40;
const LINE_AT = 26;
const TEXT_AT = 52;
const SAYS = 16;
const FOOT = 12;
const GHOST = 34;

interface Row {
  readonly station: Station;
  readonly says: readonly string[];
  readonly tall: number;
  readonly chipRoom: number;
}

export function columnOf(visit: Visit, { x, width, up, walked, ghost }: Place): Column {
  const room = width - TEXT_AT - 12;
  const rows = visit.stations.map((station): Row => {
    const says = lines(
      (station.breaks ? walked.broken?.says : undefined) ?? station.says,
      room,
      SANS,
      station.breaks ? 5 : 3,
    );
    const chips = station.header === undefined ? 0 : chipHeight(station.header, room) + 8;
    return { station, says, tall: 24 + says.length * SAYS + chips + 8, chipRoom: room };
  });
  const content = rows.reduce((sum, row) => sum + row.tall, 0) + (ghost === undefined ? 0 : GHOST);
  const height = TITLE + content + FOOT;
  /** Top of each row: in reading order downwards, or upwards from the bottom. */
  const tops = (box: number): readonly number[] => {
    let at = up ? box - FOOT : TITLE;
    return rows.map(({ tall }) => {
      if (up) {
        at -= tall;
        return at;
      }
      at += tall;
      return at - tall;
    });
  };
  const dotOf = (top: number): number => top + 12;
  const line = x + LINE_AT;
  return {
    height,
    line,
    start: (box) => dotOf(tops(box)[0] ?? TITLE),
    end: (box) => dotOf(tops(box).at(-1) ?? TITLE),
    frame: (box) =>
      html`<rect class="node" x="${x + 0.5}" y="0.5" width="${width - 1}" height="${round(box - 1)}" rx="6"/><text class="name" x="${x + TEXT_AT}" y="26">${clipped(visit.node, room, 8.6)}</text>`,
    draw: (box) => {
      const at = tops(box);
      const dots = at.map(dotOf);
      return html`${segments(rows, dots, line)}${ghost !== undefined && ghostly(clipped(ghost, room, SANS), up ? TITLE - 4 : (dots.at(-1) ?? 0) + rows.at(-1)!.tall - 12, { line, x, up, from: dots.at(-1) ?? 0 })}${rows.map((row, i) => stationOf(row, at[i]!, x, line, walked))}`;
    },
  };
}

/** The way between stations; dashed where the packet does not come any more. */
const segments = (rows: readonly Row[], dots: readonly number[], line: number): Markup =>
  html`${rows
    .slice(1)
    .map(
      ({ station }, i) =>
        html`<path class="way${station.beyond && ' beyond'}" d="M${line} ${round(dots[i]!)}V${round(dots[i + 1]!)}"/>`,
    )}`;

const ghostly = (
  text: string,
  y: number,
  { line, x, up, from }: { readonly line: number; readonly x: number; readonly up: boolean; readonly from: number },
): Markup =>
  html`<path class="way beyond" d="M${line} ${round(from)}V${round(up ? y + 20 : y + 10)}"/><circle class="ghost" cx="${line}" cy="${round(up ? y + 14 : y + 16)}" r="6"/><text class="ghost" x="${x + TEXT_AT}" y="${round(up ? y + 19 : y + 21)}">${text}</text>`;

const CLASSES: Readonly<Record<Station['verdict'], string>> = {
  confirmed: 'seen',
  contradicted: 'unseen',
  predicted: 'predicted',
  unknown: 'unknown',
};

function stationOf(
  { station, says, chipRoom }: Row,
  top: number,
  x: number,
  line: number,
  { anchor, broken }: Walked,
): Markup {
  const { breaks, beyond, verdict, stage, device, header } = station;
  const y = top + 12;
  const kind = `${breaks ? 'breaks' : CLASSES[verdict]}${beyond ? ' beyond' : ''}`;
  const mark = breaks ? HOW[broken?.how ?? 'stops'].mark : markOf(station);
  const label = device === undefined ? stage : `${stage} ${device}`;
  return html`<a class="station ${kind}" href="#${anchor}${station.step}"><title>${tip(station, breaks ? broken?.says : undefined)}</title><rect class="hit" x="${x + 6}" y="${round(top)}" width="${chipRoom + TEXT_AT}" height="${round(24 + says.length * SAYS + 4)}" rx="4"/><circle class="dot" cx="${line}" cy="${round(y)}" r="${breaks ? 12 : 10}"/>${
    breaks
      ? html`<path class="cross" d="M${line - 5} ${round(y - 5)}l10 10m0 -10l-10 10"/>`
      : html`<text class="number" x="${line}" y="${round(y + 4)}">${station.n}</text>`
  }<text class="stage" x="${x + TEXT_AT}" y="${round(y + 5)}"><tspan>${clipped(stage, chipRoom - mark.length * SMALL - 12, SANS)}</tspan>${
    device !== undefined &&
    html` <tspan class="device">${clipped(device, chipRoom - (stage.length + 1) * SANS - mark.length * SMALL - 12, SANS)}</tspan>`
  }</text>${mark !== '' && html`<text class="mark" x="${x + TEXT_AT + chipRoom}" y="${round(y + 5)}"><title>${label}</title>${mark}</text>`}${says.map(
    (text, i) => html`<text class="says" x="${x + TEXT_AT}" y="${round(y + 5 + (i + 1) * SAYS)}">${text}</text>`,
  )}</a>${header !== undefined && chip(header, { x: x + TEXT_AT, y: y + 12 + says.length * SAYS + 2, room: chipRoom, centred: false })}`;
}

function markOf({ verdict, seen }: Station): string {
  if (verdict === 'confirmed') {
    const times = /(\d+) times/.exec(seen[0]?.role ?? '')?.[1];
    return times === undefined ? 'seen' : `seen ${times}×`;
  }
  if (verdict === 'contradicted') return 'not seen';
  return verdict === 'unknown' ? 'cannot tell' : '';
}

/** What a pointer shows where scripts do not run. */
const tip = ({ n, stage, device, says, seen }: Station, named: string | undefined): string =>
  [
    `${n}. ${stage}${device === undefined ? '' : ` ${device}`}: ${named ?? says}`,
    ...seen.slice(0, 2).map(evidenceWords),
  ].join(' | ');
