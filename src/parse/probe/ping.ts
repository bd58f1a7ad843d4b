import { familyOf } from '../../core/address.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { outcomeOf } from './probe-outcome.js';
import { isInterrupt, ProbeRun } from './probe-run.js';
import { reportedError } from './reported-error.js';

const HEADER =
  /^PING (\S+?) ?\(([0-9a-fA-F.:%\w]+)\)(?:[ :]+from (\S+)(?: (\S+?))?:)?:? ?(\d+)(?:(?:\(\d+\))? (?:data )?bytes|\(\d+\)[ \p{L}])/u;
const REPLY = /^\d+ bytes from .*\b(?:icmp_)?seq=\d+/;
const ERROR =
  /^From (\S+?):?(?: \([^)]*\))?:? (?:icmp_)?seq[= ]\d+ (.+)$|^\d+ bytes from (\S+?): (Destination .*|Time to live exceeded.*|Redirect.*)$/;
const LOCAL = /^(?:\S*ping6?|connect): (.+)$/;
/** The head of the summary, in which the target stands once more: all that is left where only the end was pasted. */
const TOTALS = /^--- (\S+) ping statistics ---$/;
const SUMMARY = /^(\d+) packets? transmitted, (\d+) (?:packets? )?received\b/;
/**
 * The same in the language of whoever typed it (po/*.po of iputils): what stays is the order of the numbers, and
 * `icmp_seq=… ttl=…`. An answer without a TTL is an error that somebody sent.
 */
const FOREIGN_REPLY = /^\d+ ?\p{L}.*\bicmp_seq=\d+ ttl=\d+/u;
const FOREIGN_ERROR = /^\p{L}+ ([0-9a-fA-F.:]*[.:][0-9a-fA-F.:]*?):? icmp_seq=\d+ \p{L}/u;
const FOREIGN_SUMMARY =
  /^(?:\D{2,30} )?(\d+)[^\d,\uff0c]*[,\uff0c]\D*?(\d+)\D.*?(?<!\d)(\d+(?:[.,]\d+)?)[ \u00a0\u202f]?%/u;
/** Lines of ping are short; looking for numbers in endless ones takes the square of their length. */
const LONGEST = 300;
const FOREIGN_REST = /^--- \S+ \S.* ---$/;
const REST =
  /^(?:rtt|round-trip) min\/avg|^pipe \d+$|^no answer yet for|^Request timeout for icmp_seq|^\d+ packets? transmitted|^\.+$|^command terminated with exit code/;

/** A target that is an address, with its zone or without. */
const addressIn = (target: string): string | undefined =>
  familyOf(target.replace(/%.*$/, '')) === undefined ? undefined : target;

class Reader implements LineReader {
  #run: ProbeRun;
  #replies = 0;
  #ended = false;
  #named = false;

  constructor(
    private readonly sink: Sink,
    private readonly section: Section,
  ) {
    this.#run = new ProbeRun('ping', sink, section);
  }

  line(at: Line): boolean {
    const text = asPrinted(at.text).trim();
    if (text === '') return true;
    const run = this.#run;
    const header = HEADER.exec(text);
    if (header !== null) {
      if (this.#ended || this.#replies > 0) this.#next();
      this.#named = true;
      this.#run.names(header[1]!, header[2]);
      if (header[3] !== undefined) this.#run.source = header[3];
      this.#run.size = Number(header[5]);
      return true;
    }
    const totals = TOTALS.exec(text);
    if (totals !== null) {
      if (this.#ended) this.#next();
      // The head names the address better than the summary does.
      if (!this.#named) this.#run.names(totals[1]!, addressIn(totals[1]!));
      return true;
    }
    const summary = SUMMARY.exec(text);
    if (summary !== null) {
      this.#ended = true;
      run.sent = Number(summary[1]);
      run.received = Number(summary[2]);
      if (run.received > 0) run.decide(run.received < run.sent ? 'partial' : 'ok', at);
      // An error said why; silence has only its count.
      else run.suggest('timeout', at);
      return true;
    }
    if (REPLY.test(text)) {
      this.#replies++;
      run.received = this.#replies;
      run.suggest('ok', at);
      return true;
    }
    const sent = ERROR.exec(text);
    const error = sent ?? LOCAL.exec(text);
    if (error !== null) {
      const words = error[2] ?? error[4] ?? error[1]!;
      // A redirect or warning is no failure.
      if (!/^(?:Redirect|Warning|warning)/.test(words)) run.suggest(outcomeOf(words) ?? 'error', at);
      if (sent !== null) run.reported(reportedError(words), sent[1] ?? sent[3]);
      return true;
    }
    if (this.#named && text.length < LONGEST && this.#foreign(text, at)) return true;
    if (isInterrupt(at.text)) {
      // ping prints its summary after ^C; without one the paste ends here.
      if (text === '^C') return true;
      return this.line({ ...at, text: text.slice(2) });
    }
    return REST.test(text) || /^(?:64|\d+) bytes from /.test(text);
  }

  end(): void {
    this.#run.emit();
  }

  #foreign(text: string, at: Line): boolean {
    const run = this.#run;
    if (FOREIGN_REPLY.test(text)) {
      this.#replies++;
      run.received = this.#replies;
      run.suggest('ok', at);
      return true;
    }
    const error = FOREIGN_ERROR.exec(text);
    if (error !== null) {
      run.suggest('unreachable', at);
      return true;
    }
    const summary = this.#ended ? null : FOREIGN_SUMMARY.exec(text);
    if (summary === null) return FOREIGN_REST.test(text);
    const [sent, received, lost] = [Number(summary[1]), Number(summary[2]), Number(summary[3]!.replace(',', '.'))];
    // The numbers vouch for each other: a line about something else does not add up.
    if (received > sent || Math.abs((1 - received / sent) * 100 - lost) > 1) return false;
    this.#ended = true;
    run.sent = sent;
    run.received = received;
    if (received > 0) run.decide(received < sent ? 'partial' : 'ok', at);
    else run.suggest('timeout', at);
    return true;
  }

  #next(): void {
    this.#run.emit();
    this.#run = new ProbeRun('ping', this.sink, { path: this.section.path });
    this.#replies = 0;
    this.#ended = false;
    this.#named = false;
  }
}

/** ping of iputils (ping_common.c, ping.c), BusyBox and BSD: one `probe` row per run. */
export const ping: Parser = {
  id: 'ping',
  title: 'ping transcript',
  command: /^ping6?\b/,
  starts: (line) => {
    const text = asPrinted(line).trim();
    return (
      HEADER.test(text) ||
      TOTALS.test(text) ||
      /^ping6?: (?:connect|sendmsg|socket|unknown host|bad address|local error|\S+: (?:Name or service|Temporary failure))/.test(
        text,
      )
    );
  },
  open: (sink, section) => new Reader(sink, section),
};
