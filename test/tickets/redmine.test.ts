import { expect } from 'vitest';
import { startRedmine } from './real/servers.js';
import { attachSuite } from './suite.js';

/** The real Redmine. */

interface Issue {
  readonly issue: {
    readonly journals: readonly { readonly notes: string | null }[];
    readonly attachments: readonly { readonly filename: string }[];
  };
}

attachSuite('Redmine', async () => {
  const { url, token, tickets, feed, stop } = await startRedmine();
  const issue = async (n: number): Promise<Issue['issue']> => {
    const response = await fetch(`${url}/issues/${tickets[n]}.json?include=journals,attachments`, {
      headers: { 'x-redmine-api-key': token },
    });
    return ((await response.json()) as Issue).issue;
  };
  return {
    ticket: (n) => `${url}/issues/${tickets[n]}`,
    missing: `${url}/issues/4711`,
    token,
    comments: async (n) =>
      (await issue(n)).journals.flatMap(({ notes }) => (notes === null || notes === '' ? [] : [notes])),
    files: async (n) => (await issue(n)).attachments.map(({ filename }) => filename),
    tooLarge: 1_200_000,
    updates: true,
    inert: async (n) => {
      // The feed holds the note as browsers get it.
      const atom = await (await fetch(`${url}/issues/${tickets[n]}.atom?key=${feed}`)).text();
      expect(atom).toContain('podtrail: diagnosed');
      const html = atom
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&amp;', '&');
      expect(html).not.toMatch(/<script|<img|<b>|evil\.example\/[ab]\.png"|href="[^"]*evil/);
    },
    stop,
  };
});
