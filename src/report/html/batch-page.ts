import type { Severity, Verdict } from '../../core/finding.js';
import { sizeInWords } from '../../core/size.js';
import { batchScript } from './batch-script.js';
import { STATES } from './confidence.js';
import { count } from './count.js';
import { documentOf } from './document.js';
import { html, type Markup } from './markup.js';
import { STYLESHEET } from './stylesheet.js';

/** One bundle of a batch, as its index shows it. */
export interface BatchEntry {
  /** As it was named or found; with `--merge` the folder, or the first of the bundles and how many more. */
  readonly file: string;
  /** Of the verdict; `failed` when there is no report. */
  readonly state: Verdict['state'] | 'failed';
  readonly cause: Verdict['cause'];
  readonly confidence: Verdict['confidence'];
  /** Of the verdict; why there is no report when it failed. */
  readonly summary: string;
  readonly seconds: number;
  readonly bytes: number;
  /** The reports are `<name>.html` and so on, beside the index; absent when there is none. */
  readonly name?: string | undefined;
  readonly findings?: Readonly<Record<Severity, number>> | undefined;
}

const STYLE = `${STYLESHEET}
header,main,footer{max-width:80rem}
main>h1{margin:.6rem 0}
.groups{display:flex;flex-wrap:wrap;gap:.25rem 1.4rem;margin:.6rem 0 .2rem}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;border-bottom:1px solid var(--rule)}
th.number,td.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
thead th{font-weight:600;border-bottom:2px solid var(--rule);white-space:nowrap}
thead button{font:inherit;font-weight:600;color:inherit;background:none;border:0;padding:.15rem 0;cursor:pointer}
thead button::after{content:"\\2195";color:var(--soft);margin-left:.3rem;font-weight:400}
th[aria-sort=ascending] button::after{content:"\\2191";color:var(--accent)}
th[aria-sort=descending] button::after{content:"\\2193";color:var(--accent)}
tbody th{padding-top:1.2rem;font-size:1rem}
td.file{overflow-wrap:anywhere;min-width:12rem;max-width:22rem}
td.summary{width:45%;overflow-wrap:anywhere}
td.file .links{display:block;font-size:.8125rem;color:var(--soft)}
td.verdict{min-width:9rem}
.failed td.verdict{color:var(--red);font-weight:600}
@media (max-width:45rem){
table,tbody,tr,td,tbody th{display:block}
thead tr{display:flex;flex-wrap:wrap;gap:0 1rem}thead th{border:0}
thead{display:block;border-bottom:2px solid var(--rule)}
td{border:0;padding:.1rem 0}td.number{display:inline-block;text-align:left;margin-right:1rem;color:var(--soft);font-size:.875rem}
tbody tr{border-bottom:1px solid var(--rule);padding:.5rem 0}
td.file,td.summary{width:auto;max-width:none;min-width:0}
}
@media print{thead button::after{content:none}}
`;

/** What bundles are grouped under: the cause, or without one the state. */
const groupOf = ({ cause, state }: BatchEntry): string => cause ?? (state === 'failed' ? 'Failed' : STATES[state]);

/**
 * The index of a batch as one HTML file: bundles grouped by cause, the most frequent first, each with its reports. Scripts add
 * sorting and the filter.
 */
export function renderBatch(entries: readonly BatchEntry[]): string {
  const groups = new Map<string, BatchEntry[]>();
  for (const entry of entries) groups.set(groupOf(entry), [...(groups.get(groupOf(entry)) ?? []), entry]);
  const rank = (e: BatchEntry): number => (e.cause !== null ? 0 : e.state === 'failed' ? 2 : 1);
  const sorted = [...groups].sort(
    ([a, x], [b, y]) => rank(x[0]!) - rank(y[0]!) || y.length - x.length || (a < b ? -1 : 1),
  );
  const diagnosed = entries.filter(({ state }) => state === 'diagnosed').length;
  const failed = groups.get('Failed')?.length ?? 0;
  return documentOf({
    title: count(entries.length, 'bundle'),
    style: STYLE,
    script: batchScript,
    body: html`<a class="skip" href="#main">Skip to the bundles</a>
<header class="banner"><p><span class="product">podtrail</span> <span class="bundle">batch</span></p><p class="facts">${count(entries.length, 'bundle')}, ${diagnosed} diagnosed${failed > 0 && `, ${failed} failed`}</p></header>
<main id="main" tabindex="-1">
<h1>${count(entries.length, 'bundle')} by cause</h1>
<ul class="groups">${sorted.map(([group, members], i) => html`<li><a href="#g${i}">${group}</a> <span class="n">${members.length}</span></li>`)}</ul>
<p class="filter" hidden><label>Find <input type="search" data-filter="text" autocomplete="off"></label> <label><input type="checkbox" data-filter="grouped" checked> Group by cause</label> <output aria-live="polite" data-shown="${count(entries.length, 'bundle')}">${count(entries.length, 'bundle')}</output></p>
<table>
<thead><tr>${COLUMNS.map(([key, title, kind]) => html`<th scope="col" data-key="${key}"${kind === 'number' && html` class="number"`}>${title}</th>`)}</tr></thead>
${sorted.map(
  (
    [group, members],
    i,
  ) => html`<tbody id="g${i}"><tr class="group"><th scope="rowgroup" colspan="${COLUMNS.length}">${group} <span class="n">${members.length}</span></th></tr>
${members.map(row)}</tbody>
`,
)}</table>
</main>
<footer><p>Written by podtrail from the bundles alone. <code>index.jsonl</code> beside this page has the same for scripts.</p></footer>`,
  });
}

const COLUMNS: readonly (readonly [key: string, title: string, kind: 'text' | 'number'])[] = [
  ['file', 'Bundle', 'text'],
  ['verdict', 'Verdict', 'text'],
  ['summary', 'Summary', 'text'],
  ['findings', 'Findings', 'number'],
  ['bytes', 'Size', 'number'],
  ['seconds', 'Time', 'number'],
];

const STATE_WORDS: Readonly<Record<BatchEntry['state'], string>> = { ...STATES, failed: 'Failed' };

const link = (name: string, suffix: string): string => `${encodeURIComponent(name)}.${suffix}`;

function row(e: BatchEntry): Markup {
  const verdict = e.cause === null ? STATE_WORDS[e.state] : `${e.cause} (${e.confidence})`;
  const grave = (e.findings?.critical ?? 0) * 10_000 + (e.findings?.warning ?? 0);
  const file =
    e.name === undefined
      ? html`<bdi>${e.file}</bdi>`
      : html`<a href="${link(e.name, 'html')}"><bdi>${e.file}</bdi></a> <span class="links"><a href="${link(e.name, 'md')}">Markdown</a> <a href="${link(e.name, 'json')}">JSON</a></span>`;
  return html`<tr class="${e.state}"><td class="file" data-sort="${e.file}">${file}</td><td class="verdict" data-sort="${verdict}">${verdict}</td><td class="summary" data-sort="${e.summary}">${e.summary}</td><td class="number" data-sort="${grave}">${graveWords(e.findings)}</td><td class="number" data-sort="${e.bytes}">${sizeInWords(e.bytes)}</td><td class="number" data-sort="${e.seconds}">${e.seconds.toFixed(1)} s</td></tr>
`;
}

/** `2 critical, 1 warning`; nothing for a bundle without either. */
function graveWords(findings: BatchEntry['findings']): string {
  const words = (['critical', 'warning'] as const).flatMap((severity) => {
    const n = findings?.[severity] ?? 0;
    return n > 0 ? [`${n} ${severity}`] : [];
  });
  return words.join(', ');
}
