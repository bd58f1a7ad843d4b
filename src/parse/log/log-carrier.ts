import type { TimeKind } from '../../core/time.js';
import { wordTable } from '../../core/word-table.js';
import { monthNamed } from './month-name.js';

/** What a log's carrier (dmesg, syslog, journald, a container runtime) puts around a message. */
export interface Carried {
  readonly form: 'dmesg' | 'kmsg' | 'syslog' | 'journal' | 'cri' | 'docker' | 'iso' | 'raw';
  /** Host column. */
  readonly host?: string | undefined;
  readonly timeKind: TimeKind;
  /** Time in the terms of `timeKind`; -1 when there is none. */
  readonly sec: number;
  readonly nsec: number;
  /** Program that wrote it, without its pid: `kernel`, `kubelet`, …; `kernel` for dmesg. */
  readonly tag?: string | undefined;
  /** systemd unit, when the journal names it. */
  readonly unit?: string | undefined;
  readonly level?: LogLevel | undefined;
  /** The message. */
  readonly rest: string;
}

export type LogLevel = 'fatal' | 'error' | 'warning' | 'info' | 'debug';

/** A carrier's time as nanoseconds, for `log.time_ns`. */
export function carriedTime(carried: Pick<Carried, 'sec' | 'nsec'>): bigint | undefined {
  return carried.sec < 0 ? undefined : BigInt(carried.sec) * 1_000_000_000n + BigInt(carried.nsec);
}

/** Levels of syslog(3), lowest three bits of a PRI. */
export function levelOfPriority(priority: number): LogLevel {
  return (['fatal', 'fatal', 'fatal', 'error', 'warning', 'info', 'info', 'debug'] as const)[priority & 7]!;
}

/** The kernel's own lines: dmesg has nothing else. */
export const isKernel = (carried: Carried): boolean => carried.tag === 'kernel';

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const month = (name: string): number => MONTHS.indexOf(name) / 3;
/** `.907534` or `,907534` as nanoseconds. */
const nanos = (digits: string | undefined): number =>
  digits === undefined ? 0 : Number(digits.padEnd(9, '0').slice(0, 9));

interface Time {
  readonly timeKind: TimeKind;
  readonly sec: number;
  readonly nsec: number;
}
const NO_TIME: Time = { timeKind: 'none', sec: -1, nsec: 0 };

/** Seconds of a calendar date, or `NO_TIME` when it is none. */
function calendar(kind: TimeKind, y: number, mo: number, d: number, clock: string, fraction?: string, shift = 0): Time {
  const h = Number(clock.slice(0, 2));
  const m = Number(clock.slice(3, 5));
  const s = Number(clock.slice(6, 8));
  if (mo < 0 || mo > 11 || d < 1 || d > 31 || h > 23 || m > 59) return NO_TIME;
  const sec = Math.floor(Date.UTC(y, mo, d, h, m, s) / 1000) - shift;
  return { timeKind: kind, sec, nsec: nanos(fraction) };
}

/** `Z`, `+00:00`, `+0000`, `+00` as seconds east of UTC; undefined when there is no zone. */
function zoneSeconds(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === '') return undefined;
  if (zone === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return (zone.startsWith('-') ? -60 : 60) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)));
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d(?::?\d\d)?)?/;

/** ISO 8601 / RFC 3339 time at the start of a text, as containers, rsyslog, journald and dmesg print it. */
export function readIsoTime(text: string): (Time & { readonly length: number }) | undefined {
  const m = ISO.exec(text);
  if (m === null) return undefined;
  const zone = zoneSeconds(m[6]);
  const kind = zone === undefined ? 'no-zone' : 'epoch';
  const time = calendar(kind, Number(m[1]), Number(m[2]) - 1, Number(m[3]), m[4]!, m[5], zone);
  return time.sec < 0 ? undefined : { ...time, length: m[0].length };
}

