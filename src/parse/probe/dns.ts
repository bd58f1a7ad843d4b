import { canonicalAddress } from '../../core/address.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { type Outcome, outcomeOf } from './probe-outcome.js';
import { isInterrupt, ProbeRun } from './probe-run.js';
import { probeWords } from './probe-target.js';

const SERVER = /^Server:\s+(\S+)$/;
const ADDRESS = /^Address(?: \d+)?:\s+(\[?[0-9a-fA-F.:]+?\]?)(?:[#:](\d+))?(?:\s+\S+)?$/;
const DIG = /^; <<>> DiG \S+ <<>> ?(.*)$/;
const DIG_STATUS = /^;; ->>HEADER<<- opcode: \w+, status: (\w+), id: \d+/;
const DIG_SERVER = /^;; SERVER: (\S+?)#(\d+)/;
const HOST_ANSWER =
  /^(\S+) (?:has (?:IPv6 )?address|is an alias for|mail is handled by|domain name pointer|has no \S+ record) ?(.*)$/;
const HOST_FAILED = /^Host (\S+?) not found: \d+\((\w+)\)/;
const NSLOOKUP_FAILED = /^\*\* server can't find (\S+?): (\w+)/;
/** BusyBox before 1.29. */
const OLD_FAILED = /^nslookup: can't resolve '([^']+)'(?:: (.*))?$/;
const SILENCE =
  /^(?:;; )?(?:connection timed out; )?no servers could be reached|^;; (?:communications|Connection|connection) (?:error )?to (\S+?)#\d+(?:\([^)]*\))?(?: for \S+ failed)?: (.*)\.?$/;
const REST =
  /^(?:;|Trying "|Received \d+ bytes from |Authoritative answers can be found|Non-authoritative answer:|Name:|Address(?:es)?(?: \d+)?:|Aliases:|Using domain server:|\*\*\* |Got \w+ reply|\S+\s+canonical name = |\S+\s+(?:\d+\s+)?IN\s|command terminated with exit code|Server:)/;

/** A record alone: of `dig +noall +answer`, and of nslookup asked for another type than an address. */
const RECORD = /^(\S+)\s+(?:\d+\s+IN\s+[A-Z]+\s|(?:name|text|nameserver|mail exchanger|service) = )/;
/** `nslookup -debug`, before the answer. */
const DEBUG =
  /^(?:-{12}|(?:QUESTIONS|ANSWERS|AUTHORITY RECORDS|ADDITIONAL RECORDS):|-> {2}\S+|\S+, type = \w+, class = \w+|(?:internet address|has AAAA address|canonical name|name|ttl|origin|mail addr|serial|refresh|retry|expire|minimum)(?: =)? \S+)$/;

/** `time`: bash and BusyBox write minutes, POSIX (`time -p`) only seconds. */
const REAL = /^real\s+(?:(\d+)m ?)?(\d+)[.,](\d{2,3})s?$/;
const TIMES = /^(?:user|sys)\s+(?:\d+m ?)?\d+[.,]\d+s?$/;
/** Lookups in a loop: `for i in 1 2 3; do time nslookup NAME >/dev/null; done`. */
const LOOP = /^for\s[^;]*;\s*do\s+(?:time\s+)?((?:nslookup|dig|host)\s[^;]*)/;
/** The shortest time that a resolver waits before it asks again. */
const TIME_OUT_MS = 4900;

class Reader implements LineReader {
  readonly #run: ProbeRun;
  readonly #short: boolean;
  /** The next address line is the server's. */
  #server = false;

  constructor(sink: Sink, section: Section) {
    const command =
      LOOP.exec(section.command ?? '')?.[1]
        ?.replace(/[\d&]*>.*$/, '')
        .trim() ?? section.command;
    const words = command === undefined ? undefined : probeWords(command);
    this.#short = /^dig\b.*\+short/.test(command ?? '');
    this.#run = new ProbeRun(words?.tool ?? 'nslookup', sink, { path: section.path, heading: section.heading });
    this.#run.port = 53;
    if (command !== undefined && words !== undefined) this.#asked(command, words.words);
  }

  /** `dig [@server] name [type]`, `nslookup name [server]`, `host name [server]`. */
  #asked(command: string, words: readonly string[]): void {
    const reverse = /^dig\b.*? -x ?(\S+)/.exec(command)?.[1];
    const at = words.find((word) => word.startsWith('@'))?.slice(1);
    const names = words.filter(
      (word) => !/^[@+]/.test(word) && !/^(?:A|AAAA|ANY|MX|NS|PTR|SOA|SRV|TXT|CNAME|IN)$/i.test(word),
    );
    const server = at ?? (reverse === undefined ? names[1] : undefined);
    this.#run.target = reverse ?? names[0];
    this.#run.address = server === undefined ? undefined : canonicalAddress(server);
  }

  line(at: Line): boolean {
    const text = asPrinted(at.text).trim();
    if (text === '') return true;
    const run = this.#run;
    let m = SERVER.exec(text);
    if (m !== null) {
      this.#server = true;
      run.address = canonicalAddress(m[1]!) ?? run.address;
      return true;
    }
    if (text === 'Using domain server:') {
      this.#server = true;
      return true;
    }
    m = ADDRESS.exec(text);
    if (m !== null) {
      if (this.#server) run.address = canonicalAddress(m[1]!.replace(/[[\]]/g, '')) ?? run.address;
      else run.suggest('ok', at);
      this.#server = false;
      return true;
    }
    m = /^Name:\s+(\S+)$/.exec(text);
    if (m !== null) {
      // The server's own block, of host.
      if (this.#server) return true;
      run.names(m[1]!);
      run.suggest('ok', at);
      return true;
    }
    const real = REAL.exec(text);
    if (real !== null) {
      const [, minutes = '0', seconds, part] = real;
      this.#took((Number(minutes) * 60 + Number(`${seconds}.${part}`)) * 1000, at);
      return true;
    }
    if (TIMES.test(text)) return true;
    return this.#failure(text, at) || this.#dig(text, at) || this.#other(text, at);
  }

  end(): void {
    this.#run.emit();
  }

  /** The end of a lookup. Where its output went elsewhere, only a long one tells something: not every query was answered. */
  #took(millis: number, at: Line): void {
    if (millis >= TIME_OUT_MS) this.#run.suggest('partial', at);
    this.#run.millis = Math.round(millis);
    this.#run.emit();
    this.#run.millis = undefined;
  }

  #failure(text: string, at: Line): boolean {
    const run = this.#run;
    let m = NSLOOKUP_FAILED.exec(text) ?? HOST_FAILED.exec(text);
    if (m !== null) {
      run.names(m[1]!);
      run.suggest(this.#status(m[2]!), at);
      return true;
    }
    m = OLD_FAILED.exec(text);
    if (m !== null) {
      run.names(m[1]!);
      run.suggest('dns-failure', at);
      return true;
    }
    m = SILENCE.exec(text);
    if (m !== null) {
      if (m[1] !== undefined) run.address = canonicalAddress(m[1]) ?? run.address;
      const outcome = outcomeOf(m[2] ?? 'timed out') ?? 'error';
      run.suggest(outcome, at);
      // Over UDP a refusal is an ICMP error; BIND's tools name a TCP connection otherwise.
      if (outcome === 'refused' && text.startsWith(';; communications')) run.reported('port unreachable', m[1]);
      return true;
    }
    if (/^(?:nslookup|dig|host): (?:couldn't|can't|bad|socket|(?:write to|read from) ')/.test(text)) {
      run.suggest(outcomeOf(text) ?? 'error', at);
      return true;
    }
    return false;
  }

  #dig(text: string, at: Line): boolean {
    const run = this.#run;
    const dig = DIG.exec(text);
    if (dig !== null) {
      run.tool = 'dig';
      if (run.target === undefined) {
        const command = `dig ${dig[1]!}`;
        this.#asked(command, probeWords(command).words);
      }
      return true;
    }
    const status = DIG_STATUS.exec(text);
    if (status !== null) run.decide(this.#status(status[1]!), at);
    const server = DIG_SERVER.exec(text);
    if (server !== null) {
      run.address = canonicalAddress(server[1]!) ?? run.address;
      run.port = Number(server[2]);
    }
    return status !== null || server !== null;
  }

  #other(text: string, at: Line): boolean {
    const run = this.#run;
    const answer = HOST_ANSWER.exec(text);
    if (answer !== null) {
      run.names(answer[1]!);
      run.suggest('ok', at);
      return true;
    }
    if (isInterrupt(at.text)) {
      run.interrupt(at);
      return true;
    }
    if (this.#short && (canonicalAddress(text) !== undefined || /^[\w.-]+\.$/.test(text))) {
      run.suggest('ok', at);
      return true;
    }
    const record = RECORD.exec(text);
    if (record !== null) {
      run.names(record[1]!);
      run.suggest('ok', at);
      return true;
    }
    return REST.test(text) || DEBUG.test(text);
  }

  /** Any status is an answer of the server; SERVFAIL and REFUSED are answers that help nobody. */
  #status(status: string): Outcome {
    return status === 'NOERROR' || status === 'NXDOMAIN' ? 'ok' : 'dns-failure';
  }
}

/**
 * nslookup (BIND, BusyBox), dig and host. `address` is the server asked. NXDOMAIN is `ok`: the server was reached and
 * said no; `detail` holds the words.
 */
export const dns: Parser = {
  id: 'dns',
  title: 'nslookup, dig and host transcripts',
  command: /^(?:nslookup|dig|host)\s|^for\s[^;]*;\s*do\s+(?:time\s+)?(?:nslookup|dig|host)\s/,
  starts: (line) => {
    const text = asPrinted(line).trim();
    return (
      DIG.test(text) ||
      NSLOOKUP_FAILED.test(text) ||
      HOST_FAILED.test(text) ||
      OLD_FAILED.test(text) ||
      /^;; connection timed out; no servers/.test(text) ||
      /^;; communications error to \S+#53/.test(text) ||
      /^Server:\s+[0-9a-fA-F.:]+$/.test(text)
    );
  },
  open: (sink, section) => new Reader(sink, section),
};
