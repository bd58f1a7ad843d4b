import { expect } from 'vitest';
import { attachSuite } from './suite.js';
import { gitlabOf, type Note } from './vendors/gitlab.js';
import { serveVendor } from './vendors/vendor-server.js';

/** GitLab's interface, with a project in a group of a group. */

const TOKEN = 'glpat-0123456789abcdefghij';

attachSuite('GitLab', async () => {
  const issues = new Map<string, Note[]>([
    ['1', []],
    ['2', []],
    ['3', []],
  ]);
  const uploads = new Map<string, Uint8Array>();
  const { url, violations, stop } = await serveVendor(gitlabOf(TOKEN, issues, uploads));
  const notes = (n: number) => issues.get(String(n + 1))!.map(({ body }) => body);
  return {
    ticket: (n) => `${url}/acme/net/cluster/-/issues/${n + 1}`,
    missing: `${url}/acme/net/cluster/-/issues/4711`,
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
