import type { DuckDBConnection } from '@duckdb/node-api';

/**
 * The connections to one database. As many queries run beside each other as there are connections; the others wait, first come
 * first served.
 */
export class Connections {
  readonly #all: DuckDBConnection[];
  readonly #free: DuckDBConnection[];
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = [];
  /** Settles when nobody has the database to himself any more. */
  #alone: Promise<void> = Promise.resolve();

  constructor(first: DuckDBConnection) {
    this.#all = [first];
    this.#free = [first];
  }

  /** How many queries can run beside each other. */
  get count(): number {
    return this.#all.length;
  }

  add(connection: DuckDBConnection): void {
    this.#all.push(connection);
    this.#give(connection);
  }

  /** Works with a connection that nobody else uses meanwhile. */
  async use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#take();
    try {
      return await work(connection);
    } finally {
      this.#give(connection);
    }
  }

  /** The same while no other connection is used. */
  async useAlone<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    // One after the other: two would each wait for a connection that the other one holds.
    const before = this.#alone;
    let end = (): void => undefined;
    this.#alone = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    const taken: DuckDBConnection[] = [];
    try {
      while (taken.length < this.#all.length) taken.push(await this.#take());
      return await work(taken[0]!);
    } finally {
      for (const connection of taken) this.#give(connection);
      end();
    }
  }

  /** Ends the queries that run now. */
  interrupt(): void {
    for (const connection of this.#all) connection.interrupt();
  }

  close(): void {
    for (const connection of this.#all) connection.closeSync();
  }

  async #take(): Promise<DuckDBConnection> {
    return this.#free.pop() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  #give(connection: DuckDBConnection): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(connection);
    else next(connection);
  }
}
