import type { Remedy } from '../../core/finding.js';
import { html, type Markup } from './markup.js';

/**
 * A command with a button that copies it. What is copied is what is shown: control characters of a bundle stay spelled out, so
 * that a pasted command can bring no second line with it. The button appears where scripts run.
 */
const command = (text: string, name: string): Markup =>
  html`<div class="command"><button type="button" class="copy" aria-label="Copy: ${name}" hidden>Copy</button><pre><code>${text}</code></pre></div>`;

/** What is no command: a remark for the shell, or `none: nothing was changed`. */
const REMARK = /^(?:#\s*|(?=none\b))/;

/** What is to be done: a command that can be copied, or in words, which no terminal understands. */
export const instruction = (text: string, name: string): Markup =>
  REMARK.test(text) ? html`<p class="by-hand">${text.replace(REMARK, '')}</p>` : command(text, name);

/** Verify and undo of more remedies than these are folded: the commands that mend stay together. */
const UNFOLDED = 2;

/** What to do, why, and how to see that it worked or to take it back. A reason that several commands share is said once. */
export const remedyBlocks = (remedies: readonly Remedy[], name: string): Markup =>
  html`${remedies.map(({ command: fix, why, verify, rollback }, i) => {
    const own = remedies.length > 1 ? `${name} ${i + 1}` : name;
    const after = html`<dl class="after"><dt>Verify</dt><dd>${instruction(verify, `verify ${own}`)}</dd><dt>Undo</dt><dd>${instruction(rollback, `undo ${own}`)}</dd></dl>`;
    return html`<div class="remedy">${instruction(fix, own)}${why !== remedies[i - 1]?.why && html`<p>${why}</p>`}${
      remedies.length > UNFOLDED
        ? html`<details class="more"><summary>Verify and undo</summary>${after}</details>`
        : after
    }</div>`;
  })}`;
