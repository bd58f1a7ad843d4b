import type { Line } from '../../core/sink.js';
import { type Carried, carriedByJournal, levelOfPriority, readIsoTime } from './log-carrier.js';

/** A log record that spans lines, and the line of its message. */
export interface LogRecord {
  readonly carried: Carried;
  readonly at: Line;
}

const EXPORT = /^([A-Z_][A-Z0-9_]{0,63})=(.*)$/;
const VERBOSE = /^[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \S+ \[s=[0-9a-f]+;/;
const PRETTY = /^[\t ]+"([A-Z_][A-Z0-9_]*|pri|time|msg|fac|caller)" ?: *(.*?),?$/;

/**
 * Records that spread over lines: journalctl -o export (KEY=value, blank line between), -o verbose (a heading with the
 * cursor, indented fields), -o json-pretty, and dmesg --json. See systemd's Journal Export Formats and dmesg(1).
 */
export class JournalRecords {
  #fields: Record<string, unknown> = {};
  #message: Line | undefined;
  #kind: 'export' | 'verbose' | 'pretty' | undefined;
  /** Key of a binary field, whose value is the next line after its 8 bytes of length. */
  #binary: string | undefined;

  /** True when the line opens such a record. */
  static starts(line: string): boolean {
    return /^__CURSOR=s=/.test(line) || VERBOSE.test(line) || /^\s*(?:"__CURSOR" : "s=|"dmesg": \[)/.test(line);
  }

  /** A record has begun. */
  get open(): boolean {
    return this.#kind !== undefined || this.#binary !== undefined;
  }

  /** Takes a line. Undefined: it belongs to no record. Otherwise the record that it ended, if it ended one. */
  take(at: Line): { readonly record?: LogRecord | undefined } | undefined {
    const text = at.text;
    if (this.#binary !== undefined) {
      this.#put(this.#binary, text.slice(8), at);
      this.#binary = undefined;
      return {};
    }
    if (text.startsWith('__CURSOR=') || VERBOSE.test(text)) {
      const record = this.finish();
      this.#kind = text.startsWith('__CURSOR=') ? 'export' : 'verbose';
      if (this.#kind === 'verbose') this.#heading(text);
      return { record };
    }
    if (this.#kind === 'export') {
      if (text === '') return { record: this.finish() };
      const field = EXPORT.exec(text);
      if (field !== null) this.#put(field[1]!, field[2]!, at);
      else if (/^[A-Z_][A-Z0-9_]*$/.test(text)) this.#binary = text;
      else return undefined;
      return {};
    }
    if (this.#kind === 'verbose') {
      const field = /^ {4}([A-Z_][A-Z0-9_]*)=(.*)$/.exec(text);
      if (field === null) return undefined;
      this.#put(field[1]!, field[2]!, at);
      return {};
    }
    return this.#pretty(at);
  }

  /** The heading's time counts when no field has one; without UTC it is of an unknown zone. */
  #heading(text: string): void {
    const time = / UTC \[/.test(text) ? readIsoTime(text.slice(4)) : undefined;
    if (time === undefined) return;
    this.#fields.__REALTIME_TIMESTAMP = `${time.sec}${String(time.nsec / 1000).padStart(6, '0')}`;
  }

  #pretty(at: Line): { readonly record?: LogRecord | undefined } | undefined {
    const text = at.text;
    const field = PRETTY.exec(text);
    if (field !== null) {
      this.#kind = 'pretty';
      try {
        this.#put(field[1]!, JSON.parse(field[2]!), at);
      } catch {
        // An array of bytes over several lines; the record goes on without it.
      }
      return {};
    }
    if (/^\s*\},?(?:\s*\{)?\s*$/.test(text)) return { record: this.finish() };
    return /^\s*(?:[{[\]},]+|"dmesg": \[|\d+,?)\s*$/.test(text) ? {} : undefined;
  }

  #put(key: string, value: unknown, at: Line): void {
    this.#fields[key] = value;
    if (key === 'MESSAGE' || key === 'msg') this.#message = at;
  }

  /** The record under way, if it has a message; also at the end of the text. */
  finish(): LogRecord | undefined {
    const [fields, at] = [this.#fields, this.#message];
    this.#fields = {};
    this.#message = undefined;
    if (this.#kind !== 'pretty') this.#kind = undefined;
    if (at === undefined) return undefined;
    if (!('msg' in fields)) return { carried: carriedByJournal(fields), at };
    const time = typeof fields.time === 'number' ? fields.time : -1;
    const sec = Math.floor(time);
    return {
      at,
      carried: {
        form: 'dmesg',
        timeKind: time < 0 ? 'none' : 'since-boot',
        sec: time < 0 ? -1 : sec,
        nsec: time < 0 ? 0 : Math.round((time - sec) * 1e6) * 1000,
        tag: 'kernel',
        level: typeof fields.pri === 'number' ? levelOfPriority(fields.pri) : undefined,
        rest: String(fields.msg),
      },
    };
  }
}
