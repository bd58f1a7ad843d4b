import { sizeInWords } from '../../core/size.js';
import { html, type Markup } from '../../report/html/markup.js';
import type { Summary } from '../summary.js';
import { moment, type Page } from './frame.js';

const facts = (s: Summary): Markup =>
  html`<p class="facts">${sizeInWords(s.bytes)}, received ${moment(s.received)}</p>`;

const rest = (s: Summary): Markup =>
  html`<p class="acts"><a href="/">All analyses</a> <a class="delete" href="/analyses/${s.id}/delete">Delete</a></p>`;

/** Until there is a report: how far it is. With JavaScript it is live, without it loads itself again. */
export const waitingPage = (s: Summary, loggedIn: boolean): Page => ({
  title: s.name,
  loggedIn,
  refresh: 3,
  body: html`<article data-live="/api/analyses/${s.id}/events">
<h1><bdi>${s.name}</bdi></h1>${facts(s)}
<p class="now" role="status"><span class="status">${s.status}</span></p>
<progress aria-label="Analysis"></progress>
<p class="hint">The report appears here when it is done. You can close this page: its address stays the same.</p>
${rest(s)}</article>`,
});

/** Why there is no report, and what to do. */
export const failedPage = (s: Summary, loggedIn: boolean): Page => ({
  title: s.name,
  loggedIn,
  body: html`<h1><bdi>${s.name}</bdi></h1>${facts(s)}
<p class="now failed"><strong>No report.</strong> ${s.failure?.reason}</p>
<p class="hint">${ADVICE[s.failure?.why ?? 'crash']}</p>
${rest(s)}`,
});

const ADVICE = {
  unreadable:
    'Nothing in it was recognised. podtrail formats lists what is read; an archive that is cut off is read as far as it goes.',
  empty: 'The file had no content when it was sent.',
  memory: 'The server allows more with --memory. Or analyse it on your machine with podtrail analyze.',
  time: 'The server allows more with --time-limit. Or analyse it on your machine with podtrail analyze.',
  crash:
    'This is a fault of podtrail or of the server, not of the bundle. Its log says more. Send the bundle again to try once more.',
} as const;

/** The question before something is lost for good; asked by a page of its own where there is no JavaScript. */
export const deletePage = (s: Summary, loggedIn: boolean): Page => ({
  title: `Delete ${s.name}`,
  loggedIn,
  body: html`<h1>Delete this analysis?</h1>
<p><bdi>${s.name}</bdi>, received ${moment(s.received)}: ${s.status}</p>
<p class="hint">Its report and evidence are removed from this server and cannot be brought back.</p>
<form method="post" action="/analyses/${s.id}/delete"><p class="acts"><button class="main danger">Delete</button> <a href="/analyses/${s.id}">Keep it</a></p></form>`,
});
