import type { ConversationExhibit } from '../../core/exhibits.js';
import type { TracedStep, TracedWalk } from '../../core/trace.js';
import { type Break, HOW } from './break.js';
import { count } from './count.js';
import { evidenceList } from './evidence.js';
import { html, type Markup } from './markup.js';

const VERDICTS: Readonly<Record<TracedStep['verdict'], string>> = {
  confirmed: 'seen',
  contradicted: 'captured there, but not seen',
  predicted: '',
  unknown: 'cannot tell',
};

/** Every step with the lines that decide it; what the points of the picture lead to. */
export function stepList(c: ConversationExhibit, at: number, broken: Break | undefined): Markup {
  const steps = c.request.steps.length + (c.reply?.steps.length ?? 0);
  return html`<details class="more bulk steps"><summary>${count(steps, 'step')}, one by one, with the lines that decide</summary>
${list(c, 'request', `c${at}q`, broken)}${list(c, 'reply', `c${at}a`, broken)}</details>`;
}

function list(
  c: ConversationExhibit,
  which: 'request' | 'reply',
  anchor: string,
  broken: Break | undefined,
): Markup | undefined {
  const walk: TracedWalk | undefined = c[which];
  if (walk === undefined) return undefined;
  const breaks = c.breaksAt?.walk === which ? c.breaksAt.step : undefined;
  return html`<p class="way">${which === 'request' ? 'There' : 'Back'}</p><ol>${walk.steps.map((step, i) => {
    const before = walk.steps[i - 1];
    const mark = i === breaks && c.breaksAt !== undefined ? HOW[c.breaksAt.how].mark : VERDICTS[step.verdict];
    return html`<li id="${anchor}${i}"${i === breaks && html` class="breaks"`}><p><b>${step.node}</b> <span class="stage">${step.stage}</span>${
      step.device !== undefined && html` <code>${step.device}</code>`
    } ${step.says}${mark !== '' && html` <span class="mark">${mark}</span>`}</p>${
      (before === undefined || before.packet !== step.packet || before.envelope !== step.envelope) && header(step)
    }${
      i === breaks &&
      broken?.finding !== undefined &&
      html`<p>${broken.says} (<a href="#f${broken.finding}">its evidence</a>)</p>`
    }${evidenceList([...step.because, ...step.seen])}</li>`;
  })}</ol><p class="ends">Ends as <code>${walk.disposition}</code></p>`;
}

const header = ({ packet, envelope }: TracedStep): Markup =>
  html`<p class="header"><code>${envelope !== undefined && `${envelope} [ `}${packet}${envelope !== undefined && ' ]'}</code></p>`;
