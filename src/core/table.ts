/**
 * The words in which tables of the event store are declared. One declaration gives the TypeScript row type, the SQL
 * column, and the text of `podtrail query --schema`.
 */

export type ColumnType = 'text' | 'texts' | 'int' | 'big' | 'real' | 'bool';

export interface Column<T extends ColumnType = ColumnType, N extends boolean = boolean> {
  readonly type: T;
  readonly optional: N;
  /** Meaning, unit and range, for `--schema`. */
  readonly about: string;
}

type ValueOf<T extends ColumnType> = T extends 'text'
  ? string
  : T extends 'texts'
    ? readonly string[]
    : T extends 'bool'
      ? boolean
      : T extends 'big'
        ? bigint
        : number;

export type Columns = Readonly<Record<string, Column>>;

/** A kind of event: one table of the store, to which `source` and `line` are added for every row. */
export interface Table<C extends Columns = Columns> {
  readonly name: string;
  readonly about: string;
  readonly columns: C;
}

/** The row that a parser emits into a table: optional columns may be left out. */
export type RowOf<T extends Table> = {
  readonly [K in keyof T['columns'] as T['columns'][K]['optional'] extends true ? never : K]: ValueOf<
    T['columns'][K]['type']
  >;
} & {
  readonly [K in keyof T['columns'] as T['columns'][K]['optional'] extends true ? K : never]?:
    | ValueOf<T['columns'][K]['type']>
    | undefined;
};

const column =
  <T extends ColumnType>(type: T) =>
  (about: string): Column<T, false> => ({ type, optional: false, about });

export const text = column('text');
export const texts = column('texts');
export const int = column('int');
export const big = column('big');
export const real = column('real');
export const bool = column('bool');

/** Makes a column optional (NULL in SQL). */
export const maybe = <T extends ColumnType>(c: Column<T, boolean>): Column<T, true> => ({ ...c, optional: true });

/** Declares a table. */
export const table = <const C extends Columns>(name: string, about: string, columns: C): Table<C> => ({
  name,
  about,
  columns,
});
