import { printable } from '../core/escape.js';

export type TableFormat = 'table' | 'csv' | 'json';

const text = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : Array.isArray(value)
      ? value.map(text).join(' ')
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);

/** Prints rows as an aligned table, CSV (RFC 4180) or one JSON array. */
export function printTable(
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
  format: TableFormat,
): string {
  if (format === 'json') {
    return `${JSON.stringify(
      rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null]))),
      null,
      2,
    )}\n`;
  }
  if (format === 'csv') {
    const cell = (value: unknown): string =>
      /[",\r\n]/.test(text(value)) ? `"${text(value).replaceAll('"', '""')}"` : text(value);
    return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
  }
  const cells = [columns, ...rows].map((row) => row.map((value) => printable(text(value))));
  const widths = columns.map((_, i) => Math.min(60, Math.max(...cells.map((row) => row[i]?.length ?? 0))));
  const lines = cells.map((row) =>
    row
      .map((value, i) => (i === row.length - 1 ? value : value.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return `${lines.join('\n')}\n(${rows.length} row${rows.length === 1 ? '' : 's'})\n`;
}
