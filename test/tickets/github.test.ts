import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { reportOf } from './reports.js';
import { attachSuite, podtrail } from './suite.js';
import { type Comment, type Edition, githubOf, LIMIT } from './vendors/github.js';
import { serveVendor } from './vendors/vendor-server.js';

/** GitHub's interface: what api.github.com publishes, and what Enterprise Server does; both at the address of the latter. */

const TOKEN = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';

const suite = (name: string, edition: Edition): void =>
  attachSuite(
    name,
    async () => {
      const issues = new Map<string, Comment[]>([
        ['1', []],
        ['2', []],
        ['3', []],
      ]);
      // Others talk too, and more than one page of it.
      for (let n = 0; n < 120; n++) issues.get('2')!.push({ id: n, body: `me too ${n}` });
      let url = '';
      const served = await serveVendor(githubOf(edition, () => url, TOKEN, issues));
      url = served.url;
      const ours = (n: number) =>
        issues
          .get(String(n + 1))!
          .map(({ body }) => body)
          .filter((body) => !body.startsWith('me too'));
      return {
        ticket: (n) => `${url}/acme/cluster/issues/${n + 1}`,
        missing: `${url}/acme/cluster/issues/4711`,
        token: TOKEN,
        args: ['--system', 'github'],
        comments: async (n) => ours(n),
        updates: true,
        inert: async (n) => {
          const [body] = ours(n);
          expect(body!.length).toBeLessThanOrEqual(LIMIT);
          outsideCode(body!);
          // The findings are there, folded.
          expect(body).toContain('<details>');
        },
        violations: () => served.violations,
        stop: served.stop,
      };
    },
    { takesFiles: false },
  );

suite('GitHub', 'github');
suite('GitHub Enterprise Server', 'github-enterprise');

it('finds its comment in GitHub behind a page of which some comments are not shown', async () => {
  const comments: Comment[] = Array.from({ length: 150 }, (_, id) => ({ id, body: 'me too', hidden: id < 10 }));
  let url = '';
  const served = await serveVendor(githubOf('github', () => url, TOKEN, new Map([['1', comments]])));
  url = served.url;
  const folder = mkdtempSync(join(tmpdir(), 'podtrail-github-'));
  try {
    const report = join(folder, 'report.json');
    writeFileSync(report, JSON.stringify(reportOf('underlay-drop')));
    const attach = () =>
      podtrail(['ticket', 'attach', report, '--system', 'github', '--to', `${url}/acme/cluster/issues/1`], {
        PODTRAIL_TICKET_TOKEN: TOKEN,
      });
    expect((await attach()).stdout).toContain('comment added');
    expect((await attach()).stdout).toContain('nothing was added');
    expect(comments).toHaveLength(151);
    expect(served.violations).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await served.stop();
  }
}, 300_000);

/** Outside fenced code nothing of a stranger is markup. */
function outsideCode(body: string): void {
  const prose = body.replace(/^(`{3,})text\n[\s\S]*?^\1$/gm, '');
  expect(prose).not.toMatch(/(?<!\\)<(?!\/?(?:details|summary)>|!-- podtrail-report)/);
  expect(prose).not.toMatch(/@(?!\u200b)\w|https?:\/\/evil|(?<!\\)!\\?\[x|^\//m);
  expect(prose).not.toMatch(/(?<!\\)`/);
  expect(body).not.toMatch(/[\u202e\u001b]/);
}
