import { redact } from '../../core/redact.js';
import type { Line, Sink } from '../../core/sink.js';
import { wordTable } from '../../core/word-table.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { type Outcome, outcomeOf } from './probe-outcome.js';
import { isInterrupt, ProbeRun } from './probe-run.js';

const FAILED = /curl: \((\d+)\) (.*)$/;
const METER =
  /^\s*(?:% Total|Dload|\d+\s+[\d.]+[kMG]?\s+\d+\s+[\d.]+[kMG]?\s.*--:--:--|(?!.:)(?=[\d.kMG])[\d\s.kMG]*(?![\d\s.kMG])[-\d]*(?<=[-\d]):[-\d]+:[-\d]{2})/;
const CONNECTED = /\* Connected to (\S+) \(([^)]+)\) port (\d+)/;
const TRYING = /\* +Trying (\[?[0-9a-fA-F.:]+?\]?)(?::(\d+))?\.\.\./;
const CAUSE = /\* (?:connect to \S+ port \d+(?: from .*)? failed: (.*)|Immediate connect fail for (\S+): (.*))$/;
const VERBOSE = /^(?:\* |[<>] |[<>]$|[{}] ?\[\d+ bytes data|\* *$)/;
const HTTP = /^(?:< )?HTTP\/[\d.]+ (\d{3})\b/;
const CJK = /[\u3000-\u9fff\uff00-\uffef]/;

/** Codes of libcurl-errors(3) that say something of the network by themselves. */
const CODES = wordTable<Outcome>({
  '5': 'dns-failure',
  '6': 'dns-failure',
  // Connected: TLS, certificates and HTTP errors are answers of the far end.
  '22': 'ok',
  '51': 'ok',
  '60': 'ok',
  '28': 'timeout',
  '35': 'partial',
  '52': 'partial',
});

class Reader implements LineReader {
  readonly #run: ProbeRun;
  #cause: { readonly words: string; readonly at: Line } | undefined;
  /** An explanation of what a certificate is follows. */
  #certificate = false;
  #connected = false;
  #ended = false;
  /** How the body ends: JSON when its brackets close, HTML with its element, text with a blank line. */
  #body: 'json' | 'html' | 'text' | 'headers' | undefined;
  #depth = 0;

  constructor(
    sink: Sink,
    private readonly section: Section,
  ) {
    this.#run = new ProbeRun('curl', sink, section);
  }

  line(at: Line): boolean {
    // Not as a paste: `> GET` is curl's own.
    const text = at.text;
    const failed = FAILED.exec(text);
    if (failed !== null) return this.#failed(failed, at);
    if (isInterrupt(at.text)) {
      if (this.#connected) this.#run.suggest('partial', at, 'connected, then interrupted (^C)');
      else this.#run.interrupt(at);
      this.#ended = true;
      return true;
    }
    if (/^command terminated with exit code/.test(text)) return true;
    if (this.#verbose(text, at)) return true;
    if (
      METER.test(text) ||
      (this.#certificate &&
        /^(?:More details here|To learn more|curl (?:failed|performs)|establish a|how to fix|[a-z(]\S* |If |HTTPS-proxy|CA )/.test(
          text,
        ))
    )
      return true;
    if (text.trim() === '') {
      if (this.#body === 'text' || this.#body === 'headers') this.#body = undefined;
      return true;
    }
    const http = HTTP.exec(text);
    if (http !== null) {
      this.#run.decide('ok', at);
      this.#body = 'headers';
      return true;
    }
    if (this.#body === 'headers' && /^[\w-]+: /.test(text)) return true;
    return this.#content(text, at);
  }

  end(): void {
    // `-s` keeps the last word to itself; what was tried and how it failed is in the verbose lines all the same.
    const outcome = this.#connected ? undefined : outcomeOf(this.#cause?.words ?? '');
    if (outcome !== undefined && this.#cause !== undefined) this.#run.suggest(outcome, this.#cause.at);
    this.#run.emit();
  }

  #failed(m: RegExpExecArray, at: Line): boolean {
    const [whole, code, words] = m as unknown as [string, string, string];
    const run = this.#run;
    const target =
      /connect to (\[?[\w.:-]+?\]?) ?(?:port |:)(\d+)/.exec(words) ?? /Failed connect to ([\w.-]+):(\d+)/.exec(words);
    if (target !== null) run.names(target[1]!, target[1]!.replace(/[[\]]/g, ''), Number(target[2]));
    else run.names(/host:? '?([\w.-]+)/.exec(words)?.[1] ?? '?');
    // Since 7.86 the reason is only in the verbose lines; a connect that took minutes was never answered.
    const waited = Number(/after (\d+) ms/.exec(words)?.[1] ?? 0);
    const cause = outcomeOf(this.#cause?.words ?? '');
    const outcome = outcomeOf(words) ?? CODES[code] ?? (waited > 60_000 ? 'timeout' : 'error');
    if (cause !== undefined && this.#cause !== undefined) run.decide(cause, this.#cause.at);
    else run.decide(CODES[code] === 'ok' ? 'ok' : outcome, at, redact(whole));
    this.#ended = true;
    this.#certificate = code === '60' || code === '51';
    return true;
  }

  #verbose(text: string, at: Line): boolean {
    const connected = CONNECTED.exec(text);
    if (connected !== null) {
      this.#connected = true;
      this.#run.names(connected[1]!, connected[2], Number(connected[3]));
    }
    const trying = TRYING.exec(text);
    if (trying !== null) {
      const address = trying[1]!.replace(/[[\]]/g, '');
      this.#run.names(address, address, trying[2] === undefined ? undefined : Number(trying[2]));
    }
    const cause = CAUSE.exec(text)
      ?.slice(1)
      .findLast((words) => words !== undefined);
    if (cause !== undefined) this.#cause ??= { words: cause, at };
    if (!VERBOSE.test(text) && connected === null && trying === null) return false;
    if (HTTP.test(text)) this.#run.decide('ok', at);
    return true;
  }

  /** Lines of the answer, which only a command line or verbose output before them tells from other text. */
  #content(text: string, at: Line): boolean {
    if (this.section.command === undefined && !this.#connected) return false;
    if (this.#body === undefined) {
      if (this.#ended || CJK.test(text)) return false;
      this.#body = /^\s*[[{]/.test(text) ? 'json' : /^\s*</.test(text) ? 'html' : 'text';
      this.#run.suggest('ok', at);
    }
    if (this.#body === 'json') {
      this.#depth += (text.match(/[[{]/g)?.length ?? 0) - (text.match(/[\]}]/g)?.length ?? 0);
      if (this.#depth <= 0) this.#close();
    } else if (this.#body === 'html') {
      if (/<\/html>/i.test(text)) this.#close();
    } else if (CJK.test(text)) {
      this.#close();
      return false;
    }
    return true;
  }

  #close(): void {
    this.#body = undefined;
    this.#ended = true;
  }
}

/**
 * curl(1): errors (libcurl-errors(3)), -v, -I, the progress meter; with a known command also the body, which means an
 * answer, and `^C` without output, which means none.
 */
export const curl: Parser = {
  id: 'curl',
  title: 'curl transcript',
  command: /^curl\b/,
  starts: (line) => {
    const text = asPrinted(line);
    return /^\s*curl: \(\d+\) \S/.test(text) || CONNECTED.test(text) || TRYING.test(text);
  },
  open: (sink, section) => new Reader(sink, section),
};
