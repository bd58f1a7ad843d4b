import type { Progress } from '../../analyze.js';
import type { Job, Outcome } from '../../jobs/job.js';
import type { Watcher } from '../../jobs/pool.js';
import { type Analysis, isUnfinished, MOST_TRIES, type Unfinished, uploadOf } from '../analysis.js';
import { noRoom } from '../refusal.js';
import { jobOf } from './job-of.js';
import { News } from './news.js';
import type { Shelf } from './shelf.js';

/** What runs the jobs: `Pool`. */
export interface Runner {
  run(job: Job, watcher: Watcher): Promise<Outcome>;
  close(): Promise<void>;
}

export interface QueueOptions {
  /** Uploads stay after their analysis. */
  readonly keepUploads: boolean;
  /** Something of ours went wrong, such as a full disk; for the log. */
  readonly onTrouble: (id: string, why: string) => void;
}

/** Brings uploads to their reports, one after another, and tells everybody who listens how far each is. */
export class Queue {
  readonly news = new News();
  readonly #waiting: string[] = [];
  readonly #running = new Map<string, Progress | undefined>();
  readonly #cancel = new Map<string, AbortController>();
  readonly #tasks = new Map<string, Promise<void>>();
  #closing = false;

  constructor(
    private readonly shelf: Shelf,
    private readonly runner: Runner,
    private readonly options: QueueOptions,
  ) {}

  /** Takes up what a server that ended left unfinished, oldest first. */
  async resume(): Promise<void> {
    for (const analysis of this.shelf.all().reverse()) {
      if (isUnfinished(analysis)) this.add(analysis);
      else if (!this.options.keepUploads) await this.shelf.dropUpload(analysis);
    }
  }

  add(analysis: Unfinished): void {
    const controller = new AbortController();
    this.#cancel.set(analysis.id, controller);
    const task = this.#work(analysis, controller.signal)
      .catch((error: unknown) => this.#broken(analysis, error))
      .finally(() => {
        this.#cancel.delete(analysis.id);
        this.#tasks.delete(analysis.id);
      });
    this.#tasks.set(analysis.id, task);
    this.news.tell(analysis.id);
  }

  /** 1 is the next to start; undefined when it does not wait. */
  position(id: string): number | undefined {
    const at = this.#waiting.indexOf(id);
    return at < 0 ? undefined : at + 1;
  }

  progress(id: string): Progress | undefined {
    return this.#running.get(id);
  }

  /** Ends the analysis wherever it is, and removes all that there is of it. */
  async remove(id: string): Promise<void> {
    this.#cancel.get(id)?.abort();
    await this.#tasks.get(id);
    await this.shelf.remove(id);
    this.news.tell(id);
  }

  /** Stops the workers. What was not finished stays as it is on the disk, for `resume`. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.runner.close();
    await Promise.all(this.#tasks.values());
  }

  async #work(analysis: Unfinished, signal: AbortSignal): Promise<void> {
    const { id } = analysis;
    for (let tries = analysis.tries + 1; ; tries++) {
      if (tries > MOST_TRIES) {
        await this.#finish(analysis, 'crash', `it was begun ${MOST_TRIES} times, and ended its process each time`);
        return;
      }
      const outcome = await this.#run(analysis, tries, signal);
      if (signal.aborted) return;
      if (outcome.state === 'done') {
        if (outcome.trouble !== undefined) this.options.onTrouble(id, outcome.trouble);
        await this.#put({
          ...uploadOf(analysis),
          state: 'done',
          finished: now(),
          seconds: outcome.seconds,
          digest: outcome.digest,
        });
        await this.#tidy(analysis);
        return;
      }
      if (this.#closing || outcome.why === 'cancelled') {
        // It was the server's end that ended it, so this try does not count.
        await this.shelf.put({ ...uploadOf(analysis), state: 'queued', tries: tries - 1 });
        return;
      }
      if (outcome.why !== 'crash') {
        await this.#finish(analysis, outcome.why, outcome.reason.replaceAll(`${this.shelf.dir}/`, ''));
        return;
      }
      this.options.onTrouble(id, outcome.reason);
    }
  }

  async #run(analysis: Unfinished, tries: number, signal: AbortSignal): Promise<Outcome> {
    const { id } = analysis;
    this.#waiting.push(id);
    let begun: Promise<void> = Promise.resolve();
    const outcome = await this.runner.run(jobOf(this.shelf, analysis), {
      signal,
      onStart: () => {
        this.#leave(id);
        this.#running.set(id, undefined);
        begun = this.#put({ ...uploadOf(analysis), state: 'running', tries });
        begun.catch(() => undefined); // awaited below, after the job
        // Every position behind it has changed.
        for (const other of this.#waiting) this.news.tell(other);
      },
      onProgress: (progress) => {
        if (!this.#running.has(id)) return;
        this.#running.set(id, { ...this.#running.get(id), ...progress });
        this.news.tell(id);
      },
    });
    this.#leave(id);
    await begun;
    return outcome;
  }

  async #finish(
    analysis: Unfinished,
    why: Extract<Analysis, { state: 'failed' }>['why'],
    reason: string,
  ): Promise<void> {
    await this.#put({ ...uploadOf(analysis), state: 'failed', finished: now(), why, reason });
    await this.#tidy(analysis);
  }

  async #tidy({ id }: Unfinished): Promise<void> {
    if (!this.options.keepUploads) await this.shelf.dropUpload({ id });
  }

  /** A record of something that was deleted meanwhile is not written again. */
  async #put(analysis: Analysis): Promise<void> {
    if (this.shelf.get(analysis.id) === undefined) return;
    await this.shelf.put(analysis);
    this.news.tell(analysis.id);
  }

  #leave(id: string): void {
    this.#running.delete(id);
    const at = this.#waiting.indexOf(id);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  /** The record could not be written, so the next start takes the analysis up again; until then it is shown as failed. */
  #broken(analysis: Unfinished, error: unknown): void {
    this.#trouble(analysis.id, error);
    const reason = `the server could not write its result: ${noRoom(error) ? 'its disk is full' : 'see its log'}`;
    this.shelf.remember({ ...uploadOf(analysis), state: 'failed', finished: now(), why: 'crash', reason });
    this.news.tell(analysis.id);
  }

  #trouble(id: string, error: unknown): void {
    this.options.onTrouble(id, error instanceof Error ? error.message : String(error));
  }
}

const now = (): string => new Date().toISOString();
