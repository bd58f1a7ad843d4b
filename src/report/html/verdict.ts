import type { Finding, Report } from '../../core/finding.js';
import { clockLine } from '../clocks.js';
import { breakOf, HOW } from './break.js';
import { instruction, remedyBlocks } from './command.js';
import { CONFIDENCE, STATES } from './confidence.js';
import { html, type Markup } from './markup.js';

/** Commands shown when there is nothing to mend yet. */
const COLLECT_SHOWN = 3;

/** What broke, where, and what to do: all that somebody in a hurry reads. */
export function verdictSection(report: Report): Markup {
  const { verdict } = report;
  const cause = report.findings.findIndex((f) => f.kind === 'cause' && f.code === verdict.cause);
  const finding = report.findings[cause];
  return html`<section id="verdict" class="${verdict.state}" aria-labelledby="verdict-h">
<p class="state"><strong>${STATES[verdict.state]}</strong>${
    verdict.cause !== null &&
    html` <a class="code" href="#f${cause}">${verdict.cause}</a> <span class="confidence"><strong>${verdict.confidence ?? ''}</strong>${
      verdict.confidence !== null && html`: ${CONFIDENCE[verdict.confidence]}`
    }</span>`
  }</p>
<h1 id="verdict-h">${verdict.summary}</h1>
${whereItBreaks(report)}
${report.about !== undefined && html`<p class="about"><strong>About ${report.about.complaint}:</strong> ${report.about.detail}</p>`}
${finding !== undefined && finding.remedy.length > 0 ? fix(finding) : collect(report)}
${others(report, cause)}
${clocks(report)}
</section>
`;
}

/** Nodes, addresses and devices named where no single hop can be. */
const SUBJECTS = 6;

function whereItBreaks({ verdict, exhibits, findings }: Report): Markup | undefined {
  const [conversation] = exhibits.conversations;
  const broken = conversation === undefined ? undefined : breakOf(conversation, findings);
  if (verdict.cause === null) return undefined;
  if (broken === undefined) {
    return verdict.subjects.length === 0
      ? undefined
      : html`<p class="where"><span class="label">Where</span> ${verdict.subjects.slice(0, SUBJECTS).map((subject, i) => html`${i > 0 && ', '}<code>${subject}</code>`)}</p>`;
  }
  const { step } = broken;
  return html`<p class="where"><span class="label">${HOW[broken.how].at}</span> <a href="#journey"><b>${step.node}</b>${
    step.device !== undefined && html`, <code>${step.device}</code>`
  }, ${step.stage}</a>${broken.walk === 'reply' && ' (on the way back)'}${broken.finding === undefined && `: ${broken.says}`}</p>`;
}

const fix = (finding: Finding): Markup =>
  html`<h2 id="fix" class="fix">The fix</h2>${remedyBlocks(finding.remedy, 'the fix')}`;

function collect({ notChecked: asked, verdict }: Report): Markup | undefined {
  if (asked.length === 0 || verdict.state === 'diagnosed') return undefined;
  const shown = Math.max(asked.filter(({ first }) => first === true).length, Math.min(COLLECT_SHOWN, asked.length));
  return html`<h2 id="fix" class="fix">${verdict.state === 'no-fault-found' ? 'If it still fails, collect' : 'What would tell'}</h2>
<ul class="collect">${asked
    .slice(0, shown)
    .map(
      ({ code, missing, collect: c }) =>
        html`<li>${instruction(c, `what ${code} needs`)}<p class="for">for <code>${code}</code>: ${missing.join('; ')}</p></li>`,
    )}</ul>
${asked.length > shown && html`<p><a href="#not-checked">${asked.length - shown} more checks lack something</a></p>`}`;
}

/** Faults of their own beside the first. */
function others(report: Report, cause: number): Markup | undefined {
  const found = report.findings
    .map((finding, i) => ({ finding, i }))
    .filter(
      ({ finding, i }) =>
        i !== cause && finding.kind === 'cause' && finding.severity !== 'info' && finding.explainedBy === undefined,
    );
  if (found.length === 0) return undefined;
  return html`<div class="also"><h2>Found as well</h2><ul>${found.map(
    ({ finding, i }) => html`<li><a class="code" href="#f${i}">${finding.code}</a> ${finding.title}</li>`,
  )}</ul></div>`;
}

function clocks(report: Report): Markup | undefined {
  const line = clockLine(report.clocks);
  return line === undefined ? undefined : html`<p class="clocks">${line}.</p>`;
}
