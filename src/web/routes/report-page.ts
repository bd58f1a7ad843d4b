import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { FastifyReply } from 'fastify';
import { html, type Markup } from '../../report/html/markup.js';
import type { Analysis } from '../analysis.js';
import { Refusal } from '../refusal.js';
import type { Form, Shelf } from '../store/shelf.js';

/** What the report itself begins with. */
const HEAD = '<header class="banner">';
const POLICY = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/;

/**
 * The report as it is downloaded, with a bar above it that leads back to the list and to its other forms. Its own policy, which
 * names its style and its script by their hashes, is said in the header as well: that of the other pages would forbid both.
 */
export async function sendReport(reply: FastifyReply, shelf: Shelf, { id }: Analysis): Promise<FastifyReply> {
  const text = await readFile(shelf.path(id, 'html'), 'utf8').catch(() => {
    throw new Refusal(410, 'The report is no longer on the disk of this server.');
  });
  const policy = POLICY.exec(text)?.[1] ?? "default-src 'none'";
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', `${policy}; frame-ancestors 'none'`)
    .send(text.replace(HEAD, () => `${bar(shelf, id).text}${HEAD}`));
}

/** Both kinds of downloads stand there in words, so that nobody takes one for the other. */
const bar = (
  shelf: Shelf,
  id: string,
): Markup => html`<nav class="site" aria-label="podtrail serve"><a href="/">All analyses</a>
<span class="downloads">Download ${links(shelf, id, 'plain')}</span>${
  existsSync(shelf.path(id, 'json', 'redacted')) &&
  html` <span class="downloads" title="addresses and names replaced, packets without payload">Download redacted ${links(shelf, id, 'redacted')}</span>`
} <a href="/analyses/${id}/delete">Delete</a></nav>`;

function links(shelf: Shelf, id: string, form: Form): Markup {
  const query = form === 'redacted' ? '?redact=1' : '';
  const note = form === 'redacted' ? ', redacted' : '';
  const link = (file: string, label: string): Markup =>
    html`<a href="/analyses/${id}/${file}${query}" aria-label="${label}${note}">${label}</a> `;
  return html`${link('report.html', 'HTML')}${link('report.md', 'Markdown')}${link('report.json', 'JSON')}${
    existsSync(shelf.path(id, 'evidence', form)) && link('evidence.tar.gz', 'Evidence')
  }`;
}
