import type { Finding, Report } from '../../core/finding.js';
import { remedyBlocks } from './command.js';
import { CONFIDENCE } from './confidence.js';
import { count } from './count.js';
import { evidenceList } from './evidence.js';
import { html, type Markup } from './markup.js';
import type { Section } from './outline.js';

/** Findings of one group that are listed at once; the others are one fold away. */
const LISTED = 25;

interface Placed {
  readonly finding: Finding;
  /** Place in `report.findings`, which other parts of the page link to. */
  readonly i: number;
}

/** Every finding with its evidence: causes first, then what they explain. */
export function findingsSection(report: Report): Section | undefined {
  if (report.findings.length === 0) return undefined;
  const placed = report.findings.map((finding, i) => ({ finding, i }));
  const verdictAt = placed.find(({ finding: f }) => f.kind === 'cause' && f.code === report.verdict.cause)?.i;
  return {
    id: 'findings',
    title: 'Findings',
    count: report.findings.length,
    body: html`${groups(placed).map(
      ([title, members]) =>
        html`<h3>${title} <span class="n">${members.length}</span></h3>${folded(members, verdictAt)}`,
    )}`,
  };
}

function groups(placed: readonly Placed[]): (readonly [string, readonly Placed[]])[] {
  const named = new Map<string, Placed[]>();
  const put = (title: string, one: Placed): void => {
    named.set(title, [...(named.get(title) ?? []), one]);
  };
  const order = (p: Placed): number =>
    p.finding.explainedBy !== undefined ? 2 : p.finding.severity === 'info' ? 3 : p.finding.kind === 'cause' ? 0 : 1;
  for (const p of [...placed].sort((a, b) => order(a) - order(b) || a.i - b.i)) {
    const { explainedBy, severity, kind } = p.finding;
    if (explainedBy !== undefined) put(`Explained by ${explainedBy}`, p);
    else if (severity === 'info') put('For information', p);
    else put(kind === 'cause' ? 'Causes' : 'Symptoms without a cause', p);
  }
  return [...named];
}

function folded(members: readonly Placed[], open: number | undefined): Markup {
  const rest = members.slice(LISTED);
  return html`${members.slice(0, LISTED).map((p) => article(p, open))}${
    rest.length > 0 &&
    html`<details class="more"><summary>${count(rest.length, 'more finding')}</summary>${rest.map((p) => article(p, open))}</details>`
  }`;
}

function times({ first, last }: Finding): Markup | undefined {
  if (first === undefined) return undefined;
  return first === last || last === undefined ? html`<span>at ${first}</span>` : html`<span>${first} to ${last}</span>`;
}

function article({ finding, i }: Placed, open: number | undefined): Markup {
  const { code, severity, confidence, title, explanation, remedy, evidence } = finding;
  return html`<details class="finding ${severity}" id="f${i}"${i === open && html` open`}>
<summary><span class="severity">${severity}</span> <h4>${title}</h4> <code class="code">${code}</code></summary>
<p class="meta"><span title="${CONFIDENCE[confidence]}">${confidence}</span><span>${count(finding.count, 'occurrence')}</span>${times(finding)}</p>
<p>${explanation}</p>
${evidenceList(evidence)}
${remedy.length > 0 && (i === open ? html`<p>Its remedy is <a href="#fix">at the top</a>.</p>` : html`<h5>Remedy</h5>${remedyBlocks(remedy, `remedy of ${code}`)}`)}
</details>`;
}
