import type { RowOf, Table } from '../../src/core/table.js';

const fits: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  texts: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  // NaN and 2^64 too: the store leaves such numbers out, with a note.
  int: (value) => typeof value === 'number',
  big: (value) => typeof value === 'bigint' || typeof value === 'number',
  real: (value) => typeof value === 'number',
  bool: (value) => typeof value === 'boolean',
};

/** Throws for a row that is not what its table declares: the compiler does not see what comes out of JSON, YAML and matches. */
export function storable<T extends Table>(table: T, row: RowOf<T>): void {
  for (const [name, { type, optional }] of Object.entries(table.columns)) {
    const value = (row as Record<string, unknown>)[name];
    if (value === undefined ? optional : fits[type]!(value)) continue;
    throw new Error(`${table.name}.${name} is ${typeof value} ${String(value).slice(0, 80)}`);
  }
}
