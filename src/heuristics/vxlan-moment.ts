import type { Facts } from '../model/facts.js';

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

/** When the log lines that leases stand on were written. */
export function timesOf(facts: Facts): ReadonlyMap<string, Moment> {
  const wanted = new Set(facts.leases.map(({ source, line }) => `${source} ${line}`));
  const times = new Map<string, Moment>();
  for (const log of facts.logs) {
    const key = `${log.source} ${log.line}`;
    if (log.time_ns !== undefined && wanted.has(key)) times.set(key, { ns: Number(log.time_ns), kind: log.time_kind });
  }
  return times;
}
