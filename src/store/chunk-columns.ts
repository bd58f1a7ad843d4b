import { Buffer } from 'node:buffer';
import type { Vector } from '@duckdb/node-bindings';
import type { ColumnType } from '../core/table.js';
import { bindings, VECTOR } from './duckdb.js';

/** One column of a chunk: values are set row by row, and handed over to the chunk's vector together. */
export interface ChunkColumn {
  /** Sets the value of a row, 0 to VECTOR - 1; none is NULL. Each row is set once, in order. */
  set(row: number, value: unknown): void;
  /** Hands over the values of the first `rows` rows, and forgets them. */
  end(rows: number): void;
}

/** The column for values of a type, which stands in this vector of a chunk. */
export function chunkColumn(type: ColumnType, vector: Vector): ChunkColumn {
  switch (type) {
    case 'text':
      return textColumn(vector);
    case 'texts':
      return textsColumn(vector);
    case 'bool':
      return flatColumn(vector, new Uint8Array(VECTOR), (values, row, value) => {
        values[row] = value === true ? 1 : 0;
      });
    case 'real':
      return flatColumn(vector, new Float64Array(VECTOR), (values, row, value) => {
        values[row] = Number(value);
      });
    case 'int':
    case 'big':
      // Low and high word: to make a bigint of each number would take longer than all the rest.
      return flatColumn(vector, new Int32Array(2 * VECTOR), (words, row, value) => {
        const whole = typeof value === 'bigint' ? value : Math.trunc(Number(value));
        words[2 * row] = typeof whole === 'bigint' ? Number(BigInt.asIntN(32, whole)) : whole;
        words[2 * row + 1] =
          typeof whole === 'bigint' ? Number(BigInt.asIntN(32, whole >> 32n)) : Math.floor(whole / 4294967296);
      });
  }
}

/** Which rows of a vector have a value, one bit each, as the database keeps it. */
class Validity {
  readonly #bits = new Uint8Array(VECTOR / 8).fill(0xff);
  #missing = false;

  constructor(private readonly vector: Vector) {}

  miss(row: number): void {
    this.#bits[row >>> 3]! &= ~(1 << (row & 7));
    this.#missing = true;
  }

  end(): void {
    if (!this.#missing) return;
    bindings.vector_ensure_validity_writable(this.vector);
    bindings.copy_data_to_vector_validity(this.vector, 0, this.#bits.buffer, 0, this.#bits.byteLength);
    this.#bits.fill(0xff);
    this.#missing = false;
  }
}

function flatColumn<V extends Uint8Array | Int32Array | Float64Array>(
  vector: Vector,
  values: V,
  put: (values: V, row: number, value: unknown) => void,
): ChunkColumn {
  const validity = new Validity(vector);
  const width = values.byteLength / VECTOR;
  return {
    set(row, value) {
      if (value === undefined || value === null) validity.miss(row);
      else put(values, row, value);
    },
    end(rows) {
      bindings.copy_data_to_vector(vector, 0, values.buffer as ArrayBuffer, 0, width * rows);
      validity.end();
    },
  };
}

/** Texts go to the database at once: slices of a long line would keep all of it. */
function textColumn(vector: Vector): ChunkColumn {
  const validity = new Validity(vector);
  return {
    set(row, value) {
      if (value === undefined || value === null) validity.miss(row);
      else assign(vector, row, String(value));
    },
    end: () => validity.end(),
  };
}

function textsColumn(vector: Vector): ChunkColumn {
  const validity = new Validity(vector);
  // Of each list its offset and length, 64 bits each: the high words are always 0.
  const words = new Int32Array(4 * VECTOR);
  const texts: string[] = [];
  return {
    set(row, value) {
      const list = (value ?? []) as readonly string[];
      if (value === undefined || value === null) validity.miss(row);
      words[4 * row] = texts.length;
      words[4 * row + 2] = list.length;
      for (const text of list) texts.push(String(text));
    },
    end(rows) {
      bindings.copy_data_to_vector(vector, 0, words.buffer, 0, 16 * rows);
      bindings.list_vector_reserve(vector, texts.length);
      const child = bindings.list_vector_get_child(vector);
      for (const [at, text] of texts.entries()) assign(child, at, text);
      bindings.list_vector_set_size(vector, texts.length);
      validity.end();
      texts.length = 0;
    },
  };
}

/** The shorter call takes a text that ends at its first NUL. */
function assign(vector: Vector, row: number, text: string): void {
  if (text.includes('\0')) bindings.vector_assign_string_element_len(vector, row, Buffer.from(text));
  else bindings.vector_assign_string_element(vector, row, text);
}
