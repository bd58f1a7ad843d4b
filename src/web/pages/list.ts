import { sizeInWords } from '../../core/size.js';
import { html, type Markup } from '../../report/html/markup.js';
import type { Summary } from '../summary.js';
import { moment, type Page } from './frame.js';

export interface ListPage {
  /** Newest first, one page of them. */
  readonly summaries: readonly Summary[];
  readonly query: string;
  /** All that the search found. */
  readonly total: number;
  /** 1 is the first. */
  readonly page: number;
  readonly pages: number;
  readonly maxUpload: number;
  readonly loggedIn: boolean;
}

/** The first page: where bundles are dropped, and what became of all before. */
export function listPage(list: ListPage): Page {
  return {
    title: list.query === '' ? 'Support bundles' : `${list.query}: support bundles`,
    loggedIn: list.loggedIn,
    refresh: list.summaries.some(({ state }) => state === 'queued' || state === 'running') ? 5 : undefined,
    body: html`<h1>Support bundles</h1>
${uploadForm(list.maxUpload)}
<section aria-labelledby="analyses-h">
<div class="heading"><h2 id="analyses-h">Analyses</h2>
<form role="search" method="get" action="/" class="search"><label for="q">Search</label> <input type="search" id="q" name="q" value="${list.query}" placeholder="name, cause, node" maxlength="200"> <button>Search</button></form></div>
<div id="analyses" data-live="/api/events">${table(list)}</div>
</section>`,
  };
}

const uploadForm = (
  maxUpload: number,
): Markup => html`<form method="post" action="/analyses" enctype="multipart/form-data" class="drop" id="upload" data-max="${maxUpload}">
<label for="bundle">Bundles to analyse</label>
<p class="hint">Archives (tar, gz, xz, zst, bz2, zip), captures or text files, up to ${sizeInWords(maxUpload)} each. <span class="with-script">Drop them here, or choose:</span></p>
<p class="choose"><input type="file" id="bundle" name="bundle" multiple required> <button class="main">Analyse</button></p>
</form>
<ul id="uploads" class="uploads" aria-label="Uploads" hidden></ul>
<p id="announce" class="unseen" role="status"></p>`;

function table({ summaries, query, total, page, pages }: ListPage): Markup {
  if (total === 0)
    return query === ''
      ? html`<p class="none">None yet.</p>`
      : html`<p class="none">Nothing holds all of these words. <a href="/">Show all</a></p>`;
  return html`<p class="n">${total === 1 ? '1 analysis' : `${total} analyses`}${query !== '' && html` found. <a href="/">Show all</a>`}</p>
<table class="analyses"><thead><tr><th scope="col">Bundle</th><th scope="col">Result</th><th scope="col">Received</th><th scope="col">Size</th><th scope="col"><span class="unseen">Delete</span></th></tr></thead>
<tbody>${summaries.map(row)}</tbody></table>
${pages > 1 && turn(query, page, pages)}`;
}

const row = (
  s: Summary,
): Markup => html`<tr data-id="${s.id}" data-state="${s.state}" class="${s.state} ${s.verdict?.state ?? ''}">
<td><a href="/analyses/${s.id}"><bdi>${s.name}</bdi></a></td>
<td><span class="status">${s.status}</span>${s.verdict !== undefined && html`<span class="summary">${s.verdict.summary}</span>`}</td>
<td>${moment(s.received)}</td><td class="size">${sizeInWords(s.bytes)}</td>
<td><a class="delete" href="/analyses/${s.id}/delete" aria-label="Delete ${s.name}">Delete</a></td></tr>
`;

function turn(query: string, page: number, pages: number): Markup {
  const to = (n: number): string => `/?${new URLSearchParams({ ...(query !== '' && { q: query }), page: String(n) })}`;
  return html`<nav class="turn" aria-label="Pages">${page > 1 && html`<a href="${to(page - 1)}" rel="prev">Newer</a>`} <span>Page ${page} of ${pages}</span> ${
    page < pages && html`<a href="${to(page + 1)}" rel="next">Older</a>`
  }</nav>`;
}
