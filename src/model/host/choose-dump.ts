import type { Placed } from '../facts.js';
import type { Shown } from './host.js';

/** What one source shows of a list. */
export interface Dump<R> {
  readonly source: number;
  readonly rows: readonly R[];
  readonly whole: boolean;
  /** The one device that it shows. */
  readonly dev?: string | undefined;
  /** The tool leaves out columns that others have (`route -n`): taken only when nothing better is there. */
  readonly poor?: boolean | undefined;
}

/** How rows of two dumps are compared. */
export interface Sameness<R> {
  /** All that counts of a row. */
  readonly row: (row: R) => string;
  /** What a row is about, where entries come and go by themselves (caches): only two different words on it contradict. */
  readonly subject?: ((row: R) => string) | undefined;
}

/**
 * One list of several dumps of the same thing. Of whole dumps the last in the bundle counts, because nothing tells when
 * each was taken; those that say something else are named. Without a whole one, what the parts show is put together.
 */
export function chooseDump<R extends Placed>(
  dumps: readonly Dump<R>[],
  { row: same, subject }: Sameness<R>,
): Shown<readonly R[]> {
  const whole = dumps.filter((dump) => dump.whole && dump.dev === undefined);
  const chosen = whole.findLast((dump) => dump.poor !== true) ?? whole.at(-1);
  if (chosen !== undefined) {
    const content = new Set<string>();
    const value = unique(chosen.rows, same, content);
    const subjects = subject && new Set(chosen.rows.map(subject));
    const isNews = (row: R): boolean =>
      !content.has(same(row)) && (subjects === undefined || subjects.has(subject!(row)));
    const lacks = (dump: Dump<R>): boolean =>
      subject === undefined &&
      dump.whole &&
      dump.dev === undefined &&
      new Set(dump.rows.map(same)).size !== content.size;
    const differs = (dump: Dump<R>): boolean => dump.poor !== true && (dump.rows.some(isNews) || lacks(dump));
    return {
      value,
      shown: 'whole',
      sources: [chosen.source],
      contradictedBy: dumps.filter((dump) => dump !== chosen && differs(dump)).map((dump) => dump.source),
    };
  }
  const used = dumps.filter((dump) => dump.rows.length > 0 || dump.dev !== undefined);
  return {
    value: unique(
      used.flatMap((dump) => dump.rows),
      same,
    ),
    shown: used.length > 0 ? 'part' : 'none',
    sources: used.map((dump) => dump.source),
    wholeFor: new Set(used.flatMap((dump) => (dump.whole && dump.dev !== undefined ? [dump.dev] : []))),
  };
}

/** True when an absence counts: the list is whole, or whole for this device. */
export const isWhole = (list: Shown<unknown>, dev?: string): boolean =>
  list.shown === 'whole' || (dev !== undefined && list.wholeFor?.has(dev) === true);

/** Rows of which the first of equal ones stays. `seen` gets what they say. */
function unique<R>(rows: readonly R[], same: (row: R) => string, seen = new Set<string>()): readonly R[] {
  return rows.filter((row) => {
    const key = same(row);
    const known = seen.has(key);
    seen.add(key);
    return !known;
  });
}
