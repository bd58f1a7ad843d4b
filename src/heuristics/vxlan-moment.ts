import type { Facts, Placed } from '../model/facts.js';

/** A time as it is known: see table `tap`. */
export interface Moment {
  readonly ns: number;
  readonly kind: string;
}

/** Nanoseconds from one time to another, or undefined when the kinds do not allow to tell. Times without a zone count as UTC. */
export function elapsed(from: Moment | undefined, to: Moment | undefined): number | undefined {
  if (from === undefined || to === undefined || from.ns < 0 || to.ns < 0) return undefined;
  const dated = (kind: string): boolean => kind === 'epoch' || kind === 'no-zone';
  if (dated(from.kind) && dated(to.kind)) return to.ns - from.ns;
  if (![from, to].every(({ kind }) => dated(kind) || kind === 'no-year')) return undefined;
  const inYear = ({ ns }: Moment): number => ns - Date.UTC(new Date(ns / 1e6).getUTCFullYear(), 0) * 1e6;
  return inYear(to) - inYear(from);
}

/** When a line of a log was written, where that is known. */
export type MomentOf = (line: Placed) => Moment | undefined;

/** Lines of a file, and files: a number below 2^53 is both. */
const placeOf = ({ source, line }: Placed): number => source * 2 ** 32 + line;

/** When the log lines were written. */
export function timesOf({ logs }: Facts): MomentOf {
  const known = new Map<number, Facts['logs'][number]>();
  for (const log of logs) if (log.time_ns !== undefined) known.set(placeOf(log), log);
  return (line) => {
    const log = known.get(placeOf(line));
    return log?.time_ns === undefined ? undefined : { ns: Number(log.time_ns), kind: log.time_kind };
  };
}
