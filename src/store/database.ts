import { basename, join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { Failure } from '../core/failure.js';
import type { Connections } from './connections.js';
import { duckdb } from './duckdb.js';
import { MEMORY_MB } from './memory-limit.js';
import { rowsOf } from './result-rows.js';
import * as schema from './schema.js';

/**
 * The database in memory beside that of the bundle: what queries prepare for others is made in it, and is gone with the process.
 * Temporary tables would be seen by one connection only.
 */
const DERIVED = 'derived';

/** A database with the tables of the store, all empty, and a transaction begun on its connection. */
export interface Database {
  readonly instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
  /** Files beside it that it may read: packets and lines that are too many for it. */
  readonly beside: { readonly packets: string; readonly lines: string };
}

/** Text as SQL. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Makes the database in `file`, which must not exist; it spills into `tempDir`, and reads and writes nothing else. Throws Failure
 * when it cannot be made.
 */
export async function makeDatabase(file: string, tempDir: string): Promise<Database> {
  const instance = await openInstance(file, {
    memory_limit: `${MEMORY_MB}MB`,
    threads: '1',
    temp_directory: tempDir,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const beside = { packets: join(tempDir, 'packets.parquet'), lines: join(tempDir, 'lines.parquet') };
  const connection = await instance.connect();
  await connection.run(
    [
      `ATTACH ':memory:' AS ${DERIVED}`,
      // A checkpoint in the middle needs memory that appending has taken; one at the end is enough.
      "SET checkpoint_threshold = '1TB'",
      `SET allowed_paths = [${quoted(beside.packets)}, ${quoted(beside.lines)}]`,
      'SET enable_external_access = false',
      // It is asked in every query: read its footer once.
      'SET parquet_metadata_cache = true',
      // One transaction until reading ends: after each statement and each batch of rows it would wait for the disk.
      'BEGIN',
      schema.createStatements(),
    ].join(';\n'),
  );
  return { instance, connection, beside };
}

/** From now on there are so many connections, and each finds the derived tables beside those of the bundle. */
export async function connectMore(
  { instance, connection }: Database,
  connections: Connections,
  count: number,
): Promise<void> {
  const [row] = rowsOf(await connection.run('SELECT current_database() AS name'));
  const path = `SET search_path = ${quoted(`"${String(row!['name']).replaceAll('"', '""')}".main,${DERIVED}.main`)}`;
  await connection.run(path);
  while (connections.count < count) {
    const more = await instance.connect();
    await more.run(path);
    connections.add(more);
  }
}

async function openInstance(file: string, options: Record<string, string>): Promise<DuckDBInstance> {
  // The database has its file's name, without what follows the first dot.
  if (basename(file).split('.', 1)[0]!.toLowerCase() === DERIVED)
    throw new Failure(
      `cannot make the event store ${file}: tables of the analysis itself have this name, please choose another one`,
    );
  try {
    return await duckdb.DuckDBInstance.create(file, options);
  } catch (error) {
    throw new Failure(`cannot make the event store ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
