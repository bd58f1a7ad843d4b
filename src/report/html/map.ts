import type { ClusterMap, MapNode, MapWay } from '../../core/exhibits.js';
import type { Report } from '../../core/finding.js';
import { count } from './count.js';
import { evidenceList } from './evidence.js';
import { arcsPicture } from './map-arcs.js';
import { matrix } from './map-matrix.js';
import { markOf, nodeLines, saidOf } from './map-node.js';
import { html, type Markup } from './markup.js';
import type { Section } from './outline.js';

/** More nodes than these have more ways between them than arcs can show. */
const ARCS = 4;

/** Nodes whose addresses are listed at once. */
const LISTED = 12;

/** The nodes and how each reaches the pods of the others. */
export function mapSection({ exhibits }: Report): Section | undefined {
  const cluster = exhibits.cluster;
  if (cluster.nodes.length === 0) return undefined;
  const { nodes, ways } = cluster;
  const wrong = ways.map((way, i) => ({ way, i })).filter(({ way }) => way.state === 'wrong');
  return {
    id: 'cluster',
    title: 'The cluster',
    count: nodes.length,
    body: html`<p class="lead">${leadOf(cluster)}</p>
${nodes.length <= ARCS ? arcsPicture(cluster) : html`${ways.length > 0 && matrix(cluster)}${cards(nodes)}`}
${wrong.length > 0 && html`<h3>Ways that are wrong <span class="n">${wrong.length}</span></h3>${list(wrong)}`}
${rest(ways)}`,
  };
}

function leadOf({ nodes, ways }: ClusterMap): string {
  const named = (of: readonly MapNode[], one: string, many: string): string =>
    of.length === 0
      ? ''
      : `${of
          .slice(0, 4)
          .map(({ name }) => name)
          .join(', ')}${of.length > 4 ? ` and ${of.length - 4} more` : ''} ${of.length === 1 ? one : many}`;
  const odd = nodes.filter((node) => markOf(node) === 'odd');
  const differs = nodes.filter((node) => markOf(node) === 'differs');
  const parts = [
    named(odd, 'is at fault', 'are at fault'),
    named(differs, 'differs, and is not blamed', 'differ, and are not blamed'),
  ].filter((part) => part !== '');
  const stands = parts.length === 0 ? 'No node stands out.' : `${parts.join('; ')}.`;
  const states = (['right', 'wrong', 'unknown'] as const)
    .map((state) => [state, ways.filter((way) => way.state === state).length] as const)
    .filter(([, n]) => n > 0)
    .map(([state, n]) => `${n} ${state}`);
  return `${stands}${states.length === 0 ? '' : ` Ways to the pods of other nodes: ${states.join(', ')}.`}`;
}

/** Ways listed at once. */
const WAYS = 10;

function list(ways: readonly { readonly way: MapWay; readonly i: number }[]): Markup {
  const more = ways.slice(WAYS);
  return html`<ol class="ways">${ways.slice(0, WAYS).map(one)}</ol>${
    more.length > 0 &&
    html`<details class="more"><summary>${count(more.length, 'more way')}</summary><ol class="ways">${more.map(one)}</ol></details>`
  }`;
}

const one = ({
  way: { from, to, prefix, says, state, evidence },
  i,
}: {
  readonly way: MapWay;
  readonly i: number;
}): Markup =>
  html`<li id="way${i}" class="${state}"><p><b>${from}</b> to <b>${to}</b>, <code>${prefix}</code>: ${says}</p>${evidenceList(evidence, 3)}</li>`;

function rest(ways: readonly MapWay[]): Markup | undefined {
  const others = ways.map((way, i) => ({ way, i })).filter(({ way }) => way.state !== 'wrong');
  if (others.length === 0) return undefined;
  return html`<details class="more bulk"><summary>${count(others.length, 'other way')}, with the routes that say so</summary><ol class="ways">${others.map(one)}</ol></details>`;
}

/** Nodes as a list: those that stand out first. */
function cards(nodes: readonly MapNode[]): Markup {
  const sorted = (['odd', 'differs', undefined] as const).flatMap((mark) => nodes.filter((n) => markOf(n) === mark));
  const more = sorted.slice(LISTED);
  return html`<ul class="nodes">${sorted.slice(0, LISTED).map(card)}</ul>${
    more.length > 0 &&
    html`<details class="more"><summary>${count(more.length, 'more node')}</summary><ul class="nodes">${more.map(card)}</ul></details>`
  }`;
}

const card = (node: MapNode): Markup =>
  html`<li${markOf(node) !== undefined && html` class="${markOf(node)}"`}><p><b>${node.name}</b></p>${saidOf(node).map((says) => html`<p class="says">${says}</p>`)}<ul>${nodeLines(node).map((line) => html`<li>${line}</li>`)}</ul></li>`;
