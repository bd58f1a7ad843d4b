import type { DuckDBAppender } from '@duckdb/node-api';
import type { Table } from '../core/table.js';
import { duckdb } from './duckdb.js';

/** Is it a number that 64 bits hold? */
const holds = (value: unknown): boolean =>
  typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Math.abs(Number(value)) < 2 ** 63;

/** The columns of a row whose number no column can hold: a line may say 1e999 or 2^64. Found before any of the row is written. */
export const oversized = (table: Table, row: object): readonly string[] =>
  Object.entries(table.columns).flatMap(([name, { type }]) => {
    const value = (row as Record<string, unknown>)[name];
    const isNumber = (type === 'int' || type === 'big') && value !== undefined && value !== null;
    return isNumber && !holds(value) ? [name] : [];
  });

/** Appends the values of a row, in the order of the columns; the row itself is begun and ended by the caller. */
export function appendColumns(appender: DuckDBAppender, table: Table, row: object): void {
  for (const [name, column] of Object.entries(table.columns)) {
    const value = (row as Record<string, unknown>)[name];
    if (value === undefined || value === null) appender.appendNull();
    else if (column.type === 'text') appender.appendVarchar(String(value));
    else if (column.type === 'bool') appender.appendBoolean(value === true);
    else if (column.type === 'real') appender.appendDouble(Number(value));
    // With its type: of an empty list the elements do not tell.
    else if (column.type === 'texts')
      appender.appendList((value as readonly string[]).map(String), duckdb.LIST(duckdb.VARCHAR));
    else appender.appendBigInt(typeof value === 'bigint' ? value : BigInt(Math.trunc(Number(value))));
  }
}
