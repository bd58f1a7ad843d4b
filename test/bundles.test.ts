import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import type { Evidence, Finding, Report } from '../src/core/finding.js';
import { breakFlaws } from './samples/break-flaws.js';
import { normalised, offers } from './samples/command.js';
import { misquotes } from './samples/quotes.js';
import { lineFlaws, remedyFlaws } from './samples/remedy-flaws.js';
import { type Expected, SAMPLES, type Sample } from './samples/sample.js';
import { unpacked, unpackersMissing } from './samples/unpacked.js';

/**
 * Whole bundles through the real command. What each must give stands beside it, worked out by the lab with tshark and
 * grep: the verdict, the cause and its remedy, the set of symptoms, the subjects they name, and every line or frame that
 * would be right evidence.
 */

const run = promisify(execFile);
/** A slow or busy machine needs its time; what hangs is still found. */
const PATIENCE = 600_000;
const scratch = mkdtempSync(join(tmpdir(), 'podtrail-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const podtrail = async (...args: string[]): Promise<string> =>
  (await run(process.execPath, ['dist/cli/main.js', ...args], { maxBuffer: 64e6 })).stdout;

const storeOf = ({ name }: Sample): string => join(scratch, `${name}.duckdb`);
const begun = new Map<Sample, Promise<Report>>();

function begin(sample: Sample): Promise<Report> {
  // Only the facts are asked of the store.
  const keep = sample.expected.facts === undefined ? [] : ['--store', storeOf(sample)];
  const running = begun.get(sample) ?? podtrail('analyze', sample.archive, '-f', 'json', '-q', ...keep).then(parsed);
  begun.set(sample, running);
  return running;
}
const parsed = (text: string): Report => JSON.parse(text) as Report;

/** Each bundle is analysed once. While one is looked at, the next is under way, and no more than that. */
function analysis(sample: Sample): Promise<Report> {
  const running = begin(sample);
  const next = SAMPLES[SAMPLES.indexOf(sample) + 1];
  if (next !== undefined) running.then(() => begin(next).catch(() => undefined)).catch(() => undefined);
  return running;
}

const cited = (evidence: Evidence, right: Expected['symptoms'][number]['evidence']): boolean =>
  right.some((r) =>
    'frame' in evidence
      ? r.file === evidence.file && r.frames?.includes(evidence.frame) === true
      : 'line' in evidence
        ? r.file === evidence.file && r.lines?.includes(evidence.line) === true
        : false,
  );

const serious = (report: Report, kind: Finding['kind']): Finding[] =>
  report.findings.filter((finding) => finding.kind === kind && finding.severity !== 'info');
const codes = (findings: readonly { readonly code: string }[]): string[] =>
  [...new Set(findings.map((finding) => finding.code))].sort();

describe.each(SAMPLES.map((sample) => [sample.name, sample] as const))('%s', (name, sample) => {
  const { expected, state } = sample;

  it(
    'gives exactly the expected symptoms',
    async () => {
      const report = await analysis(sample);
      expect(codes(serious(report, 'symptom'))).toEqual(codes(expected.symptoms));
      expect(report.checks.filter((check) => check.outcome === 'crashed')).toEqual([]);
    },
    PATIENCE,
  );

  it(
    `is ${state}${expected.cause === null ? '' : `: ${expected.cause}`}`,
    async () => {
      const { verdict } = await analysis(sample);
      expect(verdict.state, verdict.summary).toBe(state);
      if (state === 'suspected' && expected.confidence === null) expect(verdict.cause).toBe(null);
      else if (state === 'suspected' && expected.confidence === undefined)
        expect([null, expected.cause]).toContain(verdict.cause);
      else expect(verdict.cause, verdict.summary).toBe(expected.cause);
      if (expected.confidence !== undefined) expect(verdict.confidence).toBe(expected.confidence);
      if (verdict.cause !== null)
        expect(verdict.subjects).toEqual(expect.arrayContaining([...(expected.causeSubjects ?? [])]));
    },
    PATIENCE,
  );

  it(
    'accuses nothing else',
    async () => {
      const accused = codes(serious(await analysis(sample), 'cause'));
      expect(accused.filter((code) => !sample.causes.some((cause) => cause === code))).toEqual([]);
      if (state === 'diagnosed') expect(accused).toEqual([...sample.causes].sort());
    },
    PATIENCE,
  );

  if (expected.causes !== undefined) {
    it(
      'tells each of the faults apart, in their order',
      async () => {
        const accused = serious(await analysis(sample), 'cause');
        expect(accused.map(({ code }) => code)).toEqual(sample.causes);
        expected.causes?.forEach(({ subjects }, i) => {
          expect(accused[i]?.subjects).toEqual(expect.arrayContaining([...subjects]));
        });
      },
      PATIENCE,
    );
  }

  it(
    'marks the hop where it breaks, or says why it cannot',
    async () => {
      expect(breakFlaws(name, await analysis(sample))).toEqual([]);
    },
    PATIENCE,
  );

  it(
    'has remedies that can be typed as they stand',
    async () => {
      const { findings, notChecked, exhibits } = await analysis(sample);
      expect(findings.flatMap(({ remedy }) => remedy.flatMap(remedyFlaws))).toEqual([]);
      const walks = exhibits.conversations.flatMap(({ request, reply }) => [
        request,
        ...(reply === undefined ? [] : [reply]),
      ]);
      const wanted = walks.flatMap(({ missing, assumed }) => [...(missing === undefined ? [] : [missing]), ...assumed]);
      expect([...notChecked, ...wanted].flatMap(({ collect }) => lineFlaws('collect', collect))).toEqual([]);
    },
    PATIENCE,
  );

  if (state === 'no-fault-found') {
    it(
      'is silent because it looked, not because it could not',
      async () => {
        const made = (await analysis(sample)).checks
          .filter((check) => check.outcome === 'quiet')
          .map((check) => check.code);
        expect(made).toEqual(
          expect.arrayContaining([
            'unreplied-syn',
            'unreplied-udp',
            'unreplied-icmp',
            'unsnatted-source',
            'lost-between-captures',
          ]),
        );
      },
      PATIENCE,
    );
  }

  if (state === 'diagnosed') {
    it(
      'explains every symptom',
      async () => {
        const symptoms = serious(await analysis(sample), 'symptom');
        expect(symptoms.filter((symptom) => symptom.explainedBy === undefined).map(({ title }) => title)).toEqual([]);
      },
      PATIENCE,
    );
  }

  if (expected.collect !== undefined) {
    const words = expected.collect;
    it(
      `asks for what would tell: ${words.join(' ')}`,
      async () => {
        const asked = (await analysis(sample)).notChecked.filter(({ code }) => code === expected.cause);
        expect(
          asked.some(({ collect }) => words.every((word) => collect.includes(word))),
          `${words.join(' ')} in ${asked.map(({ collect }) => collect).join(' | ')}`,
        ).toBe(true);
      },
      PATIENCE,
    );
  }

  if (expected.cause !== null && expected.confidence !== null) {
    const causesOf = (report: Report) =>
      report.findings.filter(({ kind, code }) => kind === 'cause' && sample.causes.some((cause) => cause === code));

    it(
      'says how to mend it, with what mended it in the lab',
      async () => {
        const report = await analysis(sample);
        const remedies = causesOf(report).flatMap(({ remedy }) => remedy);
        if (state === 'diagnosed') expect(remedies).not.toEqual([]);
        const offered = remedies.map(({ command }) => normalised(command));
        for (const { command } of expected.remedy ?? []) {
          const proven = normalised(command);
          expect(
            offered.some((each) => offers(each, proven)),
            `${proven}\nof\n${offered.join('\n')}`,
          ).toBe(true);
        }
      },
      PATIENCE,
    );

    const missing = unpackersMissing();
    it.skipIf(missing !== undefined)(
      `quotes what really stands there${missing === undefined ? '' : ` (skipped: ${missing})`}`,
      async () => {
        const report = await analysis(sample);
        const folder = unpacked(sample.archive, join(scratch, name));
        const evidence = causesOf(report).flatMap((finding) => finding.evidence);
        if (state === 'diagnosed') expect(evidence).not.toEqual([]);
        expect(misquotes(evidence, folder)).toEqual([]);
        rmSync(folder, { recursive: true });
      },
      PATIENCE,
    );
  }

  for (const symptom of expected.symptoms) {
    it(
      `${symptom.code} names ${symptom.subjects.join(', ')} and cites the right places`,
      async () => {
        const findings = (await analysis(sample)).findings.filter(
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
      },
      PATIENCE,
    );
  }

  const facts = expected.facts ?? [];
  const queries = join('test/facts', `${name}.sql`);
  const statements = existsSync(queries)
    ? readFileSync(queries, 'utf8')
        .split(/;\s*\n/)
        .filter((statement) => statement.trim() !== '')
    : [];
  it('has a query for each of its facts', () => expect(statements).toHaveLength(facts.length));
  facts.forEach((fact, i) => {
    it(
      `knows ${fact.about}`,
      async () => {
        await analysis(sample);
        const rows = JSON.parse(
          await podtrail('query', storeOf(sample), statements[i] ?? 'select null', '--format', 'json'),
        ) as Record<string, unknown>[];
        expect(rows.map((row) => String(Object.values(row)[0]))).toEqual([fact.value]);
      },
      PATIENCE,
    );
  });
});
