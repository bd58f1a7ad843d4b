import type { DuckDBConnection } from '@duckdb/node-api';
import type { Connections } from './connections.js';

/** Memory of the database, MB: what does not fit is written beside its file, where the query can do with parts of it. */
export const MEMORY_MB = 80;
/** What a query gets that cannot: joins of a million rows and more with a million others. */
const MORE_MB = [120, 224, 448, 896] as const;

const NOT_ENOUGH = /^Out of Memory Error/;

const isNotEnough = (error: unknown): boolean => error instanceof Error && NOT_ENOUGH.test(error.message);

type Ask<T> = (connection: DuckDBConnection) => Promise<T>;

/**
 * Asks, and where the database has too little memory asks again: alone, with more, and with one thread, which needs half of it. A large
 * bundle may take more than it should, but gets its answer; what other queries get stays as it is.
 */
export async function withEnoughMemory<T>(connections: Connections, threads: number, ask: Ask<T>): Promise<T> {
  try {
    return await connections.use((connection) => endedIfShort(connection, ask));
  } catch (error) {
    if (!isNotEnough(error)) throw error;
  }
  return connections.useAlone((connection) => withMoreMemory(connection, threads, ask));
}

/**
 * What ended for lack of memory may leave its transaction begun (once seen, with two queries short of memory at one moment): another
 * connection, which asks again, would then be in conflict with what it made. Without a transaction this does nothing.
 */
async function endedIfShort<T>(connection: DuckDBConnection, ask: Ask<T>): Promise<T> {
  try {
    return await ask(connection);
  } catch (error) {
    if (isNotEnough(error)) await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function withMoreMemory<T>(connection: DuckDBConnection, threads: number, ask: Ask<T>): Promise<T> {
  try {
    await connection.run('SET threads = 1');
    for (const mb of MORE_MB.slice(0, -1)) {
      await connection.run(`SET memory_limit = '${mb}MB'`);
      try {
        return await endedIfShort(connection, ask);
      } catch (error) {
        if (!isNotEnough(error)) throw error;
      }
    }
    await connection.run(`SET memory_limit = '${MORE_MB.at(-1)}MB'`);
    return await ask(connection);
  } finally {
    await connection.run(`SET threads = ${threads}`);
    await lower(connection);
  }
}

/** Back to the least that the database agrees to: below what it holds at this moment it cannot go. */
async function lower(connection: DuckDBConnection): Promise<void> {
  for (const mb of [MEMORY_MB, ...MORE_MB])
    try {
      await connection.run(`SET memory_limit = '${mb}MB'`);
      return;
    } catch (error) {
      if (!isNotEnough(error)) throw error;
    }
}
