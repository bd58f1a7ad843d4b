import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { Failure } from '../core/failure.js';
import { makeFolder } from '../core/make-folder.js';
import { duckdb } from './duckdb.js';

async function withStore<T>(
  file: string,
  access: 'locked' | 'export',
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
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
    // SQL given by a user, or by a case file, must not reach other files of the machine.
    if (access === 'locked') {
      await connection.run('SET enable_external_access = false');
      await connection.run('SET lock_configuration = true');
    }
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Runs one statement on a kept store, read-only. */
export function querySql(
  file: string,
  sql: string,
): Promise<{ readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] }> {
  return withStore(file, 'locked', async (connection) => {
    try {
      const reader = await connection.runAndReadAll(sql);
      return { columns: reader.columnNames(), rows: reader.getRowsJson() };
    } catch (error) {
      throw new Failure(
        `${error instanceof Error ? error.message : String(error)}\n(podtrail query ${file} --schema lists tables and columns)`,
      );
    }
  });
}

/** Writes every table as DIR/<table>.parquet. Returns how many. */
export function exportParquet(file: string, dir: string): Promise<number> {
  return withStore(file, 'export', async (connection) => {
    try {
      await makeFolder(dir, (path) => mkdir(path));
    } catch (error) {
      throw new Failure(`cannot make ${dir}: ${error instanceof Error ? error.message : String(error)}`);
    }
    const tables = await connection.runAndReadAll(
      "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' ORDER BY table_name",
    );
    const names = tables.getRows().map((row) => String(row[0]));
    try {
      for (const name of names)
        await connection.run(
          `COPY "${name}" TO '${join(dir, `${name}.parquet`).replaceAll("'", "''")}' (FORMAT parquet)`,
        );
    } catch (error) {
      throw new Failure(`cannot export: ${error instanceof Error ? error.message : String(error)}`);
    }
    return names.length;
  });
}
