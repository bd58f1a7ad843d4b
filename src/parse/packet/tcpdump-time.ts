import type { TimeKind } from '../../core/time.js';

/** The time stamp of a line of tcpdump text. */
export interface TcpdumpTime {
  readonly kind: TimeKind;
  readonly sec: number;
  readonly nsec: number;
  /** What follows the time stamp and its space. */
  readonly rest: string;
}

const CLOCK = /^([ -]?)(\d\d):(\d\d):(\d\d)\.(\d{6}(?:\d{3})?)\s+/;
const DATED = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{6}(?:\d{3})?)\s+/;
const EPOCH = /^(\d{9,10})\.(\d{6}(?:\d{3})?)\s+/;
const nanos = (digits: string): number => Number(digits.padEnd(9, '0'));

/**
 * Reads default, -tt, -ttt, -ttttt and -tttt times (tcpdump util-print.c ts_print), with micro- or nanoseconds, after
 * an optional packet number (-#). A difference (-ttt, -ttttt) looks like a time of day but for the leading blank or
 * minus, which pastes lose or add: `relative` is decided by the reader. Undefined without a time stamp.
 */
export function readTcpdumpTime(line: string): TcpdumpTime | undefined {
  const text = line.replace(/^[\s>]*(?:\d{1,8} {2,}(?=[-\d]))?/, '');
  let m = CLOCK.exec(text);
  if (m !== null) {
    const sec = Number(m[2]) * 3600 + Number(m[3]) * 60 + Number(m[4]);
    const minus = m[1] === '-';
    return {
      kind: minus ? 'relative' : 'time-of-day',
      sec: minus ? -1 : sec,
      nsec: minus ? 0 : nanos(m[5]!),
      rest: text.slice(m[0].length),
    };
  }
  m = DATED.exec(text);
  if (m !== null) {
    const [y, mo, d, h, min, s] = m.slice(1, 7).map(Number) as [number, number, number, number, number, number];
    const sec = Date.UTC(y, mo - 1, d, h, min, s) / 1000;
    return { kind: 'no-zone', sec, nsec: nanos(m[7]!), rest: text.slice(m[0].length) };
  }
  m = EPOCH.exec(text);
  if (m !== null) return { kind: 'epoch', sec: Number(m[1]), nsec: nanos(m[2]!), rest: text.slice(m[0].length) };
  return undefined;
}
