import type { ClusterMap, MapNode, MapWay } from '../../core/exhibits.js';
import { round } from './journey-chip.js';
import { type Bow, bowsOf } from './map-bows.js';
import { wayMarks } from './map-legend.js';
import { markOf, nodeLines, saidOf } from './map-node.js';
import { html, type Markup } from './markup.js';
import { clipped, lines, MONO, SANS } from './svg-text.js';

const LINE = 17;
const GAP = 24;
const WIDE = 960;
const TALL = 360;
/** First lane's distance from the boxes, and between lanes. */
const LANE = 18;

/** Few nodes: boxes with what they are known by, and the ways between them as bows. */
export function arcsPicture(cluster: ClusterMap): Markup {
  const bows = bowsOf(cluster);
  return html`<figure class="map">${wide(cluster, bows)}${tall(cluster, bows)}</figure>
<ul class="legend" aria-label="Marks of the picture">${wayMarks(
    bows.map(({ state }) => state),
    (state) =>
      html`<svg width="28" height="12" viewBox="0 0 28 12" aria-hidden="true"><path class="bow ${state}" d="M0 6H28"/></svg>`,
  )}</ul>`;
}

interface Box {
  readonly node: MapNode;
  readonly said: readonly string[];
  readonly lines: readonly string[];
  readonly tall: number;
}

function boxOf(node: MapNode, width: number): Box {
  const said = saidOf(node)
    .slice(0, 3)
    .flatMap((says) => lines(says, width - 24, SANS, 3));
  const known = nodeLines(node)
    .slice(0, 9)
    .map((line) => clipped(line, width - 24, MONO));
  return { node, said, lines: known, tall: 34 + (said.length + known.length) * LINE + 8 };
}

const draw = ({ node, said, lines: known }: Box, x: number, y: number, width: number, height: number): Markup =>
  html`<g class="box${markOf(node) !== undefined && ` ${markOf(node)}`}${!node.collected && ' absent'}"><title>${[node.name, ...saidOf(node), ...nodeLines(node)].join(' | ')}</title><rect x="${round(x + 0.75)}" y="${round(y + 0.75)}" width="${round(width - 1.5)}" height="${round(height - 1.5)}" rx="6"/><text class="name" x="${round(x + 12)}" y="${round(y + 24)}">${clipped(node.name, width - 24, 8.6)}</text>${said.map(
    (text, i) => html`<text class="says" x="${round(x + 12)}" y="${round(y + 24 + (i + 1) * LINE)}">${text}</text>`,
  )}${known.map((text, i) => html`<text class="known" x="${round(x + 12)}" y="${round(y + 24 + (said.length + i + 1) * LINE)}">${text}</text>`)}</g>`;

function wide({ nodes, ways }: ClusterMap, bows: readonly Bow[]): Markup {
  const width = Math.min(380, (WIDE - GAP * (nodes.length - 1)) / nodes.length);
  const left = (WIDE - width * nodes.length - GAP * (nodes.length - 1)) / 2;
  const boxes = nodes.map((node) => boxOf(node, width));
  const base = Math.max(...boxes.map((box) => box.tall));
  const x = (i: number): number => left + i * (width + GAP);
  const lanes = Math.max(-1, ...bows.map(({ lane }) => lane)) + 1;
  const height = base + (lanes === 0 ? 4 : lanes * LANE + 20);
  return html`<svg class="wide" viewBox="0 0 ${WIDE} ${height}" role="group" aria-label="The nodes and the ways between them, drawn">${boxes.map(
    (box, i) => draw(box, x(i), 0, width, base),
  )}${bows.map((bow) => {
    const a = round(x(bow.a) + width * bow.atA);
    const b = round(x(bow.b) + width * bow.atB);
    const depth = base + (bow.lane + 1) * LANE;
    return linked(
      bow,
      ways,
      html`<path class="bow ${bow.state}" d="M${a} ${base}V${depth - 6}q0 6 6 6H${b - 6}q6 0 6 -6V${base}"/>${heads(
        bow,
      ).map((end) => {
        const at = end === 'a' ? a : b;
        return html`<path class="tip ${bow.state}" d="M${at} ${base + 1}l-4 8h8z"/>`;
      })}`,
    );
  })}</svg>`;
}

function tall({ nodes, ways }: ClusterMap, bows: readonly Bow[]): Markup {
  const lanes = Math.max(-1, ...bows.map(({ lane }) => lane)) + 1;
  const step = Math.min(LANE, 110 / Math.max(1, lanes));
  const width = TALL - lanes * step - 12;
  const boxes = nodes.map((node) => boxOf(node, width));
  const tops: number[] = [];
  let y = 0;
  for (const box of boxes) {
    tops.push(y);
    y += box.tall + 14;
  }
  return html`<svg class="tall" viewBox="0 0 ${TALL} ${y}" role="group" aria-label="The nodes and the ways between them, drawn">${boxes.map(
    (box, i) => draw(box, 0, tops[i]!, width, box.tall),
  )}${bows.map((bow) => {
    const a = round(tops[bow.a]! + boxes[bow.a]!.tall * bow.atA);
    const b = round(tops[bow.b]! + boxes[bow.b]!.tall * bow.atB);
    const depth = round(width + (bow.lane + 1) * step);
    return linked(
      bow,
      ways,
      html`<path class="bow ${bow.state}" d="M${width} ${a}H${depth - 6}q6 0 6 6V${b - 6}q0 6 -6 6H${width}"/>${heads(
        bow,
      ).map((end) => {
        const at = end === 'a' ? a : b;
        return html`<path class="tip ${bow.state}" d="M${width + 1} ${at}l8 -4v8z"/>`;
      })}`,
    );
  })}</svg>`;
}

const heads = ({ both, forward }: Bow): readonly ('a' | 'b')[] => (both ? ['a', 'b'] : [forward ? 'b' : 'a']);

const linked = ({ ways: mine, state }: Bow, ways: readonly MapWay[], drawn: Markup): Markup =>
  html`<a class="way-link ${state}" href="#way${mine[0] ?? 0}"><title>${mine
    .flatMap((i) => ways[i] ?? [])
    .slice(0, 6)
    .map(({ from, to, prefix, says }) => `${from} to ${to}, ${prefix}: ${says}`)
    .join(' | ')}</title>${drawn}</a>`;
