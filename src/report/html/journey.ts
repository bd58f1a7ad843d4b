import type { ConversationExhibit } from '../../core/exhibits.js';
import type { Report } from '../../core/finding.js';
import type { Collect, TracedWalk } from '../../core/trace.js';
import { type Break, breakOf, HOW } from './break.js';
import { instruction } from './command.js';
import { evidenceList } from './evidence.js';
import { legend } from './journey-legend.js';
import { tallPicture, type Walked, widePicture } from './journey-picture.js';
import { visitsOf } from './journey-stations.js';
import { stepList } from './journey-steps.js';
import { ladderFigure } from './ladder.js';
import { html, type Markup } from './markup.js';
import type { Section } from './outline.js';

/** The conversations that failed: predicted way, what was seen of it, where the two part. */
export function journeySection({ exhibits, findings }: Report): Section | undefined {
  const [first, ...rest] = exhibits.conversations;
  if (first === undefined) return undefined;
  const codes = (c: ConversationExhibit): Markup | undefined =>
    c.findings.length === 0
      ? undefined
      : html`<p class="meta">Findings: ${c.findings
          .slice(0, 4)
          .flatMap((i) => findings[i] ?? [])
          .map(({ code }, k) => html`<a class="code" href="#f${c.findings[k] ?? 0}">${code}</a> `)}</p>`;
  return {
    id: 'journey',
    title: 'The journey',
    body: html`<h3 class="flow">${first.title}</h3>${codes(first)}${conversation(first, 0, findings)}${
      rest.length > 0 &&
      html`<h3>Other conversations <span class="n">${rest.length}</span></h3>${rest.map(
        (c, i) =>
          html`<details class="row bulk conversation"><summary><h4 class="flow">${c.title}</h4> ${c.says}</summary>${codes(c)}${conversation(c, i + 1, findings)}</details>`,
      )}`
    }`,
  };
}

function conversation(c: ConversationExhibit, at: number, findings: Report['findings']): Markup {
  const broken = breakOf(c, findings);
  return html`<p class="lead">${c.says}</p>
${c.unmarked !== undefined && html`<p class="unmarked">${c.unmarked}</p>`}
${way(c, 'request', at, broken)}${way(c, 'reply', at, broken)}${legend(c)}
${
  broken !== undefined &&
  html`<div class="at-break"><p><b>${HOW[broken.how].at}</b> ${broken.step.node}, ${broken.step.stage}: ${broken.says}${broken.finding !== undefined && html` (<a href="#f${broken.finding}">its evidence</a>)`}</p>${evidenceList(broken.evidence)}</div>`
}
${stepList(c, at, broken)}
${c.ladder !== undefined && ladderFigure(c.ladder, at)}`;
}

function way(
  c: ConversationExhibit,
  which: 'request' | 'reply',
  at: number,
  broken: Break | undefined,
): Markup | undefined {
  const walk: TracedWalk | undefined = c[which];
  if (walk === undefined || walk.steps.length === 0) return undefined;
  const breaksAt = c.breaksAt?.walk === which ? c.breaksAt.step : undefined;
  const walked: Walked = {
    visits: visitsOf(walk, c.breaksAt?.walk === which ? c.breaksAt : undefined),
    disposition: walk.disposition,
    broken:
      breaksAt === undefined || broken === undefined
        ? undefined
        : { how: broken.how, says: broken.finding === undefined ? undefined : broken.says },
    anchor: `c${at}${which === 'request' ? 'q' : 'a'}`,
    name: which === 'request' ? 'The way there' : 'The way back',
  };
  const picture = html`<figure class="journey"><figcaption>${walked.name}${
    breaksAt === undefined && html` <span class="n">${walk.disposition}</span>`
  }</figcaption>${widePicture(walked)}${tallPicture(walked)}<div class="peek" role="status" hidden></div></figure>
${collects(walk)}`;
  // An answer that comes home is background.
  return which === 'reply' && breaksAt === undefined
    ? html`<details class="more"><summary>The way back: ${walk.disposition}</summary>${picture}</details>`
    : picture;
}

/** What had to be taken for granted, and what would have told more. */
function collects({ missing, assumed }: TracedWalk): Markup | undefined {
  const wanted = (label: string, { what, collect }: Collect): Markup =>
    html`<li>${label} ${what} ${instruction(collect, 'what would tell')}</li>`;
  if (missing === undefined && assumed.length === 0) return undefined;
  return html`<details class="more"><summary>${
    missing === undefined ? 'Taken for granted on this way' : 'What would tell more'
  }</summary><ul class="collect">${missing !== undefined && wanted('Not in the bundle:', missing)}${assumed.map((a) =>
    wanted('Taken for granted:', a),
  )}</ul></details>`;
}
