import type { Report } from '../../core/finding.js';
import { instruction } from './command.js';
import { html } from './markup.js';
import type { Section } from './outline.js';

/** What the bundle lacks for a check, and the command that collects it: a check that was skipped is no pass. */
export function notCheckedSection({ notChecked }: Report): Section | undefined {
  if (notChecked.length === 0) return undefined;
  return {
    id: 'not-checked',
    title: 'Not checked',
    count: notChecked.length,
    body: html`<p class="lead">The bundle lacks what these need. Not checked does not mean all right.</p>
${notChecked.map(
  ({ code, missing, collect }) =>
    html`<details class="row"><summary><code class="code">${code}</code> needs ${missing.join('; ')}</summary>${instruction(collect, `what ${code} needs`)}</details>`,
)}`,
  };
}
