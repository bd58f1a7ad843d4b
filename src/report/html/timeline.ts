import type { TimelineEvent } from '../../core/exhibits.js';
import type { Report } from '../../core/finding.js';
import { count } from './count.js';
import { html, type Markup } from './markup.js';
import type { Section } from './outline.js';

/** More events than these start folded. */
const OPEN = 40;

/** What happened when. The filter appears where scripts run. */
export function timelineSection({ exhibits }: Report): Section | undefined {
  const timeline = exhibits.timeline;
  if (timeline.events.length === 0) return undefined;
  const { events, more } = timeline;
  const guessed = events.some(({ exact }) => !exact);
  return {
    id: 'timeline',
    title: 'Time line',
    count: events.length,
    body: html`<p class="lead">What captures, logs and commands tell, in order of time. A bar marks what findings cite.${
      guessed && ' A time with ~ is a guess: its year, date or zone is not written there.'
    }${more > 0 && ` ${count(more, 'event')} further from the failure are left out.`}</p>
<details class="timeline"${events.length <= OPEN && html` open`}><summary>${count(events.length, 'event')}</summary>
${filter(events)}
<ol class="events${events.length > OPEN && ' long'}" id="events">${events.map(row)}</ol></details>${events.length > OPEN && html`<p class="on-paper">On paper: only what findings cite.</p>`}`,
  };
}

function filter(events: readonly TimelineEvent[]): Markup {
  const kinds = [...new Set(events.map(({ kind }) => kind))].sort();
  const nodes = [...new Set(events.flatMap(({ node }) => node ?? []))].sort();
  return html`<div class="filter" role="search" aria-label="Filter the time line" hidden>
<label>Text <input type="search" data-filter="text" autocomplete="off" spellcheck="false"></label>
${select('kind', 'Kind', kinds)}${nodes.length > 0 && select('node', 'Node', nodes)}
<label class="check"><input type="checkbox" data-filter="cited"> cited only</label>
<output role="status" data-shown="${count(events.length, 'event')}">${count(events.length, 'event')}</output></div>`;
}

const select = (name: string, title: string, values: readonly string[]): Markup =>
  html`<label>${title} <select data-filter="${name}" autocomplete="off"><option value="">all</option>${values.map(
    (value) => html`<option value="${value}">${value}</option>`,
  )}</select></label>`;

function row(event: TimelineEvent): Markup {
  const { time, exact, kind, node, says, file, line, frame, codes } = event;
  const place = frame === undefined ? `${file}${line === undefined ? '' : `:${line}`}` : `${file} frame ${frame}`;
  return html`<li${codes.length > 0 && html` class="cited"`} data-kind="${kind}"${node !== undefined && html` data-node="${node}"`}><span class="time">${!exact && html`<abbr title="a guess">~</abbr>`}${time}</span> <span class="kind">${kind}</span> <span class="who">${node ?? ''}</span> <span class="says">${says}</span> <span class="source"><span class="place">${place}</span>${
    codes.length > 0 && html` <span class="cites">${codes.join(', ')}</span>`
  }</span></li>
`;
}
