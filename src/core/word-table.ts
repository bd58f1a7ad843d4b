/** Looked up by words of the input: has its own entries and nothing else. */
export type WordTable<T> = Readonly<Record<string, T>>;

/**
 * A table that is looked up by words of the input. A plain object would also answer to `constructor`, `toString` and
 * `__proto__`, which a hostile input may say (ECMA-262, "Properties of the Object Prototype Object").
 */
export const wordTable = <T>(entries: WordTable<T>): WordTable<T> =>
  Object.assign(Object.create(null) as Record<string, T>, entries);

/** The same for a table of tables. */
export const wordTables = <T>(tables: WordTable<WordTable<T>>): WordTable<WordTable<T>> =>
  wordTable(Object.fromEntries(Object.entries(tables).map(([name, entries]) => [name, wordTable(entries)])));
