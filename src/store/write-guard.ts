import { Failure } from '../core/failure.js';
import { noRoom, type Room } from './no-room.js';

/**
 * Stands before everything that is written to the store. After one write has failed (disk full) none is tried again:
 * DuckDB's appenders bring down the process when they are used, or even closed, after that.
 */
export class WriteGuard {
  #failure: Failure | undefined;

  constructor(private readonly room: Room) {}

  /** Does the work, unless a write has failed before; throws Failure then, and when it fails now. */
  run<T>(work: () => T): T {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return work();
    } catch (error) {
      throw this.#fail(noRoom(error, this.room) ?? firstLine(error));
    }
  }

  /** The same for work that takes its time. */
  async wait<T>(work: () => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return await work();
    } catch (error) {
      throw this.#fail(noRoom(error, this.room) ?? firstLine(error));
    }
  }

  /** Asks the database. What does not fit into its memory it writes, so a full disk is a Failure here too: no rule is to blame. */
  async ask<T>(query: () => Promise<T>): Promise<T> {
    try {
      return await query();
    } catch (error) {
      const why = noRoom(error, this.room);
      throw why === undefined ? error : this.#fail(why);
    }
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  #fail(why: string): Failure {
    this.#failure = new Failure(`the event store cannot be written: ${why}`);
    return this.#failure;
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!.slice(0, 300);
