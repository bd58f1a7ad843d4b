import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { analyze } from '../src/analyze.js';
import type { CauseCode } from '../src/core/code.js';
import type { Evidence, Report } from '../src/core/finding.js';
import { accusation, SAMPLES, type Sample } from './samples/sample.js';
import { citedFiles, remove, spoil } from './samples/spoiled.js';
import { filesBelow, unpacked, unpackersMissing } from './samples/unpacked.js';

/**
 * Evidence is what a verdict rests on: without what it cites it must fall or become weaker, and whatever it does not cite
 * may be missing from the bundle. A file that a verdict needs and does not cite is a fault of the cause that gave it.
 *
 * Of the files that are not cited some are deleted, always the same; MUTATIONS=100 deletes up to 100 of each bundle, one at a time.
 */
const FILES = Number(process.env['MUTATIONS'] ?? 1);
const PATIENCE = 3_600_000;

const scratch = mkdtempSync(join(tmpdir(), 'podtrail-mutation-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const ofReport = ({ verdict }: Report): string =>
  [verdict.state, verdict.cause, verdict.confidence].filter((part) => part !== null).join(' ');

/** What of the report may be read off the files that it names. */
const citedBy = (report: Report): Set<string> =>
  citedFiles([...report.findings, ...report.ruledOut].flatMap((claim) => claim.evidence));

/** Evidence that speaks for the cause itself. That nothing else was found is needed as well, but deletes whole files. */
const speaking = (report: Report, cause: string): Evidence[] =>
  report.findings
    .filter(({ code, kind }) => kind === 'cause' && code === cause)
    .flatMap(({ evidence }) => evidence)
    .filter(({ role }) => !role.startsWith('nothing else on '));

/** What evidence says, whoever says it how many times: `SYN, tried 3 times in 3.0 s` and `… 2 times …` are one. */
const saying = ({ role }: Evidence): string => role.replaceAll(/[\d.]+/g, '#');

/** Findings cite a few of many frames or lines that say the same: so often is deleted what says it next. */
const REPETITIONS = 12;

/**
 * Deletes what the cause's finding cites, and what then takes its place if it only repeats what was said before, until the
 * finding becomes weaker. Gives what is wrong: it stands for other reasons than those that it gave, or for none.
 */
async function withoutEvidence(folder: string, report: Report, cause: CauseCode): Promise<string[]> {
  const before = accusation(report, cause);
  const said = new Set(speaking(report, cause).map(saying));
  const back: (() => void)[] = [];
  let without = report;
  try {
    for (let round = 0; round < REPETITIONS; round++) {
      back.push(spoil(folder, speaking(without, cause)));
      without = await analyze([folder]);
      if (accusation(without, cause) < before) return [];
      const other = speaking(without, cause).filter((piece) => !said.has(saying(piece)));
      if (other.length > 0) return other.map(({ role }) => `still ${ofReport(without)}: ${role}`);
    }
    return [`still ${ofReport(without)}, whatever is deleted`];
  } finally {
    for (const restore of back.reverse()) restore();
  }
}

/** An order of files that looks random and is the same on every machine. */
const shuffled = (files: readonly string[], seed: string): string[] => {
  const key = (file: string): string => createHash('sha256').update(`${seed} ${file}`).digest('hex');
  return [...files].sort((a, b) => (key(a) < key(b) ? -1 : 1));
};

/** The unpacked bundle and what it gives as it is; made once, by the first test that asks. */
function whole(sample: Sample): () => Promise<{ readonly folder: string; readonly report: Report }> {
  let made: Promise<{ folder: string; report: Report }> | undefined;
  return () => {
    const folder = made === undefined ? unpacked(sample.archive, join(scratch, sample.name)) : '';
    made ??= analyze([folder]).then((report) => ({ folder, report }));
    return made;
  };
}

/** What became of the verdict with each of some files deleted, where it is not what it was. */
async function changes(
  { name }: Sample,
  folder: string,
  report: Report,
  isSame: (without: Report) => boolean,
): Promise<string[]> {
  const cited = citedBy(report);
  const uncited = filesBelow(folder).filter((file) => !cited.has(file));
  const changed: string[] = [];
  for (const file of shuffled(uncited, name).slice(0, FILES)) {
    const restore = remove(folder, file);
    const without = await analyze([folder]);
    restore();
    if (!isSame(without)) changed.push(`without ${file}: ${ofReport(without)}`);
  }
  return changed;
}

const missing = unpackersMissing();
describe.skipIf(missing !== undefined)(`mutations${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  for (const sample of SAMPLES.filter(({ state }) => state === 'diagnosed')) {
    describe(sample.name, () => {
      const given = whole(sample);

      it.each(sample.causes)(
        '%s falls, or becomes weaker, without the evidence that it cites',
        async (cause) => {
          const { folder, report } = await given();
          expect(accusation(report, cause)).toBeGreaterThan(0);
          expect(await withoutEvidence(folder, report, cause)).toEqual([]);
        },
        PATIENCE,
      );

      it(
        'stays the same without a file that it does not cite',
        async () => {
          const { folder, report } = await given();
          expect(await changes(sample, folder, report, (without) => ofReport(without) === ofReport(report))).toEqual(
            [],
          );
        },
        PATIENCE,
      );
    });
  }

  for (const sample of SAMPLES.filter(({ state }) => state === 'no-fault-found')) {
    it(
      `${sample.name}: nobody is accused because a file is missing`,
      async () => {
        const { folder, report } = await whole(sample)();
        const nobody = (without: Report) => without.findings.every(({ severity }) => severity === 'info');
        expect(nobody(report)).toBe(true);
        expect(await changes(sample, folder, report, nobody)).toEqual([]);
      },
      PATIENCE,
    );
  }
});
