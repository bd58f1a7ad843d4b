import { canonicalAddress } from '../../core/address.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { type Outcome, outcomeOf } from './probe-outcome.js';
import { isInterrupt, ProbeRun } from './probe-run.js';
import { flaggedError } from './reported-error.js';

const HEADER = /^trace(?:route|path)6? to (\S+) \(([0-9a-fA-F.:%\w]+)\)(?: from [^,]+)?, \d+ hops max/;
const HOP = /^(\d{1,3}) {1,2}(\S.*)$/;
const TRACEPATH = /^(\d{1,3})\??: +(\S.*)$/;
const MTR_HEADER = /^HOST: \S+ +Loss% +Snt/;
const MTR = /^(\d{1,3})\.(?:\||\s)(?:--|\s) ?(\S+(?: \([^)]*\))?) +([\d.]+)%? +(\d+)/;
/** `mtr -z`: `  3. AS64500  10.244.2.5  0.0%  3 …`. */
const MTR_AS = /^(\d{1,3})\. AS\S+ +(\S+(?: \([^)]*\))?) +([\d.]+)%? +(\d+)/;
/** `mtr --csv`: version, start, status, target, hop, address, loss, sent, … */
const MTR_CSV = /^MTR\.[^,]*,\d+,[^,]*,([^,]+),\d+,([^,]+),([\d.]+),\d+,/;
const MTR_MORE = /^\|? +[`|+][|-]*-?-? ?\S+/;
/** `!H`, `!X` of Linux; `!A` (prohibited) and others of BusyBox and BSD. */
const FLAG = / (![HNPXSFACUTZ\d][\w-]*)/;
const REST = /^(?:Start: |Keys: |Mtr_Version,|Resume: |Too many hops|command terminated with exit code)/;

class Reader implements LineReader {
  readonly #run: ProbeRun;
  readonly #hops: { readonly at: Line; readonly answered: boolean; readonly name?: string | undefined }[] = [];
  readonly #path: string[] = [];

  constructor(sink: Sink, section: Section) {
    const tool = /^(?:mtr|tracepath)/.exec(section.command ?? '')?.[0] ?? 'traceroute';
    this.#run = new ProbeRun(tool, sink, section);
  }

  line(at: Line): boolean {
    const text = asPrinted(at.text).trim();
    if (text === '' || REST.test(text) || MTR_HEADER.test(text)) return true;
    const header = HEADER.exec(text);
    if (header !== null) {
      if (this.#hops.length > 0) return false;
      this.#run.names(header[1]!, header[2]);
      return true;
    }
    const mtr = MTR.exec(text) ?? MTR_AS.exec(text);
    if (mtr !== null) return this.#hop(at, mtr[2]!, Number(mtr[3]) >= 100);
    const csv = MTR_CSV.exec(text);
    if (csv !== null) {
      this.#run.tool = 'mtr';
      this.#run.names(csv[1]!, csv[1]);
      return this.#hop(at, csv[2]!, Number(csv[3]) >= 100);
    }
    const tracepath = TRACEPATH.exec(text);
    if (tracepath !== null) {
      if (/\[LOCALHOST\]/.test(text)) return true;
      if (/\breached\b/.test(text)) this.#run.decide('ok', at);
      return this.#hop(at, tracepath[2]!, /^no reply/.test(tracepath[2]!));
    }
    const hop = HOP.exec(text);
    if (hop !== null && /^(?:\* ?)+$|\bms\b|^\*/.test(hop[2]!))
      return this.#hop(at, hop[2]!, /^(?:\* ?)+$/.test(hop[2]!));
    if (isInterrupt(at.text)) return true;
    const error = /^(?:connect|trace(?:route|path)6?|send(?:to|msg)|bind|mtr): (.*)$/.exec(text);
    if (error !== null) {
      this.#run.decide(outcomeOf(error[1]!) ?? 'error', at);
      return true;
    }
    return this.#hops.length > 0 && MTR_MORE.test(text);
  }

  end(): void {
    const run = this.#run;
    const last = this.#hops.at(-1);
    if (last !== undefined) {
      run.path = this.#path.length > 0 ? this.#path : undefined;
      const answered = this.#hops.findLast((hop) => hop.answered);
      if (run.decided === undefined) {
        if (run.address !== undefined && this.#path.at(-1) === run.address && last.answered) run.decide('ok', last.at);
        else if (last.name !== undefined) {
          // Whose name it is, only the target's own name tells; mtr cuts long names unless -w.
          const target = run.target?.replace(/\.$/, '');
          if (
            target !== undefined &&
            (`${last.name}.`.startsWith(`${target}.`) || (last.name.length >= 20 && target.startsWith(last.name)))
          )
            run.decide('ok', last.at);
        }
        // The last router that answered is where the trace was lost.
        else run.decide('timeout', (answered ?? last).at);
      }
    }
    run.emit();
  }

  /** `host (addr)  t ms …`, `addr  t ms`, `* * *`; a flag after a time is an ICMP error from that router. */
  #hop(at: Line, text: string, silent: boolean): boolean {
    const addresses = text
      .split(/[\s()]+/)
      .map((word) => canonicalAddress(word))
      .filter((word) => word !== undefined);
    const answered = !silent && addresses.length > 0;
    // By mtr without -n or -b: a name stands alone.
    const name = !silent && addresses.length === 0 && /^[A-Za-z][\w.-]*$/.test(text) ? text : undefined;
    this.#hops.push({ at, answered, name });
    for (const address of answered ? addresses : []) if (this.#path.at(-1) !== address) this.#path.push(address);
    const flag = FLAG.exec(text);
    if (flag !== null) {
      this.#run.suggest(this.#flagged(flag[1]!), at);
      // Several routers may share a line: the flag is of the last one before it.
      const before = text.slice(0, flag.index).split(/[\s()]+/);
      this.#run.reported(
        flaggedError(flag[1]!.slice(1)),
        before.findLast((word) => canonicalAddress(word) !== undefined),
      );
    }
    return true;
  }

  #flagged(flag: string): Outcome {
    return flag.startsWith('!F') ? 'error' : 'unreachable';
  }
}

/** traceroute (Linux, BusyBox), tracepath and mtr --report: one `probe` row with the routers that answered. */
export const traceroute: Parser = {
  id: 'traceroute',
  title: 'traceroute, tracepath and mtr transcripts',
  command: /^(?:traceroute6?|tracepath6?|tcptraceroute|mtr)\b/,
  starts: (line) => {
    const text = asPrinted(line).trim();
    return HEADER.test(text) || MTR_HEADER.test(text) || /^Mtr_Version,/.test(text) || /^1\?: \[LOCALHOST\]/.test(text);
  },
  open: (sink, section) => new Reader(sink, section),
};
