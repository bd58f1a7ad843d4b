import type { Table } from '../core/table.js';

const numbers = new WeakMap<Table, readonly string[]>();

/** The columns of a row whose number no column can hold: a line may say 1e999 or 2^64. Found before any of the row is written. */
export function oversized(table: Table, row: object): readonly string[] {
  const values = row as Readonly<Record<string, unknown>>;
  return numbersOf(table).filter((name) => !holds(values[name]));
}

function numbersOf(table: Table): readonly string[] {
  let names = numbers.get(table);
  if (names === undefined) {
    const columns = Object.entries(table.columns);
    names = columns.flatMap(([name, { type }]) => (type === 'int' || type === 'big' ? [name] : []));
    numbers.set(table, names);
  }
  return names;
}

/** Is it a number that 64 bits hold, or none? */
const holds = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Math.abs(Number(value)) < 2 ** 63);
