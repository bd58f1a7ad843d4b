import { type ColumnValues, type ParquetColumn, ParquetFile } from './parquet-file.js';
import type { WriteGuard } from './write-guard.js';

/** Rows that are gathered in memory, as columns. */
interface Gathered {
  readonly values: readonly ColumnValues[];
}

/**
 * Rows that stay in memory while they are few, and go to a Parquet file when they are many. Two sets of columns are taken
 * in turn: while one is filled the other may still be on its way to the file.
 */
export class Spill<R extends Gathered> {
  #rows: R | undefined;
  #other: R | undefined;
  #file: ParquetFile | undefined;

  /** `path` is where the file goes, and `make` makes room for rows. */
  constructor(
    private readonly path: string,
    private readonly columns: readonly ParquetColumn[],
    private readonly make: () => R,
    private readonly guard: WriteGuard,
  ) {
    this.#rows = make();
  }

  /** Where rows are gathered now. */
  get rows(): R {
    return this.#rows!;
  }

  /** Writes the first `count` of the gathered rows; from now on `rows` has room again. Throws as the guard does. */
  write(count: number): void {
    if (count === 0) return;
    const rows = this.rows;
    this.guard.run(() => {
      this.#file ??= new ParquetFile(this.path, this.columns);
      if (!this.#file.append(rows.values, count)) return;
      this.#rows = this.#other ?? this.make();
      this.#other = rows;
    });
  }

  /**
   * Ends it, with the `count` rows that are gathered. Returns the file that holds all rows, or undefined when there is none:
   * then `few` was given them.
   */
  async end(count: number, few: (rows: R) => void): Promise<string | undefined> {
    const file = this.#file;
    if (file === undefined) this.guard.run(() => few(this.rows));
    else {
      this.write(count);
      await this.guard.wait(() => file.close());
    }
    // Their memory is wanted by the queries that come now.
    this.#rows = undefined;
    this.#other = undefined;
    return file?.path;
  }
}
