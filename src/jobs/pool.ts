import type { Progress } from '../analyze.js';
import type { Job, Outcome } from './job.js';
import { type Limits, WorkerProcess } from './worker-process.js';

export interface PoolOptions extends Limits {
  /** Processes at once; at least 1. */
  readonly workers: number;
}

export interface Watcher {
  /** The job has left the queue. */
  readonly onStart?: (() => void) | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Ends the job, wherever it is; its outcome is then `cancelled`. */
  readonly signal?: AbortSignal | undefined;
}

interface Waiting {
  readonly job: Job;
  readonly watcher: Watcher;
  readonly settle: (outcome: Outcome) => void;
}

const CANCELLED: Outcome = { state: 'failed', why: 'cancelled', reason: 'it was cancelled', seconds: 0 };

/**
 * Worker processes that analyse bundles, each with a bound on memory and time. A bundle that kills its worker costs that
 * bundle alone. Jobs start in the order in which they were given.
 */
export class Pool {
  readonly #waiting: Waiting[] = [];
  readonly #idle: WorkerProcess[] = [];
  readonly #busy = new Set<WorkerProcess>();
  #closed = false;

  constructor(private readonly options: PoolOptions) {}

  /** Never rejects: what goes wrong is in the outcome. */
  run(job: Job, watcher: Watcher = {}): Promise<Outcome> {
    if (this.#closed || watcher.signal?.aborted === true) return Promise.resolve(CANCELLED);
    return new Promise((resolve) => {
      const waiting: Waiting = { job, watcher, settle: resolve };
      this.#waiting.push(waiting);
      watcher.signal?.addEventListener('abort', () => this.#withdraw(waiting), { once: true });
      this.#next();
    });
  }

  /** Kills what runs, and drops what waits. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { settle } of this.#waiting.splice(0)) settle(CANCELLED);
    await Promise.all([...this.#busy, ...this.#idle].map((worker) => worker.stop()));
  }

  #withdraw(waiting: Waiting): void {
    const at = this.#waiting.indexOf(waiting);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    waiting.settle(CANCELLED);
  }

  #next(): void {
    if (this.#closed || this.#busy.size >= this.options.workers) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    const worker = this.#idle.pop() ?? new WorkerProcess(this.options, this.options.workers);
    this.#busy.add(worker);
    waiting.watcher.onStart?.();
    void worker.run(waiting.job, waiting.watcher).then((outcome) => {
      this.#busy.delete(worker);
      if (worker.reusable && !this.#closed) this.#idle.push(worker);
      else void worker.stop();
      waiting.settle(outcome);
      this.#next();
    });
  }
}
