import { appendFile, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { harmlessJson } from '../core/escape.js';
import type { FailureKind } from '../jobs/job.js';
import type { BatchEntry } from '../report/html/batch-page.js';

/** One line of `index.jsonl`. */
export interface Row extends BatchEntry {
  readonly failed?: FailureKind | undefined;
  /** What was analysed and how: with the same stamp the result would be the same. */
  readonly stamp: string;
}

export const INDEX = 'index.jsonl';

/** The rows of an earlier batch; a line that was cut by a crash is not one of them. */
export async function readRows(folder: string): Promise<Row[]> {
  const text = await readFile(join(folder, INDEX), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      const row = JSON.parse(line) as Row;
      return typeof row.file === 'string' && typeof row.stamp === 'string' ? [row] : [];
    } catch {
      return [];
    }
  });
}

const lineOf = (row: Row): string => `${harmlessJson(row)}\n`;

/** Starts the index anew with the rows that stay. */
export async function writeRows(folder: string, rows: readonly Row[]): Promise<void> {
  const draft = join(folder, `.${INDEX}.part`);
  await writeFile(draft, rows.map(lineOf).join(''));
  await rename(draft, join(folder, INDEX));
}

/** Adds a row as soon as it is known, so that a crash loses none. */
export const appendRow = (folder: string, row: Row): Promise<void> => appendFile(join(folder, INDEX), lineOf(row));
