import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { FastifyReply } from 'fastify';
import { html, type Markup } from '../../report/html/markup.js';
import type { Analysis } from '../analysis.js';
import { Refusal } from '../refusal.js';
import type { Shelf } from '../store/shelf.js';

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
    .send(text.replace(HEAD, () => `${bar(id, existsSync(shelf.path(id, 'evidence'))).text}${HEAD}`));
}

const bar = (
  id: string,
  evidence: boolean,
): Markup => html`<nav class="site" aria-label="podtrail serve"><a href="/">All analyses</a>
<span class="downloads">Download <a href="/analyses/${id}/report.html">HTML</a> <a href="/analyses/${id}/report.md">Markdown</a> <a href="/analyses/${id}/report.json">JSON</a>${
  evidence && html` <a href="/analyses/${id}/evidence.tar.gz">Evidence</a>`
}</span> <a href="/analyses/${id}/delete">Delete</a></nav>`;