/** Nine digits and more are an epoch (conntrack -E -o timestamp), not a time since boot. */
const DMESG_BOOT = /^\[ {0,11}(\d{1,8})\.(\d{6})(?: <[ \d.]+>)?\](?=[ []|$)/;
const DMESG_CALLER = /^\[ *[TC]\d+\]/;
/** `[Wed Jan 17 09:30:11 2024]`, with the names of day and month in the language of whoever typed `dmesg -T`. */
const DMESG_CTIME =
  /^\[\p{L}{1,6}\.? ((?:\p{L}{2,6}\.?|\d{1,2}[\u6708\uc6d4])) {1,2}(\d+) (\d\d:\d\d:\d\d) (\d{4})(?: <[ \d.]+>)?\]/u;
const DMESG_SHORT = /^\[(\w{3}) ?(\d{1,2}) (\d\d:\d\d)\]/;
const DMESG_DELTA = /^\[(?:< *(\d+)\.(\d+)>| *\+(\d+)\.(\d+))\]/;
const DECODED =
  /^(?:kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local[0-7]) *: ?(emerg|alert|crit|err|warn|notice|info|debug) *: ?/;
const KMSG = /^(\d{1,4}),(\d+),(\d+),[-c+,\w=]*;/;
const RFC3164 =
  /^(?:(\d{4}) )?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?: (\d{4}))? (?:<[\w.]+> )?(\S+) /;
