import { closeSync, openSync, writev, writevSync } from 'node:fs';
import { type ColumnRange, type NumberValues, rangeOf } from './column-range.js';
import { binary, encodeThrift, i32, i64, struct, type Thrift, text } from './thrift.js';

/** Types that a column can have: 32 bits with and without sign, 64 bits; text. */
export type NumberType = 'INTEGER' | 'UINTEGER' | 'BIGINT';

export interface ParquetColumn {
  readonly name: string;
  readonly type: NumberType | 'VARCHAR';
}

/** Values as they lie in memory. `texts`: each as its length in bytes (32 bits, little endian) and its UTF-8. */
export type ColumnValues = NumberValues | { readonly kind: 'texts'; readonly bytes: Uint8Array<ArrayBuffer> };

/** Type, ConvertedType, Encoding, PageType and FieldRepetitionType of parquet.thrift. */
const INT32 = 1;
const INT64 = 2;
const BYTE_ARRAY = 6;
const CONVERTED = { INTEGER: 17, UINTEGER: 13, BIGINT: 18, VARCHAR: 0 } as const;
const PLAIN = 0;
const RLE = 3;
const RLE_DICTIONARY = 8;
const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;
const REQUIRED = 0;

const MAGIC = Buffer.from('PAR1');

/** Buffers that one call of writev takes (IOV_MAX is 1024). */
const MOST_BUFFERS = 512;

/**
 * Writes columns as an Apache Parquet file (parquet.thrift, Encodings.md), in the shape that costs least to write and
 * to read: not compressed, no NULLs, one page a column; a column that has the same value in a whole row group takes some
 * bytes. The arrays are written as they lie in memory (little endian).
 */
export class ParquetFile {
  readonly #fd: number;
  readonly #groups: Thrift[] = [];
  #offset = 0;
  #rows = 0;
  /** What is being written by another thread, and why that failed. */
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;

  /** Makes the file, which must not exist. Throws as `fs.openSync`. */
  constructor(
    readonly path: string,
    private readonly columns: readonly ParquetColumn[],
  ) {
    this.#fd = openSync(path, 'wx', 0o600);
    this.#write([MAGIC], 0);
    this.#offset = MAGIC.length;
  }

