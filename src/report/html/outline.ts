import type { Report } from '../../core/finding.js';
import { html, type Markup } from './markup.js';

/** A part of the page, with its place in the table of contents. */
export interface Section {
  readonly id: string;
  readonly title: string;
  /** Shown beside the title in the contents. */
  readonly count?: number | undefined;
  readonly body: Markup;
}

/** A part of the page, or undefined when the report has nothing for it. */
export type SectionOf = (report: Report) => Section | undefined;

export const sectionMarkup = ({ id, title, body }: Section): Markup =>
  html`<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h" tabindex="-1">${title}</h2>${body}</section>
`;

export const contents = (sections: readonly Section[]): Markup =>
  html`<nav class="contents" aria-label="Contents"><ul>${sections.map(
    ({ id, title, count }) =>
      html`<li><a href="#${id}">${title}</a>${count !== undefined && html` <span class="n">${count}</span>`}</li>`,
  )}</ul></nav>
`;
