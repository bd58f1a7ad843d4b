import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { About, Progress } from '../analyze.js';
import { printable } from '../core/escape.js';
import { Failure } from '../core/failure.js';
import { makeFolder } from '../core/make-folder.js';
import { VERSION } from '../core/version.js';
import type { Job, Outcome } from '../jobs/job.js';
import { Pool } from '../jobs/pool.js';
import type { Limits } from '../jobs/worker-process.js';
import type { Format } from '../report/formats.js';
import { renderBatch } from '../report/html/batch-page.js';
import type { Incident } from './find.js';
import { appendRow, type Row, readRows, writeRows } from './ledger.js';
import { UniqueNames } from './names.js';

export interface BatchOptions extends Limits {
  readonly outputDir: string;
  /** Worker processes, at least 1. */
  readonly jobs: number;
  /** Keep what an earlier batch did to the same, unchanged bundles. */
  readonly resume: boolean;
  readonly about?: About | undefined;
  /** Replace addresses and names in the reports and in the index. */
  readonly redact: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onStart?: ((file: string) => void) | undefined;
  readonly onProgress?: ((file: string, progress: Progress) => void) | undefined;
  readonly onRow?: ((row: Row) => void) | undefined;
}

export interface BatchResult {
  /** In the order of the incidents; without those that were not reached when it was stopped. */
  readonly rows: readonly Row[];
  /** How many of the rows are an earlier batch's. */
  readonly kept: number;
}

const FILES: readonly (readonly [Format, string])[] = [
  ['json', 'json'],
  ['markdown', 'md'],
  ['html', 'html'],
];

/** Failures that another try, or a larger limit, may mend. */
const WORTH_RETRYING: readonly Row['failed'][] = ['memory', 'time', 'crash', 'cancelled'];

/** Analyses each incident in a worker process and writes its reports and the index. A broken bundle is a row. */
export async function runBatch(incidents: readonly Incident[], options: BatchOptions): Promise<BatchResult> {
  const { outputDir } = options;
  try {
    await makeFolder(outputDir, (path) => mkdir(path));
  } catch (error) {
    throw new Failure(`cannot make the folder ${printable(outputDir)}: ${(error as Error).message}`);
  }
  const earlier = new Map((options.resume ? await readRows(outputDir) : []).map((row) => [row.file, row]));
  const rows = new Map<string, Row>();
  const waiting: { readonly incident: Incident; readonly stamp: string; readonly bytes: number }[] = [];
  for (const incident of incidents) {
    const { stamp, bytes } = await stampOf(incident, options);
    const row = earlier.get(incident.file);
    if (row?.stamp === stamp && isDone(row, outputDir)) rows.set(incident.file, row);
    else waiting.push({ incident, stamp, bytes });
  }
  const kept = rows.size;
  await writeRows(outputDir, [...rows.values()]);
  const names = new UniqueNames([...rows.values()].flatMap(({ name }) => name ?? []));
  const named = waiting.map((one) => ({ ...one, name: names.give(one.incident.name) }));
  // Largest first: one that comes last would run while the other workers have nothing left to do.
  const todo = named.sort((a, b) => b.bytes - a.bytes);
  // Every bundle that waits listens for the end.
  if (options.signal !== undefined) setMaxListeners(0, options.signal);
  const pool = new Pool({ workers: options.jobs, memoryMb: options.memoryMb, seconds: options.seconds });
  try {
    await Promise.all(
      todo.map(async ({ incident, name, stamp, bytes }) => {
        const { file } = incident;
        const outcome = await pool.run(jobOf(incident, name, options), {
          signal: options.signal,
          onStart: () => options.onStart?.(file),
          onProgress: (progress) => options.onProgress?.(file, progress),
        });
        if (outcome.state === 'failed' && outcome.why === 'cancelled') return;
        const row = rowOf(incident, name, stamp, bytes, outcome);
        rows.set(file, row);
        await appendRow(outputDir, row);
        options.onRow?.(row);
      }),
    );
  } finally {
    await pool.close();
  }
  const inOrder = incidents.flatMap(({ file }) => rows.get(file) ?? []);
  await writeRows(outputDir, inOrder);
  await writeFile(join(outputDir, 'index.html'), renderBatch(inOrder));
  return { rows: inOrder, kept };
}

const jobOf = ({ paths }: Incident, name: string, { outputDir, about, redact }: BatchOptions): Job => {
  const write = FILES.map(([format, suffix]) => ({ format, path: resolve(outputDir, `${name}.${suffix}`) }));
  return { paths: paths.map((path) => resolve(path)), about, [redact ? 'redacted' : 'plain']: { write } };
};

function rowOf({ file }: Incident, name: string, stamp: string, bytes: number, outcome: Outcome): Row {
  const { seconds } = outcome;
  if (outcome.state === 'failed') {
    const { reason, why } = outcome;
    return {
      file,
      state: 'failed',
      cause: null,
      confidence: null,
      summary: reason,
      seconds,
      bytes,
      failed: why,
      stamp,
    };
  }
  const { state, cause, confidence, summary, findings } = outcome.digest;
  return { file, state, cause, confidence, summary, seconds, bytes, name, findings, stamp };
}

function isDone(row: Row, outputDir: string): boolean {
  if (row.state === 'failed') return !WORTH_RETRYING.includes(row.failed);
  return FILES.every(([, suffix]) => existsSync(join(outputDir, `${row.name}.${suffix}`)));
}

/** Size and time of each input, the question, and who answers. */
async function stampOf(
  { paths }: Incident,
  { about, redact }: BatchOptions,
): Promise<{ stamp: string; bytes: number }> {
  let bytes = 0;
  const parts: string[] = [VERSION];
  if (about !== undefined) parts.push(JSON.stringify(about));
  if (redact) parts.push('redacted');
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    bytes += found?.size ?? 0;
    parts.push(`${found?.size ?? 0}@${found?.mtimeMs ?? 0}`);
  }
  return { stamp: parts.join(' '), bytes };
}
