import type { Report } from '../../core/finding.js';
import { evidenceList } from './evidence.js';
import { html } from './markup.js';
import type { Section } from './outline.js';

/** What was considered and is not the cause, with the fact that says so. */
export function ruledOutSection({ ruledOut }: Report): Section | undefined {
  if (ruledOut.length === 0) return undefined;
  return {
    id: 'ruled-out',
    title: 'Ruled out',
    count: ruledOut.length,
    body: html`<p class="lead">Causes that would look alike, and the fact that speaks against each.</p>${ruledOut.map(
      ({ code, because, evidence }) =>
        evidence.length === 0
          ? html`<p class="plain-row"><code class="code">${code}</code> ${because}</p>`
          : html`<details class="row"><summary><code class="code">${code}</code> ${because}</summary>${evidenceList(evidence)}</details>`,
    )}`,
  };
}
