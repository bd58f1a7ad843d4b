import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeDrafts } from './drafts.js';
import type { Answer, FailureKind, Job, Order, Outcome } from './job.js';
import { residentMb } from './memory.js';
import type { Watcher } from './pool.js';

/** What one analysis may use. */
export interface Limits {
  /** Resident memory of the process, MB. Checked where the system has /proc. */
  readonly memoryMb: number;
  /** From start to report, seconds. */
  readonly seconds: number;
}

/** Milliseconds between two looks at the memory. */
const LOOK = 200;
/** A process that has done so many is replaced, so that what a library leaks stays bounded. */
const MOST_JOBS = 200;
const LAST_WORDS = 2000;

type Ending = { readonly why: FailureKind; readonly reason: string };

/**
 * Threads for the work that Node and the database do beside its own: 4 is what Node takes. A worker that has one core gets one.
 * It waits for them in turn anyway, and where every core has a worker, each waking of another thread lands on a busy core while
 * its own falls asleep: two workers on two cores were idle for 8 % of the time, and are for 4 %.
 */
const THREADS = 4;
const threadsFor = (workers: number): number => (workers < availableParallelism() ? THREADS : 1);

/** One forked worker. It has a temporary folder of its own, which is removed with it, killed or not. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #gone: Promise<void>;
  #jobs = 0;
  /** It may still hold what could not be closed: memory, and room on a disk that is full. */
  #tainted = false;
  #alive = true;
  #words = '';

  /** `beside`: how many workers there are at once, this one among them. */
  constructor(
    private readonly limits: Limits,
    beside: number,
  ) {
    this.#folder = mkdtempSync(join(tmpdir(), 'podtrail-worker-'));
    this.#child = fork(fileURLToPath(new URL('../jobs/worker.js', import.meta.url)), [this.#folder], {
      env: { UV_THREADPOOL_SIZE: `${threadsFor(beside)}`, ...process.env, TMPDIR: this.#folder },
      execArgv: [`--max-old-space-size=${Math.max(64, Math.round(limits.memoryMb * 0.75))}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Ctrl-C goes to the whole terminal; the pool decides when its workers end.
      detached: true,
    });
    this.#child.stderr?.on('data', (data: Buffer) => {
      this.#words = (this.#words + data.toString('utf8')).slice(-LAST_WORDS);
    });
    this.#gone = new Promise((resolve) => {
      const end = (): void => {
        this.#alive = false;
        rmSync(this.#folder, { recursive: true, force: true });
        resolve();
      };
      this.#child.once('exit', end);
      this.#child.once('error', end);
    });
  }

  /** True when it can take another job. */
  get reusable(): boolean {
    return this.#alive && !this.#tainted && this.#jobs < MOST_JOBS;
  }

  run(job: Job, { onProgress, signal }: Watcher): Promise<Outcome> {
    const started = performance.now();
    this.#jobs++;
    this.#words = '';
    return new Promise((resolve) => {
      let ending: Ending | undefined;
      let settled = false;
      const kill = (why: FailureKind, reason: string): void => {
        ending ??= { why, reason };
        this.#child.kill('SIGKILL');
      };
      const settle = (outcome: Settled): void => {
        settled = true;
        clearTimeout(clock);
        clearInterval(look);
        signal?.removeEventListener('abort', abort);
        this.#child.off('message', hear);
        resolve({ ...outcome, seconds: Math.round(performance.now() - started) / 1000 });
      };
      const abort = (): void => kill('cancelled', 'it was cancelled');
      const hear = (message: Answer): void => {
        switch (message.kind) {
          case 'progress':
            onProgress?.(message.progress);
            return;
          case 'done':
            settle({ state: 'done', digest: message.digest, trouble: message.trouble });
            return;
          case 'failed':
            this.#tainted = message.why === 'crash';
            settle({ state: 'failed', why: message.why, reason: message.reason });
        }
      };
      const clock = setTimeout(
        () => kill('time', `it took longer than ${this.limits.seconds} second${this.limits.seconds === 1 ? '' : 's'}`),
        this.limits.seconds * 1000,
      );
      const look = setInterval(async () => {
        const used = this.#child.pid === undefined ? undefined : await residentMb(this.#child.pid);
        if (used !== undefined && used > this.limits.memoryMb)
          kill('memory', `it needed more than ${this.limits.memoryMb} MB of memory`);
      }, LOOK);
      if (signal?.aborted === true) abort();
      else signal?.addEventListener('abort', abort, { once: true });
      this.#child.on('message', hear);
      void this.#gone.then(() => {
        // It may have ended long after this job.
        if (settled) return;
        removeDrafts(job);
        settle({ state: 'failed', ...(ending ?? this.#ownEnd()) });
      });
      const order: Order = { job };
      this.#child.send(order, (error) => {
        if (error !== null) kill('crash', 'its worker process was gone');
      });
    });
  }

  /** Resolves when the process and its folder are gone. */
  async stop(): Promise<void> {
    if (this.#alive) this.#child.kill('SIGKILL');
    await this.#gone;
  }

  /** Why it ended of itself. */
  #ownEnd(): Ending {
    if (/heap out of memory|Allocation failed/.test(this.#words))
      return { why: 'memory', reason: `it needed more than ${this.limits.memoryMb} MB of memory` };
    const { exitCode, signalCode } = this.#child;
    const how = signalCode === null ? `with status ${exitCode}` : `by ${signalCode}`;
    return { why: 'crash', reason: `its worker process ended ${how}` };
  }
}

type WithoutTime<T> = T extends unknown ? Omit<T, 'seconds'> : never;
type Settled = WithoutTime<Outcome>;
