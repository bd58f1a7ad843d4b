/** A worker process: analyses one bundle after another for the pool that forked it, and ends when the pool is gone. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { analyze, NothingRead, type Progress } from '../analyze.js';
import { Failure } from '../core/failure.js';
import type { Report } from '../core/finding.js';
import { writeEvidence } from '../evidence/write.js';
import { redactReport } from '../redact/redact-report.js';
import { renderAs } from '../report/formats.js';
import { type Answer, digestOf, type Job, type Order } from './job.js';

/** Milliseconds between two words of progress. */
const REPORTED = 200;

const answer = (message: Answer): void => {
  if (process.connected) process.send?.(message);
};

async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}.part`;
  try {
    await writeFile(draft, text, { flag: 'wx' });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new Failure(`cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Evidence that cannot be written does not cost the report. @returns why it could not */
async function writeEvidenceFolder(paths: readonly string[], report: Report, dir: string): Promise<string | undefined> {
  const draft = `${dir}.part`;
  const clear = async (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await clear(draft);
    await writeEvidence(paths, report, draft);
    await clear(dir);
    await rename(draft, dir);
    return undefined;
  } catch (error) {
    await clear(draft);
    return `no evidence: ${error instanceof Error ? error.message : String(error)}`;
  }
}

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

async function work(job: Job): Promise<void> {
  try {
    const told = await analyze(job.paths, { about: job.about, threads: 1, onProgress: reporter() });
    const report = job.redact === true ? redactReport(told) : told;
    for (const { format, path } of job.write) await writeWhole(path, renderAs(format, report));
    const trouble = job.evidence === undefined ? undefined : await writeEvidenceFolder(job.paths, report, job.evidence);
    answer({ kind: 'done', digest: digestOf(report), trouble });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const foreseen = error instanceof NothingRead || error instanceof Failure;
    answer({ kind: 'failed', why: foreseen ? 'unreadable' : 'crash', reason });
  }
}

process.on('message', (order: Order) => void work(order.job));
process.on('disconnect', () => {
  // The pool was killed and cannot clean up: its folder for this process is ours to remove.
  const [folder] = process.argv.slice(2);
  if (folder !== undefined) process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.exit(0);
});
