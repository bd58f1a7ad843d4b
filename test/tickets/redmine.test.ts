import { expect } from 'vitest';
import { codeBlocks, elements, prose } from '../report/rendered-markdown.js';
import { startRedmine, type TextFormatting } from './real/servers.js';
import { HOSTILE, reportOf } from './reports.js';
import { attachSuite } from './suite.js';

/** The real Redmine, with each of its text formats. */

interface Issue {
  readonly issue: {
    readonly journals: readonly { readonly notes: string | null }[];
    readonly attachments: readonly { readonly filename: string }[];
  };
}

/** The notes of an issue's page, as a browser gets them. */
const notesOf = (page: string): readonly string[] =>
  [...page.matchAll(/<div id="journal-\d+-notes" class="wiki[^"]*">([\s\S]*?)<\/div>/g)].map(([, html]) => html!);

/** What a heading has of its own: a link to itself, and a name. */
const withoutAnchors = (html: string): string =>
  html.replace(/<a href="#[^"]*" class="wiki-anchor">.*?<\/a>|<a name="[^"]*"><\/a>/g, '');

/** A control character is spelled out; what parts a mark from what follows is not seen. */
const asSeen = (text: string): string => text.replaceAll('\u200b', '').replace(/\s+/g, ' ');
const HOSTILE_AS_SEEN = HOSTILE.replace('\u202e', '\\u202e').replace('\u001b', '\\x1b');

function redmine(name: string, formatting: TextFormatting, args: readonly string[]): void {
  attachSuite(name, async () => {
    const { url, token, tickets, stop } = await startRedmine(formatting);
    const issue = async (n: number): Promise<Issue['issue']> => {
      const response = await fetch(`${url}/issues/${tickets[n]}.json?include=journals,attachments`, {
        headers: { 'x-redmine-api-key': token },
      });
      return ((await response.json()) as Issue).issue;
    };
    const note = async (n: number): Promise<string> => {
      const notes = notesOf(await (await fetch(`${url}/issues/${tickets[n]}`)).text());
      expect(notes).toHaveLength(1);
      return withoutAnchors(notes[0]!);
    };
    return {
      ticket: (n) => `${url}/issues/${tickets[n]}`,
      missing: `${url}/issues/4711`,
      token,
      args,
      comments: async (n) =>
        (await issue(n)).journals.flatMap(({ notes }) => (notes === null || notes === '' ? [] : [notes])),
      files: async (n) => (await issue(n)).attachments.map(({ filename }) => filename),
      tooLarge: 1_200_000,
      updates: true,
      seen: async (n) => {
        const html = await note(n);
        expect(elements(html)).toEqual(['h3', 'p']);
        const text = asSeen(prose(html));
        expect(text).toContain('podtrail: diagnosed, underlay-drop (likely)');
        expect(text).toContain(reportOf('underlay-drop').verdict.summary);
        const [evidence, remedy, collect] = codeBlocks(html).map((block) => block.replaceAll('\u200b', ''));
        expect(evidence).toContain('edge-2/iptables-save.txt:64  (the policy that drops)\n  :FORWARD DROP [6:360]');
        expect(remedy).toBe(
          'iptables -P FORWARD ACCEPT    # on edge-2\n\n# verify\niptables -S FORWARD\n\n# undo\niptables -P FORWARD DROP',
        );
        expect(collect).toContain('ip link > ip_link.txt');
      },
      inert: async (n) => {
        const html = await note(n);
        expect(elements(html)).toEqual(['h3', 'p']);
        // Evidence and remedy; nothing in them ends a block before its time.
        expect(codeBlocks(html)).toHaveLength(2);
        expect(asSeen(prose(html))).toContain(HOSTILE_AS_SEEN);
        // A quote is cut in a comment.
        expect(asSeen(codeBlocks(html)[0]!)).toContain(HOSTILE_AS_SEEN.slice(0, 200));
        expect(codeBlocks(html)[1]).toContain('iptables -P FORWARD ACCEPT    # on edge-2\n');
      },
      stop,
    };
  });
}

redmine('Redmine with CommonMark', 'common_mark', []);
redmine('Redmine with Markdown', 'markdown', []);
redmine('Redmine with Textile', 'textile', ['--markup', 'textile']);
