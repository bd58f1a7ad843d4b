import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import type { Evidence, Report } from '../src/core/finding.js';

/**
 * Whole bundles through the real command. What each must give stands beside it, worked out by the lab with tshark and
 * grep: the set of symptoms, the subjects they name, and every line or frame that would be right evidence.
 */

interface Expected {
  readonly bundle: string;
  readonly symptoms: readonly {
    readonly code: string;
    readonly severity: string;
    readonly subjects: readonly string[];
    readonly evidence: readonly {
      readonly file: string;
      readonly frames?: readonly number[];
      readonly lines?: readonly number[];
    }[];
  }[];
  readonly facts?: readonly { readonly about: string; readonly value: string }[];
  /** A sample whose diagnosis is not there yet. */
  readonly pending?: boolean;
}

const run = promisify(execFile);
const FOLDER = 'samples/bundles';
const scratch = mkdtempSync(join(tmpdir(), 'podtrail-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const podtrail = async (...args: string[]): Promise<string> =>
  (await run(process.execPath, ['dist/cli/main.js', ...args], { maxBuffer: 64e6 })).stdout;

const cited = (evidence: Evidence, right: Expected['symptoms'][number]['evidence']): boolean =>
  right.some((r) =>
    'frame' in evidence
      ? r.file === evidence.file && r.frames?.includes(evidence.frame) === true
      : 'line' in evidence
        ? r.file === evidence.file && r.lines?.includes(evidence.line) === true
        : false,
  );

const expectation = (name: string): Expected => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Expected;
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.expected.json') && expectation(file).pending !== true)
  .sort();

describe.each(names)('%s', (name) => {
  const expected = expectation(name);
  const stem = name.replace('.expected.json', '');
  const store = join(scratch, `${stem}.duckdb`);
  // Begun by the first test that asks, so that bundles do not all run at once.
  let running: Promise<string> | undefined;
  const analysis = (): Promise<string> => {
    running ??= podtrail('analyze', join(FOLDER, expected.bundle), '--format', 'json', '--store', store, '--quiet');
    return running;
  };

  it('gives exactly the expected symptoms', async () => {
    const report = JSON.parse(await analysis()) as Report;
    const serious = report.findings.filter((finding) => finding.kind === 'symptom' && finding.severity !== 'info');
    expect([...new Set(serious.map((finding) => finding.code))].sort()).toEqual(
      [...new Set(expected.symptoms.map((s) => s.code))].sort(),
    );
    expect(report.checks.filter((check) => check.outcome === 'crashed')).toEqual([]);
  });

  if (expected.symptoms.length === 0) {
    it('is silent because it looked, not because it could not', async () => {
      const report = JSON.parse(await analysis()) as Report;
      const made = report.checks.filter((check) => check.outcome === 'quiet').map((check) => check.code);
      expect(made).toEqual(
        expect.arrayContaining([
          'unreplied-syn',
          'unreplied-udp',
          'unreplied-icmp',
          'unsnatted-source',
          'lost-between-captures',
        ]),
      );
      expect(report.verdict.state).toBe('no-fault-found');
    });
  }

  for (const symptom of expected.symptoms) {
    it(`${symptom.code} names ${symptom.subjects.join(', ')} and cites the right places`, async () => {
      const report = JSON.parse(await analysis()) as Report;
      const findings = report.findings.filter(
        (finding) => finding.code === symptom.code && finding.severity === symptom.severity,
      );
      const fitting = findings.filter((finding) =>
        symptom.subjects.every((subject) => finding.subjects.includes(subject)),
      );
      expect(
        fitting.map((finding) => finding.subjects),
        `subjects of ${findings.map((f) => f.subjects.join(' ')).join(' | ')}`,
      ).not.toEqual([]);
      expect(fitting.some((finding) => finding.evidence.some((evidence) => cited(evidence, symptom.evidence)))).toBe(
        true,
      );
    });
  }

  const queries = join('test/facts', `${stem}.sql`);
  const statements = existsSync(queries)
    ? readFileSync(queries, 'utf8')
        .split(/;\s*\n/)
        .filter((statement) => statement.trim() !== '')
    : [];
  const facts = expected.facts ?? [];
  it('has a query for each of its facts', () => expect(statements).toHaveLength(facts.length));
  facts.forEach((fact, i) => {
    it(`knows ${fact.about}`, async () => {
      await analysis();
      const rows = JSON.parse(
        await podtrail('query', store, statements[i] ?? 'select null', '--format', 'json'),
      ) as Record<string, unknown>[];
      expect(rows.map((row) => String(Object.values(row)[0]))).toEqual([fact.value]);
    });
  });
});
