import { readFile } from 'node:fs/promises';
import type { FastifyReply } from 'fastify';
import { html } from '../../report/html/markup.js';
import type { Analysis } from '../analysis.js';
import { frame } from '../pages/frame.js';
import { Refusal } from '../refusal.js';
import type { Shelf } from '../store/shelf.js';

/** The report as a page of this server. */
export async function sendReport(
  reply: FastifyReply,
  shelf: Shelf,
  { id, name }: Analysis,
  loggedIn: boolean,
): Promise<FastifyReply> {
  const text = await readFile(shelf.path(id, 'markdown'), 'utf8').catch(() => {
    throw new Refusal(410, 'The report is no longer on the disk of this server.');
  });
  reply.type('text/html; charset=utf-8');
  return reply.send(
    frame({
      title: name,
      loggedIn,
      body: html`<h1><bdi>${name}</bdi></h1>
<p class="acts"><a href="/">All analyses</a> <a href="/analyses/${id}/report.md">Markdown</a> <a href="/analyses/${id}/report.json">JSON</a> <a class="delete" href="/analyses/${id}/delete">Delete</a></p>
<pre>${text}</pre>`,
    }),
  );
}
