import { describe, expect, it } from 'vitest';
import type { Finding, Report } from '../../src/core/finding.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import type { Style } from '../../src/report/style.js';
import { renderText } from '../../src/report/text.js';
import { everyText, sampleReport } from './sample-report.js';

const marked: Style = {
  bold: (text) => `\x1b[1m${text}\x1b[22m`,
  dim: (text) => `\x1b[2m${text}\x1b[22m`,
  red: (text) => `\x1b[31m${text}\x1b[39m`,
  yellow: (text) => `\x1b[33m${text}\x1b[39m`,
};
const bare = (text: string): string => text.replaceAll(/\x1b\[\d+m/g, '');

/** What must stay on one line: quotes, to be searched for, and commands, to be copied. */
const whole = ({ findings, notChecked }: Report): string[] => [
  ...findings.flatMap(({ evidence, remedy }: Finding) => [
    ...evidence.flatMap((e) => ('quote' in e ? [e.quote.trim(), e.file] : [])),
    ...remedy.flatMap(({ command, verify, rollback }) => [command, verify, rollback]),
  ]),
  ...notChecked.map(({ collect }) => collect),
];

describe('the report in a terminal', () => {
  it.each([80, 100, 120])('of %i columns: prose keeps to it, quotes and commands stay whole', (width) => {
    const text = renderText(sampleReport, undefined, width);
    const kept = whole(sampleReport);
    const long = text.split('\n').filter((line) => line.length > width && !kept.some((part) => line.includes(part)));
    expect(long).toEqual([]);
    for (const { command } of sampleReport.findings.flatMap(({ remedy }) => remedy)) expect(text).toContain(command);
  });

  it('uses the width that it has', () => {
    const lines = (width: number): number => renderText(sampleReport, undefined, width).split('\n').length;
    expect(lines(120)).toBeLessThan(lines(80));
  });

  it('gives the command that the verdict waits for: of its cause, or of those that could be it where none is named', () => {
    const wants = (code: 'missing-pod-route' | 'stale-vtep' | 'unreplied-syn') => ({
      code,
      missing: ['x'],
      collect: `${code} command`,
    });
    const notChecked = [wants('unreplied-syn'), wants('missing-pod-route'), wants('stale-vtep')];
    const shown = (cause: 'stale-vtep' | null): string[] => {
      const text = renderText({ ...sampleReport, verdict: { ...sampleReport.verdict, cause }, notChecked });
      return notChecked.map(({ collect }) => collect).filter((command) => text.includes(command));
    };
    expect(shown('stale-vtep')).toEqual(['stale-vtep command']);
    expect(shown(null)).toEqual(['missing-pod-route command', 'stale-vtep command']);
  });

  it('says the same with and without colours', () => {
    expect(bare(renderText(sampleReport, marked))).toBe(renderText(sampleReport));
    expect(renderText(sampleReport)).not.toContain('\x1b');
  });
});

describe('hostile text', () => {
  const evil =
    '\x1b[2J\x1b]0;owned\x07\r\u202egpj.exe\u0000\n## Heading [link](javascript:alert(1)) <img src=x> @everyone ```';
  const everywhere = everyText(sampleReport, (text) => `${text}${evil}`) as Report;
  // The state and the severities are podtrail's own words, whatever the bundle says.
  const hostile: Report = {
    ...everywhere,
    verdict: { ...everywhere.verdict, state: sampleReport.verdict.state },
    findings: everywhere.findings.map((finding, i) => ({ ...finding, severity: sampleReport.findings[i]!.severity })),
  };

  it.each([
    ['text', renderText(hostile)],
    ['Markdown', renderMarkdown(hostile)],
  ])('sends no control character to the terminal: %s', (_, text) => {
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  });

  it('becomes no markup in Markdown', () => {
    const fences = /^(`{3,})[^`\n]*\n[\s\S]*?^\1\n/gm;
    const prose = renderMarkdown(hostile).replaceAll(fences, '');
    expect(prose).not.toMatch(/^#+ Heading/m);
    expect(prose).not.toMatch(/(?<!\\)<img/);
    expect(prose).not.toMatch(/(?<!\\)\]\(javascript/);
    expect(prose).not.toMatch(/@everyone/);
    expect(prose).not.toContain('```');
  });
});
