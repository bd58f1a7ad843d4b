import { Failure } from '../core/failure.js';

/**
 * Stands before everything that is written to the database. After one write has failed (disk full) none is tried again:
 * DuckDB's appenders bring down the process when they are used, or even closed, after that.
 */
export class WriteGuard {
  #failure: Failure | undefined;

  /** Does the work, unless a write has failed before; throws Failure then, and when it fails now. */
  run<T>(work: () => T): T {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return work();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** The same for work that takes its time. */
  async wait<T>(work: () => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return await work();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #fail(error: unknown): Failure {
    this.#failure = new Failure(`the event store cannot be written: ${firstLine(error)}`);
    return this.#failure;
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!.slice(0, 300);
