import { expect } from 'vitest';
import { adfText, toAdf } from '../../src/ticket/markup/adf.js';
import { attachSuite } from './suite.js';
import { type JiraIssue, jiraOf } from './vendors/jira.js';
import { serveVendor } from './vendors/vendor-server.js';

/** Jira's two interfaces. */

const TOKEN = 'ATATT3xFfGF0abcdefghijklmnop';

const othersWords = (edition: 'cloud' | 'server', n: number): unknown =>
  edition === 'cloud' ? toAdf([{ kind: 'text', text: `me too ${n}` }]) : `me too ${n}`;

for (const edition of ['cloud', 'server'] as const) {
  attachSuite(`Jira ${edition}`, async () => {
    const issues = new Map<string, JiraIssue>(
      ['NET-1', 'NET-2', 'NET-3'].map((key) => [key, { comments: [], files: [] }]),
    );
    // Others talk too, and more than one page of it.
    for (let n = 0; n < 120; n++) issues.get('NET-1')!.comments.push({ id: `9${n}`, body: othersWords(edition, n) });
    const authorization =
      edition === 'cloud' ? `Basic ${Buffer.from(`jo@acme.example:${TOKEN}`).toString('base64')}` : `Bearer ${TOKEN}`;
    const { url, violations, stop } = await serveVendor(jiraOf(edition, authorization, issues));
    const issue = (n: number) => issues.get(`NET-${n + 1}`)!;
    const textOf = (body: unknown): string => (typeof body === 'string' ? body : adfText(body));
    return {
      ticket: (n) => `${url}/browse/NET-${n + 1}`,
      missing: `${url}/browse/NET-4711`,
      token: TOKEN,
      ...(edition === 'cloud' ? { env: { PODTRAIL_TICKET_USER: 'jo@acme.example' } } : {}),
      args: edition === 'cloud' ? ['--system', 'jira-cloud'] : [],
      comments: async (n) =>
        issue(n)
          .comments.map(({ body }) => textOf(body))
          .filter((body) => !body.startsWith('me too')),
      files: async (n) => issue(n).files,
      tooLarge: 1_200_000,
      updates: true,
      inert: async (n) => {
        const [{ body } = { body: '' }] = issue(n).comments;
        if (edition === 'cloud') {
          // The schema holds every document to plain text nodes without marks.
          expect(textOf(body)).toContain('<script>');
          return;
        }
        const prose = (body as string).replace(/^\{noformat\}\n[\s\S]*?^\{noformat\}$/gm, '');
        expect(prose).not.toMatch(/(?<!\\)[{[!]/);
        expect(body).not.toMatch(/[\u202e\u001b]/);
      },
      violations: () => violations,
      stop,
    };
  });
}
