import type { Line, Sink } from '../../core/sink.js';
import { readPort } from '../packet/port-name.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { outcomeOf } from './probe-outcome.js';
import { isInterrupt, ProbeRun } from './probe-run.js';

const OPENBSD = /^nc: connect to (\S+)(?: \((\S+)\))? port (\S+) \((tcp|udp)\) (?:failed|timed out): (.*)$/;
const OPENBSD_OK = /^Connection to (\S+)(?: \((\S+)\))? (\d+) port \[(tcp|udp)\/[^\]]*\] succeeded!/;
const NCAT = /^(?:Ncat|nc): (.*)$/;
const NCAT_OK = /^Ncat: Connected to (\S+):(\d+)\.$/;
/** Traditional netcat and BusyBox: `(UNKNOWN) [10.0.0.1] 80 (http) : Connection refused`, `10.0.0.1 (10.0.0.1:80) open`. */
const TRADITIONAL = /^(\S+) \[([0-9a-fA-F.:]+)\] (\d+) \(\S+\) (?:: (.*)|open)$/;
const BUSYBOX = /^(\S+) \(([0-9a-fA-F.:]+?):(\d+)\) open$/;
const TRYING = /^Trying ([0-9a-fA-F.:]+?)\.\.\.\s*$/;
const CONNECTED = /^Connected to (\S+?)\.?$/;
/** inetutils telnet, of Debian 12 and later. */
const TELNET_NO_NAME = /^Server lookup failure: +(\S+?)(?::(\w+))?, (.*)$/;
const TELNET = /^telnet: (.*)$/;
const BASH = /^(?:\S*bash|sh): (?:line \d+: )?(?:connect: (.*)|\/dev\/(tcp|udp)\/([^/\s]+)\/(\w+): (.*))$/;
const REST =
  /^(?:Escape character is|\S+: inverse host lookup failed|Connection closed by foreign host|Ncat: Version|Ncat: \d+ bytes|Ncat: UDP packet sent|Entering (?:character|line) mode|command terminated with exit code|telnet> )/;

class Reader implements LineReader {
  readonly #run: ProbeRun;
  #connected = false;
  #udp: boolean;

  constructor(
    sink: Sink,
    private readonly section: Section,
  ) {
    const command = section.command ?? '';
    this.#udp = /^n\w+\s.*-\w*u/.test(command);
    this.#run = new ProbeRun(/^telnet/.test(command) ? 'telnet' : 'nc', sink, section);
  }

  line(at: Line): boolean {
    const text = asPrinted(at.text).trim();
    if (text === '') return true;
    const run = this.#run;
    let m = OPENBSD.exec(text);
    if (m !== null) {
      this.#port(readPort(m[3]!));
      run.names(m[1]!, m[2] ?? m[1], readPort(m[3]!));
      run.decide(text.includes('timed out') ? 'timeout' : (outcomeOf(m[5]!) ?? 'error'), at);
      return true;
    }
    m = OPENBSD_OK.exec(text);
    if (m !== null) {
      this.#port(Number(m[3]));
      run.names(m[1]!, m[2] ?? m[1], Number(m[3]));
      // Over UDP "succeeded" only means that no ICMP error came back in time.
      run.decide('ok', at, m[4] === 'udp' ? 'udp: no error came back, which proves nothing' : undefined);
      return true;
    }
    m = TRADITIONAL.exec(text) ?? BUSYBOX.exec(text);
    if (m !== null) {
      run.names(m[1]!, m[2], Number(m[3]));
      run.decide(m[4] === undefined ? 'ok' : (outcomeOf(m[4]) ?? 'error'), at);
      return true;
    }
    m = NCAT_OK.exec(text);
    if (m !== null) {
      run.names(m[1]!, m[1], Number(m[2]));
      run.decide('ok', at, this.#udp ? 'udp: no error came back, which proves nothing' : undefined);
      return true;
    }
    if (REST.test(text)) return true;
    m = TRYING.exec(text);
    if (m !== null) {
      run.tool = 'telnet';
      run.names(m[1]!, m[1]);
      return true;
    }
    m = CONNECTED.exec(text);
    if (m !== null) {
      this.#connected = true;
      run.names(m[1]!, m[1]);
      run.decide('ok', at);
      return true;
    }
    m = BASH.exec(text);
    if (m !== null) {
      if (m[3] !== undefined) run.names(m[3], m[3], readPort(m[4]!));
      run.decide(outcomeOf(m[1] ?? m[5]!) ?? 'error', at);
      return true;
    }
    m = TELNET_NO_NAME.exec(text);
    if (m !== null) {
      run.tool = 'telnet';
      run.names(m[1]!, undefined, m[2] === undefined ? undefined : readPort(m[2]));
      run.decide('dns-failure', at);
      return true;
    }
    m = TELNET.exec(text) ?? NCAT.exec(text);
    if (m !== null) {
      if (text.startsWith('telnet')) run.tool = 'telnet';
      const named = /(?:address|remote host) \(?([0-9a-fA-F.:]+?)\)?:? /.exec(m[1]!);
      if (named !== null) run.names(named[1]!, named[1]);
      run.decide(outcomeOf(m[1]!) ?? 'error', at);
      return true;
    }
    if (isInterrupt(at.text) || text === '^]') {
      run.interrupt(at);
      return true;
    }
    // What the server says, once connected by a known command.
    return this.#connected && this.section.command !== undefined && !/[\u3000-\u9fff]/.test(text);
  }

  /** One run over a range of ports (`nc -zv HOST 80-82`) is one row per port. */
  #port(port: number): void {
    if (this.#run.decided !== undefined && this.#run.port !== port) this.#run.emit();
  }

  end(): void {
    this.#run.emit();
  }
}

/** netcat (OpenBSD, Ncat, traditional, BusyBox), telnet, and bash's /dev/tcp. */
export const nc: Parser = {
  id: 'nc',
  title: 'nc and telnet transcripts',
  command: /^(?:nc|ncat|netcat|nc\.openbsd|telnet)\b/,
  starts: (line) => {
    const text = asPrinted(line).trim();
    return (
      OPENBSD.test(text) ||
      OPENBSD_OK.test(text) ||
      NCAT_OK.test(text) ||
      /^Ncat: (?:Connection|No route|TIMEOUT|Network|Could not resolve)/.test(text) ||
      TRADITIONAL.test(text) ||
      TRYING.test(text) ||
      TELNET_NO_NAME.test(text) ||
      /^telnet: (?:Unable to|connect to|can't connect)|^nc: (?:can't connect to remote host|bad address)/.test(text) ||
      BASH.test(text)
    );
  },
  open: (sink, section) => new Reader(sink, section),
};
