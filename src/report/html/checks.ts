import type { CheckOutcome, Report } from '../../core/finding.js';
import { html, type Markup } from './markup.js';
import type { Section } from './outline.js';

const OUTCOMES: readonly (readonly [CheckOutcome['outcome'], string])[] = [
  ['crashed', 'Failed: an error of podtrail'],
  ['fired', 'Found something'],
  ['quiet', 'Looked and saw nothing'],
  ['skipped', 'Skipped: what they need is missing'],
];

/** What became of every check. */
export function checksSection({ checks }: Report): Section | undefined {
  if (checks.length === 0) return undefined;
  return {
    id: 'checks',
    title: 'Checks made',
    count: checks.filter(({ outcome }) => outcome === 'fired' || outcome === 'quiet').length,
    body: html`<dl class="checks">${OUTCOMES.map(([outcome, title]) => {
      const those = checks.filter((check) => check.outcome === outcome);
      return those.length > 0 && html`<dt>${title} <span class="n">${those.length}</span></dt><dd>${codes(those)}</dd>`;
    })}</dl>`,
  };
}

function codes(checks: readonly CheckOutcome[]): Markup {
  if (checks.some(({ detail, outcome }) => detail !== undefined && outcome === 'crashed')) {
    return html`<ul>${checks.map(({ code, detail }) => html`<li><code class="code">${code}</code> ${detail}</li>`)}</ul>`;
  }
  return html`<ul class="codes">${checks.map(({ code }) => html`<li><code class="code">${code}</code></li>`)}</ul>`;
}
