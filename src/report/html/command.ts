import type { Remedy } from '../../core/finding.js';
import { html, type Markup } from './markup.js';

/**
 * A command with a button that copies it. What is copied is what is shown: control characters of a bundle stay spelled out, so
 * that a pasted command can bring no second line with it. The button appears where scripts run.
 */
export const command = (text: string, name: string): Markup =>
  html`<div class="command"><button type="button" class="copy" aria-label="Copy: ${name}" hidden>Copy</button><pre><code>${text}</code></pre></div>`;

/** Verify and undo of more remedies than these are folded: the commands that mend stay together. */
const UNFOLDED = 2;

/** Nothing to copy: `none: nothing was changed`. */
const NOTHING = /^none\b/;

/** What to do, why, and how to see that it worked or to take it back. A reason that several commands share is said once. */
export const remedyBlocks = (remedies: readonly Remedy[], name: string): Markup =>
  html`${remedies.map(({ command: fix, why, verify, rollback }, i) => {
    const own = remedies.length > 1 ? `${name} ${i + 1}` : name;
    const after = html`<dl class="after"><dt>Verify</dt><dd>${command(verify, `verify ${own}`)}</dd><dt>Undo</dt><dd>${NOTHING.test(rollback) ? html`<p>${rollback}</p>` : command(rollback, `undo ${own}`)}</dd></dl>`;
    return html`<div class="remedy">${command(fix, own)}${why !== remedies[i - 1]?.why && html`<p>${why}</p>`}${
      remedies.length > UNFOLDED
        ? html`<details class="more"><summary>Verify and undo</summary>${after}</details>`
        : after
    }</div>`;
  })}`;
