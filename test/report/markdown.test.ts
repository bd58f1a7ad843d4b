import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Evidence, Finding, Report } from '../../src/core/finding.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { escapeMarkdown } from '../../src/report/markdown-text.js';
import { toMarkdown } from '../../src/ticket/markup/markdown.js';
import { detailsOf, summaryOf } from '../../src/ticket/summary.js';
import { codeBlocks, elements, prose, rendered } from './rendered-markdown.js';
import { everyText, sampleReport } from './sample-report.js';

/** The Markdown report and a ticket's comment, rendered as GitHub renders them. */

const podtrail = (...args: string[]): string =>
  execFileSync(process.execPath, ['dist/cli/main.js', ...args], { encoding: 'utf8', maxBuffer: 64e6 });

const commandsOf = ({ findings }: Report): readonly string[] =>
  findings.flatMap(({ remedy }) =>
    remedy.map(({ command, verify, rollback }) => [command, '', '# verify', verify, '', '# undo', rollback].join('\n')),
  );

const quotesOf = ({ findings }: Report): readonly string[] =>
  findings.flatMap(({ evidence }: Finding) =>
    evidence.flatMap((e: Evidence) => ('quote' in e ? [e.quote.trim()] : [])),
  );

/** What GitHub, GitLab or Redmine make a link, a mention or a picture of when it stands in text. */
const REFERENCE = /@\w|(?<!\d)#\d|\bGH-\d|[!$~%&]\d|:\/\/|\bwww\.|:(?:100|1234|bee|smile|\+1):/i;

describe('a real incident', () => {
  let report: Report;
  let markdown: string;
  let html: string;
  beforeAll(() => {
    const bundle = 'samples/bundles/000-pod-cidr-mismatch.tar.gz';
    report = JSON.parse(podtrail('analyze', bundle, '-f', 'json', '-q')) as Report;
    markdown = podtrail('analyze', bundle, '-f', 'markdown', '-q');
    html = rendered(markdown);
  }, 120_000);

  it('has one heading for the verdict, and one for each finding', () => {
    expect(html.match(/<h2>/g)).toHaveLength(1);
    expect(prose(html)).toContain(`podtrail: diagnosed, ${report.verdict.cause} (${report.verdict.confidence})`);
    expect(html.match(/<h3>(?:critical|warning|info): /g)).toHaveLength(report.findings.length);
  });

  it('shows commands as they are to be typed, and quotes as they were read', () => {
    const blocks = codeBlocks(html);
    for (const command of commandsOf(report)) expect(blocks).toContain(command);
    const lines = new Set(blocks.flatMap((block) => block.split('\n').map((line) => line.trim())));
    for (const quote of quotesOf(report)) expect(lines).toContain(quote);
  });

  it('says every sentence as the JSON report does', () => {
    const text = prose(html);
    expect(text).toContain(report.verdict.summary);
    for (const { title, explanation } of report.findings) {
      expect(text).toContain(title);
      expect(text).toContain(explanation);
    }
    for (const { because } of report.ruledOut) expect(text).toContain(because);
  });

  it('has no element that it does not mean to have', () => {
    expect(elements(html)).toEqual(['h2', 'h3', 'li', 'p', 'strong', 'ul']);
    expect(prose(html)).not.toMatch(REFERENCE);
  });
});

const EVIL = [
  '<script>alert(1)</script><img src=x onerror=alert(2)><!-- x --><details>',
  '[a](javascript:alert(3)) ![b](http://evil.example/c.png) [d]: http://evil.example [^e]',
  'http://evil.example https://evil.example ftp://evil.example www.evil.example jo@evil.example mailto:jo@evil.example',
  '@everyone @org/team #1 GH-2 org/repo#3 !4 $5 ~6 %7 &8 :100: fd00:1234:bee::1 :smile: :+1:',
  '**b** __c__ ~~d~~ `e` $f$ &lt;b&gt; &#64;g \\h | i | j |',
  '```\n``` ```` ~~~',
].join(' ');
/** Begins of lines that mean something. */
const BEGINS = [
  '# h',
  '> q',
  '- l',
  '+ l',
  '* l',
  '1. l',
  '2) l',
  '    code',
  '\tcode',
  '=== ',
  '---',
  '| a | b |',
  '/close',
  '[x]: /y',
  '<div>',
];

const report = (change: (text: string) => string): Report => {
  const changed = everyText(sampleReport, change) as Report;
  // The state, the severities and the codes are podtrail's own words, whatever the bundle says.
  return {
    ...changed,
    verdict: {
      ...changed.verdict,
      state: sampleReport.verdict.state,
      cause: sampleReport.verdict.cause,
      confidence: sampleReport.verdict.confidence,
    },
    findings: changed.findings.map((finding, i) => {
      const { severity, code, confidence } = sampleReport.findings[i]!;
      return { ...finding, severity, code, confidence };
    }),
  };
};
const around = { attached: ['report.html'], leftOut: [] };
const forms: readonly (readonly [string, (report: Report) => string, readonly string[]])[] = [
  ['the report', renderMarkdown, ['h2', 'h3', 'li', 'p', 'strong', 'ul']],
  ['a comment', (r) => toMarkdown(summaryOf(r, around)), ['h3', 'p']],
  ['a comment with the findings', (r) => toMarkdown(detailsOf(r, 1e6)), ['details', 'p', 'summary']],
];

describe.each(forms)('%s of a hostile bundle', (_, write, expected) => {
  it.each([
    ['marks', (text: string) => `${text} ${EVIL}`],
    ...BEGINS.map((begin) => [JSON.stringify(begin), (text: string) => `${begin}${text}`] as const),
  ] as const)('shows text as text: %s', (_name, change) => {
    const calm = rendered(write(sampleReport));
    const html = rendered(write(report(change)));
    expect(elements(html)).toEqual(expected);
    // As many blocks as without: nothing ends one or begins another.
    for (const tag of ['<h2>', '<h3>', '<li>', '<pre>', '<p>', '<details>', '<ul>'])
      expect(html.split(tag).length, tag).toBe(calm.split(tag).length);
    expect(prose(html)).not.toMatch(REFERENCE);
    expect(html).not.toMatch(/<a |<img|<input|<del|<em/);
  });

  it('shows marks as they were written', () => {
    const html = rendered(write(report((text) => `${text} ${EVIL}`)));
    const seen = prose(html).replaceAll('\u200b', '');
    expect(seen).toContain('<script>alert(1)</script><img src=x onerror=alert(2)><!-- x -->');
    expect(seen).toContain('**b** __c__ ~~d~~ `e` $f$ &lt;b&gt; &#64;g \\h | i | j |');
    expect(codeBlocks(html).join('\n')).toContain('@everyone @org/team #1');
  });
});

it('words and addresses that mean nothing stay as they are, to be copied', () => {
  for (const text of ['pod web-1 on edge-2 (fd00:10:244::1, 10.0.0.1/24) drops 5 of 9', 'eth0:1', '100% of 3'])
    expect(escapeMarkdown(text)).toBe(text);
});
