import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyze, type Report } from '../../src/analyze.js';
import { covers, parsePrefix } from '../../src/core/prefix.js';
import { isNoNode, isPlain } from '../../src/redact/plain-words.js';
import { redactReport } from '../../src/redact/redact-report.js';
import { FORMATS, renderAs } from '../../src/report/formats.js';

/** Whole reports: nothing that names the site is left in any form of them, and they say the same. */

const SAMPLES = ['000-pod-cidr-mismatch.tar.gz', '001-vtep-address-unreachable.tar', '003-ippool-covers-nodes.tar.gz'];

/** Addresses that tell of a site, found in another way than the redaction finds them. */
function tellingAddresses(text: string): string[] {
  const found = new Set(text.match(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d)/g));
  return [...found].filter(
    (address) => !/^(?:0|127|169\.254|22[4-9]|2[3-5]\d)\.|^(?:10|192\.168|172\.16|100\.64)(?:\.0)+$/.test(address),
  );
}

const tellingNames = ({ names }: Report): string[] => [
  ...names!.nodes.filter((name) => !isNoNode(name)),
  ...[names!.pods, names!.services, names!.namespaces, names!.policies, names!.others]
    .flat()
    .filter((name) => !isPlain(name)),
];

const whole = (name: string): RegExp =>
  new RegExp(`(?<![A-Za-z0-9])${name.replaceAll('.', '\\.')}(?![A-Za-z0-9])`, 'i');

describe.each(SAMPLES)('%s', (sample) => {
  let report: Report;
  let redacted: Report;
  beforeAll(async () => {
    report = await analyze([join('samples/bundles', sample)]);
    redacted = redactReport(report);
  });

  it('has names and addresses to lose', () => {
    expect(tellingAddresses(JSON.stringify(report)).length).toBeGreaterThan(3);
    expect(tellingNames(report).length).toBeGreaterThan(2);
  });

  it.each(FORMATS)('has lost all of them as %s', (format) => {
    const { names: _, ...told } = report;
    const text = renderAs(format, redacted);
    // Of 24 maps that keep the prefixes one is taken under which no image is a real address, where there is one.
    const left = tellingAddresses(JSON.stringify(told)).filter((address) => tellingAddresses(text).includes(address));
    expect(left).toEqual([]);
    for (const name of tellingNames(report)) expect(text).not.toMatch(whole(name));
    for (const mac of new Set(JSON.stringify(told).match(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g)))
      if (!/^(?:ff:ff|00:00:00:00|33:33|01:00:5e|ee:ee)/.test(mac)) expect(text).not.toContain(mac);
    expect(text).not.toContain(report.bundle.name);
  });

  it('says the same', () => {
    const shape = ({ verdict, findings, ruledOut, notChecked, notRead, checks }: Report) => ({
      verdict: [verdict.state, verdict.cause, verdict.confidence, verdict.subjects.length],
      findings: findings.map((f) => [
        f.code,
        f.kind,
        f.severity,
        f.confidence,
        f.count,
        f.explainedBy,
        f.first,
        f.last,
      ]),
      places: findings.flatMap((f) =>
        f.evidence.map((e) => ('frame' in e ? e.frame : 'line' in e ? e.line : e.searched.length)),
      ),
      ruledOut: ruledOut.map(({ code }) => code),
      notChecked: notChecked.map(({ code }) => code),
      notRead: notRead.map(({ count }) => count),
      checks: checks.map(({ code, outcome }) => [code, outcome]),
    });
    expect(shape(redacted)).toEqual(shape(report));
    expect(redacted.schema).toBe('podtrail.report/1');
    for (const { evidence } of redacted.findings)
      for (const e of evidence) if ('quote' in e) expect(e.quote.length).toBeLessThanOrEqual(400);
  });

  it('has its subjects in the networks that they were in', () => {
    const before = report.findings.flatMap(({ subjects }) => subjects).map(parsePrefix);
    const after = redacted.findings.flatMap(({ subjects }) => subjects).map(parsePrefix);
    expect(after.map((prefix) => prefix?.length)).toEqual(before.map((prefix) => prefix?.length));
    for (const [i, outer] of before.entries())
      for (const [j, inner] of before.entries())
        if (outer !== undefined && inner !== undefined) expect(covers(after[i]!, after[j]!)).toBe(covers(outer, inner));
  });

  it('is the same each time, and is not redacted twice', () => {
    expect(redactReport(report)).toEqual(redacted);
    expect(redactReport(redacted)).toBe(redacted);
  });
});

describe('the commands', () => {
  const out = mkdtempSync(join(tmpdir(), 'podtrail-redact-'));
  afterAll(() => rmSync(out, { recursive: true, force: true }));
  const BUNDLE = 'samples/bundles/101-forward-drop-a.tar.xz';
  const SITE = /10\.200\.|edge-[0-9]|172\.21\.9/;
  const podtrail = (...args: readonly string[]) =>
    spawnSync(process.execPath, ['dist/cli/main.js', ...args], { encoding: 'utf8', maxBuffer: 64e6 });

  it('analyze --redact', () => {
    const { stdout, status } = podtrail('analyze', BUNDLE, '--redact', '-q');
    expect(status).toBe(0);
    expect(stdout).toContain('Diagnosed: forward-drop (proven)');
    expect(stdout).toMatch(/stand for others/);
    expect(stdout).not.toMatch(SITE);
  });

  it('batch --redact', () => {
    const { status, stdout } = podtrail('batch', BUNDLE, '--redact', '-q', '-o', out, '-j', '1');
    expect(status, stdout).toBe(0);
    expect(readdirSync(out)).toContain('101-forward-drop-a.json');
    for (const name of readdirSync(out)) {
      const text = readFileSync(join(out, name), 'utf8');
      expect(text).toContain('forward-drop');
      expect(text, name).not.toMatch(SITE);
    }
  });
});
