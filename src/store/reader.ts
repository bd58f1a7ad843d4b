import { renameSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { Failure } from '../core/failure.js';
import { makeFolder } from '../core/make-folder.js';
import { quoted } from './database.js';
import { duckdb } from './duckdb.js';
import { withWorkspace } from './workspace.js';

/** Opens a kept store for `work`, read-only. Throws Failure when the file is no store. */
async function withStore<T>(file: string, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  let instance: DuckDBInstance;
  try {
    instance = await duckdb.DuckDBInstance.create(file, {
      access_mode: 'READ_ONLY',
      memory_limit: '256MB',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
  } catch {
    throw new Failure(`${file} is no event store of podtrail, or another program has it open`);
  }
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/**
 * Runs `work` with a temporary folder for what does not fit into memory, which would go beside the store otherwise. A signal ends the
 * query. `results` are files that are removed unless all ends well.
 */
const spilling = <T>(
  connection: DuckDBConnection,
  work: () => Promise<T>,
  results: readonly string[] = [],
): Promise<T> =>
  withWorkspace(async ({ dir, atStop }) => {
    // A query is another thread's: the process would not end before it has.
    atStop(() => connection.interrupt());
    await connection.run(`SET temp_directory = ${quoted(dir)}`);
    return work();
  }, results);

/** Runs one statement on a kept store, read-only. */
export function querySql(
  file: string,
  sql: string,
): Promise<{ readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] }> {
  return withStore(file, (connection) =>
    spilling(connection, async () => {
      // SQL given by a user, or by a case file, must not reach other files of the machine.
      await connection.run('SET enable_external_access = false');
      await connection.run('SET lock_configuration = true');
      try {
        const reader = await connection.runAndReadAll(sql);
        return { columns: reader.columnNames(), rows: reader.getRowsJson() };
      } catch (error) {
        throw new Failure(
          `${error instanceof Error ? error.message : String(error)}\n(podtrail query ${file} --schema lists tables and columns)`,
        );
      }
    }),
  );
}

/**
 * Writes every table as DIR/<table>.parquet, all or none. Returns how many. They get their names when all are written: what an earlier
 * export left there is replaced by then only.
 */
export function exportParquet(file: string, dir: string): Promise<number> {
  return withStore(file, async (connection) => {
    try {
      await makeFolder(dir, (path) => mkdir(path));
    } catch (error) {
      throw new Failure(`cannot make ${dir}: ${error instanceof Error ? error.message : String(error)}`);
    }
    const tables = await connection.runAndReadAll(
      "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' ORDER BY table_name",
    );
    const names = tables.getRows().map((row) => String(row[0]));
    const fileOf = (name: string): string => join(dir, `${name}.parquet`);
    const partOf = (name: string): string => `${fileOf(name)}.part`;
    const write = async (): Promise<void> => {
      try {
        for (const name of names) await connection.run(`COPY "${name}" TO ${quoted(partOf(name))} (FORMAT parquet)`);
        for (const name of names) renameSync(partOf(name), fileOf(name));
      } catch (error) {
        throw new Failure(`cannot export: ${error instanceof Error ? error.message : String(error)}`);
      }
    };
    await spilling(connection, write, names.map(partOf));
    return names.length;
  });
}
