import { describe, expect, it } from 'vitest';
import { changesBetween, markIn, markOf, markText } from '../../src/ticket/marker.js';
import { adfText, toAdf } from '../../src/ticket/markup/adf.js';
import type { Block } from '../../src/ticket/markup/block.js';
import { toJiraWiki } from '../../src/ticket/markup/jira-wiki.js';
import { toMarkdown, toRedmineMarkdown } from '../../src/ticket/markup/markdown.js';
import { toPlainText } from '../../src/ticket/markup/plain-text.js';
import { toTextile } from '../../src/ticket/markup/textile.js';
import { detailsOf, summaryOf } from '../../src/ticket/summary.js';
import { HOSTILE, reportOf } from '../tickets/reports.js';

/** Words of a bundle are words in every markup. */

const BLOCKS: readonly Block[] = [
  { kind: 'heading', text: HOSTILE },
  { kind: 'text', text: `/close\n/label ~bug ${HOSTILE}` },
  { kind: 'code', lines: ['```', '</pre>', '{noformat}', HOSTILE, '~~~ ~~~~ @admin', '``` @admin'] },
  { kind: 'text', text: 'h1. x' },
  { kind: 'more', title: HOSTILE, blocks: [{ kind: 'text', text: '/close' }] },
  { kind: 'text', text: 'podtrail: the end' },
];

describe('hostile words', () => {
  it('in Markdown', () => {
    const text = toMarkdown(BLOCKS);
    const prose = text.replace(/^(`{3,})text\n[\s\S]*?^\1$/gm, '');
    expect(prose).not.toMatch(/^\//m);
    expect(prose).not.toMatch(/(?<!\\)<(?!\/?(?:details|summary)>)/);
    expect(prose).not.toMatch(/@(?!\u200b)|https?:\/\//);
    expect(prose.match(/<\/details>/g)).toHaveLength(1);
    // The fence is longer than any in it.
    expect(text).toMatch(/^````text$/m);
  });

  it('in Textile', () => {
    const text = toTextile(BLOCKS);
    expect(text.match(/<\/pre>/g)).toHaveLength(1);
    const prose = text.replace(/<pre>[\s\S]*?<\/pre>/g, '');
    expect(prose).not.toMatch(/<(?!\u200b)|(?<!\u200b)!\S|\{\{|\[\[|@|https?:(?!\u200b)/);
    // What stands in a word is no mark, and a ticket is searched by it.
    expect(toTextile([{ kind: 'text', text: 'podtrail: forward-drop at 10.0.0.1:80' }])).toBe(
      'podtrail: forward-drop at 10.0.0.1:80',
    );
  });

  it.each([
    ['Markdown', toRedmineMarkdown, /(~~~|```)(.*?)(~~~|```)/gs],
    ['Textile', toTextile, /<pre>(.*?)<\/pre>/gs],
  ])('in Redmine\u2019s %s, by whose text people are mailed', (_, write, code) => {
    // As Redmine looks for mentions: Redmine::Acts::Mentionable.
    const scanned = write(BLOCKS).replaceAll(code, '');
    expect(scanned).toContain('podtrail: the end');
    expect(scanned).not.toMatch(/@[\w.@-]/);
  });

  it('in Jira\u2019s wiki markup', () => {
    const text = toJiraWiki(BLOCKS);
    expect(text.match(/\{noformat\}/g)).toHaveLength(2);
    const prose = text.replace(/^\{noformat\}\n[\s\S]*?^\{noformat\}$/gm, '');
    expect(prose).not.toMatch(/(?<!\\)[{[!|]|https?:\/\//);
  });

  it('in Jira Cloud\u2019s documents and in plain text', () => {
    expect(adfText(toAdf(BLOCKS))).toContain('<script>alert(1)</script>');
    for (const text of [JSON.stringify(toAdf(BLOCKS)), toPlainText(BLOCKS)]) expect(text).not.toMatch(/[\u202e\u001b]/);
  });
});

it('a comment fits the smallest system, whatever the report holds', () => {
  const report = reportOf('underlay-drop', 'x '.repeat(100_000));
  const [finding] = report.findings;
  const long = '*'.repeat(100_000);
  const remedy = [{ command: long, why: long, verify: long, rollback: long }];
  const huge = {
    ...report,
    findings: Array.from({ length: 500 }, () => ({ ...finding!, remedy })),
    notChecked: Array.from({ length: 9 }, () => ({ code: 'mtu-blackhole' as const, missing: [long], collect: long })),
  };
  const around = { attached: [], leftOut: [] };
  expect(toJiraWiki(summaryOf(huge, around)).length).toBeLessThan(32_000);
  const room = 65_000 - toMarkdown(summaryOf(huge, around)).length;
  expect(toMarkdown(detailsOf(huge, room)).length).toBeLessThan(room);
});

describe('the mark', () => {
  it('is found again, the last one of several', () => {
    const mark = markOf(reportOf('forward-drop'), []);
    expect(markIn(`x\n<!-- podtrail-report ${'0'.repeat(16)} suspected none none 0 -->\n${markText(mark)}\n`)).toEqual(
      mark,
    );
    expect(markIn('podtrail-report zzz')).toBeUndefined();
  });

  it('depends on the report and on the files', () => {
    const report = reportOf('forward-drop');
    const bytes = Buffer.from('x');
    const digests = [
      markOf(report, []),
      markOf(report, [{ name: 'a', bytes }]),
      markOf(reportOf('underlay-drop'), []),
    ].map((m) => m.digest);
    expect(new Set(digests).size).toBe(3);
    expect(markOf(reportOf('forward-drop'), []).digest).toBe(digests[0]);
  });

  it('holds no words of a stranger', () => {
    const report = reportOf('forward-drop');
    const forged = { ...report, verdict: { ...report.verdict, cause: '--> <script>' as never } };
    expect(markText(markOf(forged, []))).toMatch(/^podtrail-report [0-9a-f]{16} diagnosed other proven 1$/);
  });

  it('tells what changed', () => {
    const [before, after] = [markOf(reportOf('underlay-drop'), []), markOf(reportOf('forward-drop'), [])];
    expect(changesBetween(before, after)).toContain(
      'the verdict was diagnosed, underlay-drop (likely) and is now diagnosed, forward-drop (proven)',
    );
    expect(changesBetween(after, { ...after, digest: '0'.repeat(16) })).toContain('the verdict is the same');
  });
});
