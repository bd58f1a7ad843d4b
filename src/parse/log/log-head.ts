import type { TimeKind } from '../../core/time.js';
import { wordTable } from '../../core/word-table.js';

/** A log line taken apart: what stands before the message, and the message. */
export interface LogHead {
  readonly form: 'klog' | 'logfmt' | 'json' | 'zap' | 'calico' | 'bird' | 'bracket';
  /** debug, info, warning, error, fatal. */
  readonly level?: string | undefined;
  readonly timeNs?: bigint | undefined;
  readonly timeKind: TimeKind;
  /** The time as it stands there. */
  readonly printed?: string | undefined;
  /** Process or package, when the line names it: felix, confd, startup, … */
  readonly component?: string | undefined;
  readonly message: string;
}

/** Nanoseconds since 1970 of a date and time as if it were UTC, or undefined when it is none. */
export function nanoseconds(date: string, time: string, fraction = ''): bigint | undefined {
  const ms = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0') || '0');
}

/** RFC 3339 with any fraction: absolute with a zone, otherwise without. */
export function stamp(text: string): Pick<LogHead, 'timeNs' | 'timeKind' | 'printed'> {
  const m = /^(\d{4}-\d\d-\d\d)[T_ ](\d\d:\d\d:\d\d)(?:[.,](\d+))?\s?(Z|UTC|[+-]\d\d:?\d\d)?$/.exec(text);
  const local = m === null ? undefined : nanoseconds(m[1]!, m[2]!, m[3]);
  if (m === null || local === undefined) return { timeKind: 'none', printed: text };
  const zone = m[4];
  if (zone === undefined) return { timeNs: local, timeKind: 'no-zone', printed: text };
  const shift = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  const minutes = shift === null ? 0 : Number(`${shift[1]}1`) * (Number(shift[2]) * 60 + Number(shift[3]));
  return { timeNs: local - BigInt(minutes) * 60_000_000_000n, timeKind: 'epoch', printed: text };
}

const LEVELS = wordTable<string>({
  t: 'debug',
  d: 'debug',
  i: 'info',
  w: 'warning',
  e: 'error',
  f: 'fatal',
  p: 'fatal',
  c: 'fatal',
});
/** Any spelling of a level; text copied from pictures has `INF0`. */
export function levelOf(word: string): string | undefined {
  return LEVELS[word.slice(0, 1).toLowerCase()];
}
