import type { SourceRow } from '../../store/dimensions.js';
import type { Placed } from '../facts.js';
import type { Dump } from './choose-dump.js';
import { type DumpScope, dumpScope } from './dump-scope.js';

/** One node's rows of one kind, by the dump that they were read from, in the order of the bundle. */
export interface RowsOfDump<R> {
  readonly source: SourceRow;
  readonly rows: readonly R[];
  readonly scope: DumpScope;
}

/** Commands that list everything, or everything of one device, and print nothing where there is nothing. */
const LISTS = {
  neigh:
    /^ip(?: -(?:[46dsot]|details|statistics|oneline|color=?\w*))* n(?:e(?:i(?:g(?:h(?:bou?r)?)?)?)?)?(?: (?:s|sh|show|l|list|ls)(?: dev \S+)?)?$/,
  fdb: /^bridge(?: -(?:[dst]|details|statistics|timestamp))* f(?:db?)?(?: (?:s|sh|show|l|list|ls)(?: dev \S+)?)?$/,
} as const;

/**
 * Dumps that show that there is nothing: the command's prompt or header, no line beneath it, and something after it. An empty
 * `ip rule` is not among them: a kernel always has rules, so it was not collected, or the kernel knows none but its own three.
 */
export const emptyDumps = (dumps: ReadonlyMap<number, SourceRow>, kind: keyof typeof LISTS): readonly SourceRow[] =>
  [...dumps.values()].filter(
    ({ command, finished, filtered, skipped }) =>
      command !== undefined && finished === true && !filtered && skipped === undefined && LISTS[kind].test(command),
  );

/**
 * Sorts rows by their dump. `typical` says whether rows without a command look like a whole dump of a running node: then
 * the command that was left out was the usual one.
 */
export function rowsByDump<R extends Placed>(
  rows: readonly R[],
  dumps: ReadonlyMap<number, SourceRow>,
  object: Parameters<typeof dumpScope>[1],
  typical: (rows: readonly R[]) => boolean,
  empty: readonly SourceRow[] = [],
): readonly RowsOfDump<R>[] {
  const bySource = new Map<number, R[]>(empty.map(({ source }) => [source, []]));
  for (const row of rows) {
    const own = bySource.get(row.source);
    if (own === undefined) bySource.set(row.source, [row]);
    else own.push(row);
  }
  return [...bySource]
    .sort(([a], [b]) => a - b)
    .flatMap(([number, own]) => {
      const source = dumps.get(number);
      if (source === undefined) return [];
      const lastRow = own.reduce((last, row) => Math.max(last, row.line), 0);
      const scope = dumpScope(source, object, lastRow);
      const bare = source.command === undefined && source.skipped === undefined && !source.filtered;
      return [{ source, rows: own, scope: bare && typical(own) ? { ...scope, whole: true } : scope }];
    });
}

/** A dump as one of several to choose from; `devOf` unmasks a file's name that was taken for a device. */
export function asDump<R extends Placed>(dump: RowsOfDump<R>, devOf: (row: R) => string | undefined): Dump<R> {
  const { dev } = dump.scope;
  const ofDev = dev !== undefined && dump.rows.every((row) => devOf(row) === dev);
  return {
    source: dump.source.source,
    rows: dump.rows,
    whole: dump.scope.whole,
    dev: ofDev ? dev : undefined,
  };
}
