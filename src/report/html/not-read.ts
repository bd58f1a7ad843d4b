import type { NotRead, Report } from '../../core/finding.js';
import { count } from './count.js';
import { html, type Markup } from './markup.js';
import type { Section } from './outline.js';

/** Files of one reason that are listed at once. */
const OPEN = 6;

/** What could not be read, by reason. */
export function notReadSection({ notRead }: Report): Section | undefined {
  if (notRead.length === 0) return undefined;
  const reasons = new Map<string, NotRead[]>();
  for (const note of notRead) reasons.set(note.reason, [...(reasons.get(note.reason) ?? []), note]);
  return {
    id: 'not-read',
    title: 'Not read',
    count: notRead.length,
    body: html`<p class="lead">Nothing in this report rests on these.</p><dl class="not-read">${[...reasons].map(
      ([reason, notes]) =>
        html`<dt>${reason}</dt><dd>${
          notes.length <= OPEN
            ? list(notes)
            : html`<details class="more"><summary>${count(notes.length, 'file')}</summary>${list(notes)}</details>`
        }</dd>`,
    )}</dl>`,
  };
}

const list = (notes: readonly NotRead[]): Markup =>
  html`<ul>${notes.map(
    ({ file, count: n, firstLine }) =>
      html`<li><span class="place">${file}${firstLine !== undefined && `:${firstLine}`}</span>${n > 1 && ` and ${count(n - 1, 'more place')}`}</li>`,
  )}</ul>`;
