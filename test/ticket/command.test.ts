import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { reportOf } from '../tickets/reports.js';

const SAMPLE = 'samples/bundles/101-forward-drop-a.tar.xz';

/** `podtrail ticket attach`, as far as it goes without a ticket system. */

const scratch = mkdtempSync(join(tmpdir(), 'podtrail-ticket-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(scratch, name), text);
  return join(scratch, name);
};
const report = file('report.json', JSON.stringify(reportOf('forward-drop')));
const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['dist/cli/main.js', 'ticket', 'attach', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], PODTRAIL_TICKET_TOKEN: 'tok-secret-4711' },
  });

const whole = spawnSync(process.execPath, ['dist/cli/main.js', 'analyze', SAMPLE, '--format', 'json', '--quiet'], {
  encoding: 'utf8',
  maxBuffer: 1 << 28,
});
// biome-ignore lint/suspicious/noExplicitAny: a report as another version may have written it
type Loose = any;
const drawn: Loose = JSON.parse(whole.stdout);

/** The report as versions before `breaksAt.how` and `differs` wrote it. */
function withoutNewFields(report: Loose): Loose {
  const old = structuredClone(report);
  for (const { breaksAt } of old.exhibits.conversations) delete breaksAt?.how;
  for (const node of old.exhibits.cluster.nodes) delete node.differs;
  delete old.clocks;
  return old;
}

describe('podtrail ticket attach', () => {
  it('sends real names to no public host unasked', () => {
    const { status, stdout, stderr } = run(report, '--to', 'https://192.0.2.1/issues/1');
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/192\.0\.2\.1 is not a private host.*--redact.*Nothing was sent/);
  });

  it('shows a redacted comment in a dry run', () => {
    const { status, stdout } = run(report, '--to', 'https://github.com/o/r/issues/1', '--dry-run', '--redact');
    expect(status).toBe(0);
    expect(stdout).toContain('POST https://api.github.com/repos/o/r/issues/1/comments');
    expect(stdout).not.toMatch(/10\.200\.|edge-|tok-secret/);
  });

  it.each([
    ['of a version that did not say how it breaks', (report: Loose) => withoutNewFields(report), ''],
    ['without pictures', ({ exhibits: _, ...rest }: Loose) => rest, 'without the journey, the cluster, the time line'],
    [
      'with a time line of another kind',
      (report: Loose) => ({ ...report, exhibits: { ...report.exhibits, timeline: [] } }),
      'without the time line',
    ],
  ])('takes a report %s', (name, older, says) => {
    const old = file(`${name}.json`, JSON.stringify(older(drawn)));
    const { status, stdout, stderr } = run(old, '--to', 'http://127.0.0.1/issues/1', '--dry-run', '--redact');
    expect({ status, stderr: stderr.includes(says), crashed: stderr.includes('unexpected') }).toEqual({
      status: 0,
      stderr: true,
      crashed: false,
    });
    if (says === '') expect(stderr).toBe('');
    expect(stdout).toMatch(/\.html \(\d+ bytes\)/);
  });

  it.each([
    ['no JSON', 'x', /is no JSON/],
    ['another JSON', '{}', /is no report of podtrail/],
    ['half a report', '{"schema":"podtrail.report/1"}', /is no whole report: bundle/],
    [
      'a finding without a place',
      JSON.stringify({
        ...reportOf('forward-drop'),
        findings: [{ ...reportOf('forward-drop').findings[0], evidence: [{ role: 'x' }] }],
      }),
      /evidence without a place/,
    ],
  ])('refuses %s', (name, text, why) => {
    const { status, stderr } = run(file(`${name}.json`, text), '--to', 'http://127.0.0.1/issues/1', '--dry-run');
    expect(status).toBe(2);
    expect(stderr).toMatch(why);
  });
});
