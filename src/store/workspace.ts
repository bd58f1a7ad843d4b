import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../core/failure.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A run's own folder: the store's file, what the database spills, zips that came through a pipe. */
export interface Workspace {
  readonly dir: string;
  /** Where the store goes when the user does not want to keep it. */
  readonly storeFile: string;
  /** What to do when a signal ends the run, besides removing the folder: end what other threads do, for the process waits for them. */
  readonly atStop: (end: () => void) => void;
}

/**
 * Gives `work` a temporary folder and removes it on every way out: return, error, Ctrl-C, kill. `results` are files that work
 * makes and that stay when it ends well; half of one is of no use, and is removed too. What was there before is left alone.
 */
export async function withWorkspace<T>(
  work: (workspace: Workspace) => Promise<T>,
  results: readonly string[] = [],
): Promise<T> {
  const made = results.filter((file) => !existsSync(file));
  let dir: string | undefined;
  let done = false;
  const ends: (() => void)[] = [];
  const remove = (): void => {
    if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
    if (!done) for (const file of made) rmSync(file, { force: true });
  };
  const stop = (signal: NodeJS.Signals): void => {
    for (const end of ends) end();
    remove();
    process.stderr.write(`podtrail: stopped by ${signal}, nothing was kept\n`);
    process.exit(128 + (signal === 'SIGINT' ? 2 : signal === 'SIGHUP' ? 1 : 15));
  };
  for (const signal of SIGNALS) process.once(signal, stop);
  process.once('exit', remove);
  try {
    // Only now, and without waiting: a signal before this finds no folder, and one after it finds its handler.
    dir = temporaryFolder();
    const result = await work({ dir, storeFile: join(dir, 'store.duckdb'), atStop: (end) => ends.push(end) });
    done = true;
    return result;
  } finally {
    remove();
    for (const signal of SIGNALS) process.removeListener(signal, stop);
    process.removeListener('exit', remove);
  }
}

function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'podtrail-'));
  } catch (error) {
    throw new Failure(`cannot make a temporary folder: ${(error as Error).message} (TMPDIR names where)`);
  }
}