  /**
   * Appends a row group: the first `rows` (at least 1) values of each column, in the order of the columns. True when another
   * thread is still writing them: then they must be left as they are until the next call. Throws as `fs.writevSync`, for an
   * earlier row group too.
   */
  append(values: readonly ColumnValues[], rows: number): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    const start = this.#offset;
    const parts: Uint8Array[] = [];
    let at = start;
    const chunks = this.columns.map((column, i) => {
      const chunk = columnChunk(column, values[i]!, rows, at);
      parts.push(...chunk.parts);
      at += chunk.bytes;
      return chunk.thrift;
    });
    this.#rows += rows;
    const group = struct(
      [1, { kind: 'list', element: 'struct', of: chunks }],
      [2, i64(at - start)],
      [3, i64(rows)],
      [5, i64(start)],
      [6, i64(at - start)],
    );
    // Encoded at once: as objects, ten thousand row groups would take a gigabyte.
    this.#groups.push({ kind: 'encoded', bytes: encodeThrift(group) });
    this.#offset = at;
    if (this.#writing !== undefined) {
      this.#write(parts, start);
      return false;
    }
    this.#writing = this.#writeAside(parts, start).then(
      () => {
        this.#writing = undefined;
      },
      (error: Error) => {
        this.#failure = error;
      },
    );
    return true;
  }

  /** Writes the footer: from now on the file can be read. Throws as `append`. */
  async close(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
    const schema = [
      struct([4, text('schema')], [5, i32(this.columns.length)]),
      ...this.columns.map(({ name, type }) =>
        struct([1, i32(physical(type))], [3, i32(REQUIRED)], [4, text(name)], [6, i32(CONVERTED[type])]),
      ),
    ];
    const footer = encodeThrift(
      struct(
        [1, i32(1)],
        [2, { kind: 'list', element: 'struct', of: schema }],
        [3, i64(this.#rows)],
        [4, { kind: 'list', element: 'struct', of: this.#groups }],
        [6, text('podtrail')],
      ),
    );
    const length = Buffer.alloc(4);
    length.writeUInt32LE(footer.length);
    this.#write([footer, length, MAGIC], this.#offset);
    closeSync(this.#fd);
  }

  #write(parts: readonly Uint8Array[], position: number): void {
    let at = position;
    for (let rest = parts; rest.length > 0; ) {
      const written = writevSync(this.#fd, rest.slice(0, MOST_BUFFERS), at);
      at += written;
      rest = after(rest, written);
    }
  }

  async #writeAside(parts: readonly Uint8Array[], position: number): Promise<void> {
    let at = position;
    for (let rest = parts; rest.length > 0; ) {
      const written = await writevAside(this.#fd, rest.slice(0, MOST_BUFFERS), at);
      at += written;
      rest = after(rest, written);
    }
  }
}

const writevAside = (fd: number, parts: readonly Uint8Array[], position: number): Promise<number> =>
  new Promise((done, failed) => {
    writev(fd, parts, position, (error, written) => (error === null ? done(written) : failed(error)));
  });

/** What is left of buffers when some bytes of them are written: a disk that fills up takes a part. */
function after(parts: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let left = bytes;
  let whole = 0;
  while (whole < parts.length && left >= parts[whole]!.length) left -= parts[whole++]!.length;
  const rest = parts.slice(whole);
  return left === 0 ? rest : [rest[0]!.subarray(left), ...rest.slice(1)];
}

const physical = (type: ParquetColumn['type']): number =>
  type === 'VARCHAR' ? BYTE_ARRAY : type === 'BIGINT' ? INT64 : INT32;

interface Chunk {
  readonly parts: readonly Uint8Array[];
  readonly bytes: number;
  readonly thrift: Thrift;
}

/** A column of a row group: its pages, and what the footer says of them. */
function columnChunk({ name, type }: ParquetColumn, column: ColumnValues, rows: number, offset: number): Chunk {
  const range = column.kind === 'texts' ? undefined : rangeOf(column, rows);
  const constant = range?.constant === true;
  const dictionary = constant ? page(range.min, dictionaryHeader(range.min.length)) : [];
  const data = constant ? constantPage(rows) : plainPage(column, rows);
  const parts = [...dictionary, ...data];
  const bytes = sizeOf(parts);
  const dataOffset = offset + sizeOf(dictionary);
  const encodings = constant ? [PLAIN, RLE_DICTIONARY] : [PLAIN];
  const meta = struct(
    [1, i32(physical(type))],
    [2, { kind: 'list', element: 'i32', of: encodings.map(i32) }],
    [3, { kind: 'list', element: 'binary', of: [text(name)] }],
    [4, i32(0)],
    [5, i64(rows)],
    [6, i64(bytes)],
    [7, i64(bytes)],
    [9, i64(dataOffset)],
    [11, constant ? i64(offset) : undefined],
    [12, range === undefined ? undefined : statistics(range)],
  );
  return { parts, bytes, thrift: struct([2, i64(offset)], [3, meta]) };
}

const statistics = ({ min, max }: ColumnRange): Thrift => struct([3, i64(0)], [5, binary(max)], [6, binary(min)]);

function plainPage(column: ColumnValues, rows: number): Uint8Array[] {
  const values = column.kind === 'texts' ? column.bytes : bytesOf(column, rows);
  return page(values, dataHeader(values.length, rows, PLAIN));
}

const bytesOf = ({ kind, values: { buffer, byteOffset } }: NumberValues, rows: number): Uint8Array =>
  new Uint8Array(buffer, byteOffset, (kind === 'narrow' ? 4 : 8) * rows);

/** Every row is entry 0 of the dictionary: bit width 1, one run of that many zeros. */
function constantPage(rows: number): Uint8Array[] {
  const run: number[] = [1];
  let header = rows * 2;
  for (; header >= 0x80; header = Math.floor(header / 0x80)) run.push((header % 0x80) | 0x80);
  run.push(header, 0);
  const values = Uint8Array.from(run);
  return page(values, dataHeader(values.length, rows, RLE_DICTIONARY));
}

const page = (values: Uint8Array, header: Thrift): Uint8Array[] => [encodeThrift(header), values];

/** PageHeader with DataPageHeader. Levels have an encoding even where, as here, there are none. */
const dataHeader = (bytes: number, rows: number, encoding: number): Thrift =>
  struct(
    [1, i32(DATA_PAGE)],
    [2, i32(bytes)],
    [3, i32(bytes)],
    [5, struct([1, i32(rows)], [2, i32(encoding)], [3, i32(RLE)], [4, i32(RLE)])],
  );

const dictionaryHeader = (bytes: number): Thrift =>
  struct([1, i32(DICTIONARY_PAGE)], [2, i32(bytes)], [3, i32(bytes)], [7, struct([1, i32(1)], [2, i32(PLAIN)])]);

const sizeOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0);
