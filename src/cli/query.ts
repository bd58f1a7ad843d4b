import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { Failure } from '../core/failure.js';
import { exportParquet, querySql } from '../store/reader.js';
import { schemaRows } from '../store/schema.js';
import { printTable, type TableFormat } from './table.js';

export function addQuery(program: Command): void {
  program
    .command('query')
    .description('Ask a kept event store in SQL (DuckDB), read-only.')
    .argument('<store>', 'file made by `podtrail analyze --store`')
    .argument('[sql]', 'a SELECT statement')
    .option('--schema', 'print every table and column with its meaning')
    .addOption(
      new Option('-f, --format <format>', 'how to print rows').choices(['table', 'csv', 'json']).default('table'),
    )
    .action(async (file: string, sql: string | undefined, options: { schema?: boolean; format: TableFormat }) => {
      if (options.schema === true) {
        process.stdout.write(
          printTable(
            ['table', 'column', 'type', 'about'],
            schemaRows().map((r) => [r.table, r.column, r.type, r.about]),
            options.format,
          ),
        );
        return;
      }
      needStore(file);
      if (sql === undefined)
        throw new Failure('give a statement, e.g. podtrail query case.duckdb "select * from flow", or --schema');
      const result = await querySql(file, sql);
      process.stdout.write(printTable(result.columns, result.rows, options.format));
    });
  program
    .command('export')
    .description('Write every table of a kept event store as Parquet files.')
    .argument('<store>', 'file made by `podtrail analyze --store`')
    .requiredOption('--parquet <dir>', 'folder to write to; made if missing')
    .action(async (file: string, options: { parquet: string }) => {
      needStore(file);
      const written = await exportParquet(file, options.parquet);
      process.stderr.write(`${written} tables written to ${options.parquet}\n`);
    });
}

function needStore(file: string): void {
  if (!existsSync(file))
    throw new Failure(`${file} does not exist; make it with: podtrail analyze BUNDLE --store ${file}`);
}
