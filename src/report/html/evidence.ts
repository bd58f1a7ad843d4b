import type { Evidence } from '../../core/finding.js';
import { html, type Markup } from './markup.js';

/** Where a quote stands, as an editor or Wireshark finds it. */
export function placeOf(evidence: Evidence): string {
  if ('absent' in evidence) return `looked in ${evidence.searched.join(', ')}`;
  return 'frame' in evidence ? `${evidence.file} frame ${evidence.frame}` : `${evidence.file}:${evidence.line}`;
}

/** One line of plain text, for a tool tip. */
export const evidenceWords = (evidence: Evidence): string =>
  'absent' in evidence
    ? `${evidence.role}: ${evidence.absent}; ${placeOf(evidence)}`
    : `${placeOf(evidence)}: ${evidence.quote.trim()}`;

function item(evidence: Evidence): Markup {
  if ('absent' in evidence) {
    return html`<li class="absent"><p><span class="role">${evidence.role}:</span> ${evidence.absent}</p>
<p class="place">looked in ${evidence.searched.map((file, i) => html`${i > 0 ? ', ' : ''}<span>${file}</span>`)}</p></li>`;
  }
  return html`<li><p><span class="place">${placeOf(evidence)}</span> <span class="role">${evidence.role}</span></p><pre><code>${evidence.quote.trim()}</code></pre></li>`;
}

/** Quotes, each under its place. More than `open` of them are folded. */
export function evidenceList(evidence: readonly Evidence[], open = 8): Markup | undefined {
  if (evidence.length === 0) return undefined;
  const shown = evidence.length <= open + 2 ? evidence : evidence.slice(0, open);
  const rest = evidence.slice(shown.length);
  return html`<ul class="evidence">${shown.map(item)}</ul>${
    rest.length > 0 &&
    html`<details class="more"><summary>${rest.length} more</summary><ul class="evidence">${rest.map(item)}</ul></details>`
  }`;
}
