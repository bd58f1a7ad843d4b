import type { ClusterMap, MapNode, MapWay } from '../../core/exhibits.js';
import { worst } from './map-bows.js';
import { wayMarks } from './map-legend.js';
import { markOf } from './map-node.js';
import { html, type Markup } from './markup.js';
import { clipped, SMALL } from './svg-text.js';

const LABEL = 128;
const TOP = 116;
/** Side of a cell: smaller for many nodes. */
const sideOf = (nodes: number): number => (nodes > 24 ? 14 : 20);

/** Many nodes: who reaches whom, one cell a pair. What is right is drawn as one path, so that only faults cost. */
export function matrix({ nodes, ways }: ClusterMap): Markup {
  const side = sideOf(nodes.length);
  const at = new Map(nodes.map(({ name }, i) => [name, i]));
  const pairs = pairsOf(ways, at);
  const short = withoutDomain(nodes.map(({ name }) => name));
  const cell = (row: number, column: number): string =>
    `M${LABEL + column * side + 2} ${TOP + row * side + 2}h${side - 4}v${side - 4}h${4 - side}z`;
  const drawn = (state: MapWay['state']): string =>
    pairs
      .filter((pair) => pair.state === state)
      .map(({ row, column }) => cell(row, column))
      .join('');
  const width = LABEL + nodes.length * side + 60;
  const height = TOP + nodes.length * side + 4;
  return html`<div class="scroll" role="region" aria-label="Who reaches whom" tabindex="0"><svg class="matrix" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="group" aria-label="Who reaches whom: a row sends, a column receives">
<path class="cell none" d="${nodes.map((_, i) => cell(i, i)).join('')}"/><path class="cell right" d="${drawn('right')}"/><path class="cell unknown" d="${drawn('unknown')}"/>
${nodes.map(
  (node, i) =>
    html`<text class="row${classOf(node)}" x="${LABEL - 8}" y="${TOP + i * side + side / 2 + 4}"><title>${node.name}</title>${clipped(short(node.name), LABEL - 12, SMALL)}</text><text class="column${classOf(node)}" transform="translate(${LABEL + i * side + side / 2 + 4} ${TOP - 6}) rotate(-70)"><title>${node.name}</title>${clipped(short(node.name), TOP - 10, SMALL)}</text>`,
)}
${pairs
  .filter(({ state }) => state === 'wrong')
  .map(
    ({ row, column, first, title }) =>
      html`<a class="wrong" href="#way${first}"><title>${title}</title><path class="cell wrong" d="${cell(row, column)}"/><path class="cross" d="M${LABEL + column * side + 5} ${TOP + row * side + 5}l${side - 10} ${side - 10}m0 ${10 - side}l${10 - side} ${side - 10}"/></a>`,
  )}
</svg></div>
<ul class="legend" aria-label="Marks of the table"><li>A row sends, a column receives.</li>${wayMarks(
    pairs.map(({ state }) => state),
    (state) => html`<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">${MARKS[state]}</svg>`,
  )}<li>empty: not listed</li></ul>`;
}

const MARKS: Readonly<Record<MapWay['state'], Markup>> = {
  right: html`<path class="cell right" d="M2 2h12v12h-12z"/>`,
  wrong: html`<path class="cell wrong" d="M2 2h12v12h-12z"/><path class="cross" d="M5 5l6 6m0 -6l-6 6"/>`,
  unknown: html`<path class="cell unknown" d="M2.5 2.5h11v11h-11z"/>`,
};

const classOf = (node: MapNode): string => (markOf(node) === undefined ? '' : ` ${markOf(node)}`);

interface Pair {
  readonly row: number;
  readonly column: number;
  readonly state: MapWay['state'];
  readonly first: number;
  readonly title: string;
}

function pairsOf(ways: readonly MapWay[], at: ReadonlyMap<string, number>): readonly Pair[] {
  const grouped = new Map<string, number[]>();
  ways.forEach(({ from, to }, i) => {
    const key = `${at.get(from) ?? ''} ${at.get(to) ?? ''}`;
    grouped.set(key, [...(grouped.get(key) ?? []), i]);
  });
  return [...grouped.values()].flatMap((places) => {
    const mine = places.flatMap((i) => ways[i] ?? []);
    const [way] = mine;
    const row = way && at.get(way.from);
    const column = way && at.get(way.to);
    if (way === undefined || row === undefined || column === undefined) return [];
    const state = worst(mine);
    const first = places.find((i) => ways[i]?.state === state) ?? places[0]!;
    const shown = ways[first]!;
    return [{ row, column, state, first, title: `${shown.from} to ${shown.to}, ${shown.prefix}: ${shown.says}` }];
  });
}

/** Names of one domain are told apart by what stands before it. */
function withoutDomain(names: readonly string[]): (name: string) => string {
  const domain = names[0]?.replace(/^[^.]*/, '') ?? '';
  return domain !== '' && names.every((name) => name.endsWith(domain) && name.length > domain.length)
    ? (name) => name.slice(0, -domain.length)
    : (name) => name;
}