const SHORT_FULL = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\d{4})-(\d\d)-(\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))? (\S+) (\S+) /;
const UNIX = /^(\d{9,11})\.(\d{6}) ([\w.-]+) /;
const RFC5424 = /^1 (\S+) (\S+) (\S+) (\S+) (\S+) (?:-|(?:\[(?:[^\]\\"]|\\.|"(?:[^"\\]|\\.)*")*\])+)(?: |$)/;
const TAG = /^([^\s:[\]]{1,64})(?:\[(\d+)\])?:(?: |$)/;
const HOST_TAG = /^([\w.-]+) (kernel|[^\s:[\]]{1,64}\[\d+\]): ?/;

/** What follows the host column: `tag[pid]: message`; without a tag (ulogd, "last message repeated") all is message. */
function tagged(text: string): { readonly tag?: string; readonly rest: string } {
  const m = TAG.exec(text);
  if (m === null) return { rest: text };
  const rest = text.slice(m[0].length);
  // Debian's and SUSE's rsyslog keep the time since boot in front of kernel messages.
  return { tag: m[1]!, rest: m[1] === 'kernel' ? rest.replace(DMESG_BOOT, '').replace(/^ /, '') : rest };
}

function kernelMessage(time: Time, text: string): Carried {
  const rest = text.replace(DMESG_CALLER, '').replace(/^ /, '');
  // journalctl -o short-monotonic has the host and tag after the brackets.
  const m = HOST_TAG.exec(rest);
  if (m !== null && time.timeKind === 'since-boot') {
    return { form: 'journal', ...time, host: m[1], tag: m[2]!.replace(/\[\d+\]$/, ''), rest: rest.slice(m[0].length) };
  }
  return { form: 'dmesg', ...time, tag: 'kernel', rest };
}

function readBracket(text: string): Carried | undefined {
  let m = DMESG_BOOT.exec(text);
  if (m !== null) {
    const time: Time = { timeKind: 'since-boot', sec: Number(m[1]), nsec: nanos(m[2]) };
    return kernelMessage(time, text.slice(m[0].length));
  }
  m = DMESG_CTIME.exec(text);
  if (m !== null) {
    const time = calendar('no-zone', Number(m[4]), monthNamed(m[1]!), Number(m[2]), m[3]!);
    return kernelMessage(time, text.slice(m[0].length));
  }
  m = DMESG_SHORT.exec(text);
  if (m !== null && month(m[1]!) >= 0) {
    return kernelMessage(calendar('no-year', 1970, month(m[1]!), Number(m[2]), m[3]!), text.slice(m[0].length));
  }
  m = DMESG_DELTA.exec(text);
  if (m === null) return undefined;
  const time: Time = { timeKind: 'relative', sec: Number(m[1] ?? m[3]), nsec: nanos(m[2] ?? m[4]) };
  return kernelMessage(time, text.slice(m[0].length));
}

function readIso(text: string): Carried | undefined {
  const iso = readIsoTime(text);
  if (iso === undefined) return undefined;
  const { length, ...time } = iso;
  const after = text.slice(length);
  const cri = /^ (?:stdout|stderr) [FP](?: |$)/.exec(after);
  if (cri !== null) return { form: 'cri', ...time, rest: after.slice(cri[0].length) };
  // dmesg --time-format iso alone writes a comma before the fraction and no host.
  if (/^.{10}T.{8},\d{6}[Z+-]/.test(text)) return kernelMessage(time, after);
  const m = /^ ([\w.-]+) ([^\s:[\]]{1,64}(?:\[\d+\])?: ?|(?=IN=|last message|message repeated))/.exec(after);
  if (m !== null && !/^(?:info|warn|warning|error|debug|fatal|\d+|[IWEF]\d{4})$/i.test(m[1]!)) {
    return { form: 'syslog', ...time, host: m[1], ...tagged(after.slice(m[1]!.length + 2)) };
  }
  return { form: 'iso', ...time, rest: after.replace(/^ /, '') };
}

function readRfc3164(text: string): Carried | undefined {
  const m = RFC3164.exec(text);
  if (m === null || month(m[2]!) < 0) return undefined;
  const year = m[1] ?? m[4] ?? m[7];
  const kind = year === undefined ? 'no-year' : 'no-zone';
  const time = calendar(kind, Number(year ?? 1970), month(m[2]!), Number(m[3]), m[5]!, m[6]);
  return { form: 'syslog', ...time, host: m[8], ...tagged(text.slice(m[0].length)) };
}

/** `<PRI>` (RFC 5424 6.2.1) is followed by dmesg -r, RFC 5424, RFC 3164 or nothing that we know. */
function readPriority(text: string): Carried | undefined {
  const pri = /^<(\d{1,3})>/.exec(text);
  if (pri === null) return undefined;
  const level = levelOfPriority(Number(pri[1]));
  const body = text.slice(pri[0].length);
  const m = RFC5424.exec(body);
  if (m !== null) {
    const { length: _, ...time } = readIsoTime(m[1]!) ?? { ...NO_TIME, length: 0 };
    const nil = (word: string) => (word === '-' ? undefined : word);
    const rest = body.slice(m[0].length).replace(/^\ufeff/, '');
    return { form: 'syslog', ...time, level, host: nil(m[2]!), tag: nil(m[3]!), rest };
  }
  const inner = readBracket(body) ?? readRfc3164(body) ?? readIso(body);
  return inner === undefined ? { form: 'dmesg', ...NO_TIME, tag: 'kernel', level, rest: body } : { ...inner, level };
}

const DECODED_LEVELS = wordTable<number>({
  emerg: 0,
  alert: 1,
  crit: 2,
  err: 3,
  warn: 4,
  notice: 5,
  info: 6,
  debug: 7,
});

type Fields = Readonly<Record<string, unknown>>;
const string = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** `MESSAGE` is a string, an array of byte values when it is no valid UTF-8, or null when it was too large. */
function journalMessage(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  if (value.every((byte): byte is number => typeof byte === 'number')) {
    return new TextDecoder().decode(Uint8Array.from(value));
  }
  // A field that occurs several times is an array of strings.
  return string(value[0]) ?? '';
}

/** One journal record (systemd.journal-fields(7)) from its fields, whatever the output format they came in. */
export function carriedByJournal(fields: Fields): Carried {
  const micros = string(fields._SOURCE_REALTIME_TIMESTAMP) ?? string(fields.__REALTIME_TIMESTAMP) ?? '';
  const boot = string(fields._SOURCE_MONOTONIC_TIMESTAMP) ?? string(fields.__MONOTONIC_TIMESTAMP) ?? '';
  const [kind, digits] = /^\d{1,18}$/.test(micros) ? (['epoch', micros] as const) : (['since-boot', boot] as const);
  const time: Time = /^\d{1,18}$/.test(digits)
    ? { timeKind: kind, sec: Number(digits.slice(0, -6) || '0'), nsec: Number(digits.slice(-6)) * 1000 }
    : NO_TIME;
  const priority = string(fields.PRIORITY);
  const transport = string(fields._TRANSPORT);
  return {
    form: 'journal',
    ...time,
    host: string(fields._HOSTNAME),
    tag: string(fields.SYSLOG_IDENTIFIER) ?? (transport === 'kernel' ? 'kernel' : string(fields._COMM)),
    unit: string(fields._SYSTEMD_UNIT) ?? string(fields.UNIT),
    level: priority !== undefined && /^[0-7]$/.test(priority) ? levelOfPriority(Number(priority)) : undefined,
    rest: journalMessage(fields.MESSAGE),
  };
}

/** journalctl -o json (one object a line) and Docker's json-file log. */
function readJson(text: string): Carried | undefined {
  const journal = /"(?:MESSAGE|__REALTIME_TIMESTAMP)"/.test(text);
  if (!journal && !/"log":.*"stream":"std(?:out|err)"/.test(text)) return undefined;
  let fields: Fields;
  try {
    fields = JSON.parse(text) as Fields;
  } catch {
    return undefined;
  }
  if (journal) return carriedByJournal(fields);
  const { length: _, ...time } = readIsoTime(string(fields.time) ?? '') ?? { ...NO_TIME, length: 0 };
  return { form: 'docker', ...time, rest: (string(fields.log) ?? '').replace(/\n$/, '') };
}

/**
 * Splits one line of a log file into carrier and message, or gives undefined when no carrier is recognised (the line
 * may still be a bare message). Grammars: util-linux dmesg(1) (raw, -x, -r, -T, -d, -e/-H, --time-format iso, caller
 * ids), /dev/kmsg (Documentation/ABI/testing/dev-kmsg), RFC 3164, RFC 5424, rsyslog's ISO format, journalctl(1)
 * (short, -precise, -iso, -monotonic, -unix, -full, json), CRI logs, Docker's json-file. Leading spaces and `> ` of a
 * paste are skipped. A date of February 29 without a year counts as March 1.
 */
export function readCarrier(line: string): Carried | undefined {
  let text = line.replace(/^[\s>]+/, '');
  const decoded = DECODED.exec(text);
  if (decoded !== null) {
    text = text.slice(decoded[0].length);
    const inner = readBracket(text) ?? readIso(text) ?? { form: 'dmesg', ...NO_TIME, tag: 'kernel', rest: text };
    return { ...inner, level: levelOfPriority(DECODED_LEVELS[decoded[1]!]!) };
  }
  const first = text.charCodeAt(0);
  if (first === 0x5b) return readBracket(text);
  if (first === 0x3c) return readPriority(text);
  if (first === 0x7b) return readJson(text);
  if (first >= 0x30 && first <= 0x39) {
    const iso = readIso(text) ?? readRfc3164(text);
    if (iso !== undefined) return iso;
    const kmsg = KMSG.exec(text);
    if (kmsg !== null) {
      const time: Time = {
        timeKind: 'since-boot',
        sec: Math.floor(Number(kmsg[3]) / 1e6),
        nsec: (Number(kmsg[3]) % 1e6) * 1000,
      };
      return {
        form: 'kmsg',
        ...time,
        tag: 'kernel',
        level: levelOfPriority(Number(kmsg[1])),
        rest: text.slice(kmsg[0].length),
      };
    }
    const unix = UNIX.exec(text);
    if (unix === null || !TAG.test(text.slice(unix[0].length)) || /^(?:IP6?|ARP)$/.test(unix[3]!)) return undefined;
    const time: Time = { timeKind: 'epoch', sec: Number(unix[1]), nsec: nanos(unix[2]) };
    return { form: 'journal', ...time, host: unix[3], ...tagged(text.slice(unix[0].length)) };
  }
  if (first < 0x41 || first > 0x5a) return undefined;
  const full = SHORT_FULL.exec(text);
  if (full === null) return readRfc3164(text);
  // Only UTC is a zone that says where it is; CST is four of them.
  const kind = /^(?:UTC|GMT|Z)$/.test(full[6]!) ? 'epoch' : 'no-zone';
  const time = calendar(kind, Number(full[1]), Number(full[2]) - 1, Number(full[3]), full[4]!, full[5]);
  return { form: 'journal', ...time, host: full[7], ...tagged(text.slice(full[0].length)) };
}
