import { Buffer } from 'node:buffer';

/** Smallest and largest value of a column, as the bytes that the column has for them. */
export interface ColumnRange {
  readonly min: Uint8Array<ArrayBuffer>;
  readonly max: Uint8Array<ArrayBuffer>;
  /** All values are the same. */
  readonly constant: boolean;
}

/** Numbers as they lie in memory. `words`: 64-bit numbers as two 32-bit words, low word first. */
export type NumberValues =
  | { readonly kind: 'narrow'; readonly values: Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> }
  | { readonly kind: 'words'; readonly values: Int32Array<ArrayBuffer> };

/** The range of the first `rows` values; there is at least one. */
export function rangeOf(column: NumberValues, rows: number): ColumnRange {
  const different = isConstant(column, rows) ? 1 : rows;
  return column.kind === 'narrow' ? narrow(column.values, different) : wide(column.values, different);
}

/** Most columns are: then the column is the same as itself, one value further, which the machine compares at once. */
function isConstant({ kind, values }: NumberValues, rows: number): boolean {
  const width = kind === 'narrow' ? 4 : 8;
  const all = Buffer.from(values.buffer, values.byteOffset, width * rows);
  return all.compare(all, 0, all.length - width, width, all.length) === 0;
}

function narrow(values: Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>, rows: number): ColumnRange {
  let min = values[0]!;
  let max = min;
  for (let row = 1; row < rows; row++) {
    const value = values[row]!;
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  return { min: bytesOf(Int32Array.of(min)), max: bytesOf(Int32Array.of(max)), constant: min === max };
}

/** Signed by the high word, then unsigned by the low one. */
function wide(words: Int32Array<ArrayBuffer>, rows: number): ColumnRange {
  let minLow = words[0]! >>> 0;
  let minHigh = words[1]!;
  let maxLow = minLow;
  let maxHigh = minHigh;
  for (let at = 2; at < 2 * rows; at += 2) {
    const low = words[at]! >>> 0;
    const high = words[at + 1]!;
    if (high < minHigh || (high === minHigh && low < minLow)) {
      minLow = low;
      minHigh = high;
    } else if (high > maxHigh || (high === maxHigh && low > maxLow)) {
      maxLow = low;
      maxHigh = high;
    }
  }
  return {
    min: bytesOf(Int32Array.of(minLow, minHigh)),
    max: bytesOf(Int32Array.of(maxLow, maxHigh)),
    constant: minLow === maxLow && minHigh === maxHigh,
  };
}

const bytesOf = (words: Int32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => new Uint8Array(words.buffer);
