import { expect } from 'vitest';
import { startRequestTracker } from './real/servers.js';
import { attachSuite } from './suite.js';

/** The real Request Tracker. */

interface Item {
  readonly id: string;
  readonly Filename: string;
  readonly ContentType: string;
  readonly TransactionId: unknown;
}

attachSuite('Request Tracker', async () => {
  const { url, token, tickets, stop } = await startRequestTracker();
  const get = async (path: string): Promise<unknown> =>
    (await fetch(`${url}/REST/2.0/${path}`, { headers: { authorization: `token ${token}` } })).json();
  const items = async (n: number): Promise<readonly Item[]> =>
    (
      (await get(`ticket/${tickets[n]}/attachments?fields=Filename,ContentType,TransactionId&per_page=100`)) as {
        items: Item[];
      }
    ).items;
  const contents = async (n: number): Promise<readonly string[]> => {
    const texts: string[] = [];
    for (const { id, Filename, ContentType } of await items(n)) {
      if (Filename !== '' || ContentType !== 'text/plain') continue;
      const { Content } = (await get(`attachment/${id}`)) as { Content: string };
      const text = Buffer.from(Content, 'base64').toString('utf8');
      if (text.trim() !== 'Please help.') texts.push(text);
    }
    return texts;
  };
  return {
    ticket: (n) => `${url}/Ticket/Display.html?id=${tickets[n]}`,
    missing: `${url}/Ticket/Display.html?id=4711`,
    token,
    comments: contents,
    files: async (n) => (await items(n)).map(({ Filename }) => Filename).filter((name) => name !== ''),
    tooLarge: 1_200_000,
    updates: false,
    inert: async (n) => {
      // What is text/plain is shown as text.
      const [comment] = await contents(n);
      expect(comment).toContain('<script>alert(1)</script>');
      expect(comment).not.toMatch(/[\u202e\u001b]/);
      const types = (await items(n)).filter(({ Filename }) => Filename === '').map(({ ContentType }) => ContentType);
      expect(types).not.toContain('text/html');
    },
    stop,
  };
});
