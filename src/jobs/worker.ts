/** A worker process: analyses one bundle after another for the pool that forked it, and ends when the pool is gone. */
import { rmSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { analyze, NothingRead, type Progress } from '../analyze.js';
import { Failure } from '../core/failure.js';
import type { Report } from '../core/finding.js';
import type { FoundFrame } from '../evidence/cut.js';
import { findCited, writeFound } from '../evidence/write.js';
import { type Redaction, redactionOf } from '../redact/redact-report.js';
import { renderAs } from '../report/formats.js';
import { draftOf } from './drafts.js';
import { type Answer, digestOf, type Job, type Order, type Products } from './job.js';

/** Milliseconds between two words of progress. */
const REPORTED = 200;

const answer = (message: Answer): void => {
  if (process.connected) process.send?.(message);
};

async function writeWhole(path: string, text: string): Promise<void> {
  const draft = draftOf(path);
  try {
    await writeFile(draft, text, { flag: 'wx' });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new Failure(`cannot write ${path}: ${messageOf(error)}`);
  }
}

/** Cited frames, read again once for all folders that they go to. */
type Found = () => Promise<readonly FoundFrame[]>;

/** Evidence that cannot be written does not cost the report. @returns why it could not */
async function writeEvidenceFolder(
  found: Found,
  report: Report,
  dir: string,
  redaction: Redaction | undefined,
): Promise<string | undefined> {
  const draft = draftOf(dir);
  const clear = async (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await mkdir(draft);
    await writeFound(await found(), report, draft, redaction);
    await clear(dir);
    await rename(draft, dir);
    return undefined;
  } catch (error) {
    await clear(draft);
    return `no evidence: ${messageOf(error)}`;
  }
}

/** @returns what could not be written, when the report itself could */
async function produce(
  { write, evidence }: Products,
  report: Report,
  found: Found,
  redaction?: Redaction,
): Promise<string | undefined> {
  for (const { format, path } of write) await writeWhole(path, renderAs(format, redaction?.report ?? report));
  return evidence === undefined ? undefined : writeEvidenceFolder(found, report, evidence, redaction);
}

const copy = async (redacted: Products | undefined, report: Report, found: Found): Promise<string | undefined> =>
  redacted === undefined ? undefined : produce(redacted, report, found, redactionOf(report));

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function reporter(): (progress: Progress) => void {
  let last = 0;
  let stage: Progress['stage'] | undefined;
  return (progress) => {
    const now = Date.now();
    if (progress.stage === stage && now - last < REPORTED) return;
    last = now;
    stage = progress.stage;
    answer({ kind: 'progress', progress });
  };
}

async function work({ paths, about, plain, redacted }: Job): Promise<void> {
  try {
    const report = await analyze(paths, { about, threads: 1, onProgress: reporter() });
    let reading: Promise<readonly FoundFrame[]> | undefined;
    const found: Found = () => (reading ??= findCited(paths, report));
    if (plain === undefined) {
      const redaction = redactionOf(report);
      const trouble = redacted === undefined ? undefined : await produce(redacted, report, found, redaction);
      answer({ kind: 'done', digest: digestOf(redaction.report), trouble });
      return;
    }
    const trouble = await produce(plain, report, found);
    // A copy that cannot be made does not cost the report.
    const lost = await copy(redacted, report, found).catch((error: unknown) => `no redacted copy: ${messageOf(error)}`);
    answer({ kind: 'done', digest: digestOf(report), trouble: trouble ?? lost });
  } catch (error) {
    answer({ kind: 'failed', why: error instanceof NothingRead ? 'unreadable' : 'crash', reason: messageOf(error) });
  }
}

process.on('message', (order: Order) => void work(order.job));
process.on('disconnect', () => {
  // The pool was killed and cannot clean up: its folder for this process is ours to remove.
  const [folder] = process.argv.slice(2);
  if (folder !== undefined) process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.exit(0);
});
