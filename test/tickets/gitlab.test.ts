import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { reportOf } from './reports.js';
import { attachSuite, podtrail } from './suite.js';
import { gitlabOf, type Note } from './vendors/gitlab.js';
import { serveVendor } from './vendors/vendor-server.js';

/** GitLab's interface, with a project in a group of a group. */

const TOKEN = 'glpat-0123456789abcdefghij';

for (const kind of ['issues', 'merge_requests'] as const)
  attachSuite(`GitLab, ${kind}`, async () => {
    const tickets = new Map<string, Note[]>([1, 2, 3].map((n) => [`${kind}/${n}`, []]));
    const uploads = new Map<string, Uint8Array>();
    const { url, violations, stop } = await serveVendor(gitlabOf(TOKEN, tickets, uploads));
    const notes = (n: number) => tickets.get(`${kind}/${n + 1}`)!.map(({ body }) => body);
    return {
      ticket: (n) => `${url}/acme/net/cluster/-/${kind}/${n + 1}`,
      missing: `${url}/acme/net/cluster/-/${kind}/4711`,
      token: TOKEN,
      comments: async (n) => notes(n),
      // A file is at an issue when a note links to it.
      files: async (n) =>
        notes(n).flatMap((body) => [...body.matchAll(/\]\(\/uploads\/5{32}\/([\w.-]+)\)/g)].map(([, name]) => name!)),
      tooLarge: 1_200_000,
      updates: true,
      inert: async (n) => {
        const [body] = notes(n);
        const prose = body!.replace(/^(`{3,})text\n[\s\S]*?^\1$/gm, '');
        expect(prose).not.toMatch(/(?<!\\)<(?!!-- podtrail-report)|@(?!\u200b)\w|https?:\/\/evil|^\//m);
        expect(uploads.size).toBeGreaterThan(0);
      },
      violations: () => violations,
      stop,
    };
  });

it('finds its comment in GitLab behind a page of notes that the user may not see', async () => {
  const notes: Note[] = [];
  const { url, violations, stop } = await serveVendor(gitlabOf(TOKEN, new Map([['issues/1', notes]]), new Map()));
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-gitlab-'));
  try {
    const report = join(folder, 'report.json');
    writeFileSync(report, JSON.stringify(reportOf('underlay-drop')));
    const attach = () =>
      podtrail(['ticket', 'attach', report, '--to', `${url}/acme/net/cluster/-/issues/1`], {
        PODTRAIL_TICKET_TOKEN: TOKEN,
      });
    expect((await attach()).stdout).toContain('comment added');
    for (let id = 1; id <= 120; id++) notes.push({ id, body: 'mentioned elsewhere', hidden: true });
    expect((await attach()).stdout).toContain('nothing was added');
    expect(notes.length).toBe(121);
    expect(violations).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await stop();
  }
}, 300_000);
