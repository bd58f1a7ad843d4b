import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { outcomeOf } from './probe-outcome.js';
import { isInterrupt, ProbeRun } from './probe-run.js';
import { readUrl } from './probe-target.js';

const START = /^--\d{4}-\d\d-\d\d \d\d:\d\d:\d\d--(?: +\(try: *(\d+)\))? +(\S+)$/;
/** `Connecting to web (web)|10.0.0.1|:80... connected.`, BusyBox `Connecting to web (10.0.0.1:80)`. */
const CONNECTING = /^Connecting to (\S+?)(?: \(\S+\))?(?:\|([0-9a-fA-F.:]+)\|)?(?::(\d+))?\.\.\. ?(.*)$/;
const BUSYBOX = /^Connecting to (\S+) \(\[?([0-9a-fA-F.:]+?)\]?:(\d+)\)$/;
const ERROR = /^wget: (.+)$/;
const REST =
  /^(?:Resolving \S+|Reusing existing connection|Length: |Saving to: |saving to |Retrying\.|Giving up\.|Location: |Spider mode|Remote file|WARNING: |To connect to |HTTP request sent|\s+\d+K |\S+\s+\d+%|\S+\s+100% ?\||'?\S+ saved|writing to stdout|remote file exists|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d )/;

class Reader implements LineReader {
  readonly #run: ProbeRun;
  #tries = 0;

  constructor(
    sink: Sink,
    private readonly section: Section,
  ) {
    this.#run = new ProbeRun('wget', sink, section);
  }

  line(at: Line): boolean {
    const text = asPrinted(at.text).trimEnd();
    if (text.trim() === '') return true;
    const run = this.#run;
    const start = START.exec(text);
    if (start !== null) {
      this.#tries++;
      run.sent = this.#tries;
      const url = readUrl(start[2]!);
      run.names(url?.target ?? start[2]!, url?.address, url?.port);
      return true;
    }
    const busybox = BUSYBOX.exec(text);
    if (busybox !== null) {
      run.names(busybox[1]!, busybox[2], Number(busybox[3]));
      return true;
    }
    const connecting = CONNECTING.exec(text);
    if (connecting !== null) {
      run.names(
        connecting[1]!,
        connecting[2] ?? connecting[1],
        connecting[3] === undefined ? undefined : Number(connecting[3]),
      );
      if (connecting[4]!.startsWith('^C')) run.interrupt(at);
      const failed = /^failed: (.*)$/.exec(connecting[4]!);
      if (failed !== null) run.decide(outcomeOf(failed[1]!) ?? 'error', at);
      return true;
    }
    // A status of any kind is an answer.
    if (/^HTTP request sent, awaiting response\.\.\. +\d{3}\b/.test(text)) run.decide('ok', at);
    else if (/^HTTP request sent, awaiting response\.\.\. +\S/.test(text)) run.decide(outcomeOf(text) ?? 'partial', at);
    const error = ERROR.exec(text);
    if (error !== null) {
      const answered = /server returned error: HTTP/.test(text);
      const named = /^can't connect to remote host \(([0-9a-fA-F.:]+)\)/.exec(error[1]!);
      if (named !== null) run.names(named[1]!, named[1]);
      run.decide(answered ? 'ok' : (outcomeOf(error[1]!) ?? 'error'), at);
      return true;
    }
    if (isInterrupt(at.text)) {
      run.interrupt(at);
      return true;
    }
    if (REST.test(text) || /saved \[\d+/.test(text) || /^Resolving /.test(text)) {
      if (/(?:saved \[|100% ?\||remote file exists)/i.test(text)) run.suggest('ok', at);
      return true;
    }
    // -O- prints the body.
    if (!/\s-\w*O ?-/.test(this.section.command ?? '')) return false;
    run.suggest('ok', at);
    return true;
  }

  end(): void {
    this.#run.emit();
  }
}

/** GNU wget (http.c, connect.c) and BusyBox wget. */
export const wget: Parser = {
  id: 'wget',
  title: 'wget transcript',
  command: /^wget\b/,
  starts: (line) => {
    const text = asPrinted(line).trimEnd();
    return (
      START.test(text) ||
      BUSYBOX.test(text) ||
      /^wget: (?:can't connect|bad address|download timed out|server returned error|unable to resolve)/.test(text)
    );
  },
  open: (sink, section) => new Reader(sink, section),
};
