import { Frame, Stop } from '../../core/frame.js';
import type { Line, Sink } from '../../core/sink.js';
import type { Direction } from '../../core/tap.js';
import type { TimeKind } from '../../core/time.js';
import { wordTable } from '../../core/word-table.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { TapNumbers } from '../tap-numbers.js';
import { TcpSequences } from './tcp-sequence.js';
import { readTcpdumpCommand } from './tcpdump-command.js';
import { type Rest, TcpdumpPacket } from './tcpdump-packet.js';
import { readTcpdumpTime } from './tcpdump-time.js';

const LISTENING =
  /^[\s>]*(?:tcpdump: )?(listening on|reading from file) (\S+), link-type (\S+)(?: \([^)]*\))?(?:, (?:capture size|snapshot length) (\d+)(?: bytes)?)?/;
const COUNTER = /^[\s>]*(?:\^C)?(\d+) packets? (captured|received by filter|dropped by kernel|dropped by interface)\b/;
const NOISE =
  /^[\s>]*(?:\^C)?(?:tcpdump: |dropped privs to |Warning: interface names might|\^C$|Got \d+$|\.{2,}$|\u2026+$)/;
const HEX = /^[\s>]*0x[0-9a-f]{4,8}: /;
const DIRECTED = /^(\S{1,16}) +(In|Out|B|M|P) +/;
const UNNAMED = /^(In|Out|B|M|P) +(?=ifindex |[0-9a-f]{2}:)/;
const DIRECTIONS = wordTable<Direction>({ In: 'in', B: 'in', M: 'in', Out: 'out', P: 'other-host' });
/** What a packet's text begins with after time, interface and direction. */
const PACKET =
  /^(?:IP6? +(?:\S+ > \S+|\((?:tos|hlim|class|flowlabel) |truncated-ip| ?\[\|)|ip: (?:\S+ > \S+|\((?:tos|hlim|class|flowlabel) )|(?:ARP|RARP), |arp (?:who-has|reply) |(?:ifindex \d+ )?(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2} | *\[\|(?:ip6?|ether|arp)\])/;
/** The same where there is no time stamp (-t): only what tcpdump alone writes. */
const BARE =
  /^[\s>]*(?:IP6? (?=\S+?\.\S)\S+ > \S+: (?:Flags \[|UDP, |OTV, flags|VXLAN, flags|Geneve, Flags)|IP6? \S+ > \S+: (?:ICMP6?[, ]|GREv0[, ]|ESP\(|IP6? \S+ > )|IP \((?:tos) 0x|IP6 \((?:flowlabel|class|hlim) |ARP, (?:Request who-has|Reply \S+ is-at|Ethernet \(len))/;
const LINK_TYPES = wordTable<number>({
  NULL: 0,
  EN10MB: 1,
  RAW: 101,
  LOOP: 108,
  LINUX_SLL: 113,
  IPV4: 228,
  IPV6: 229,
  LINUX_SLL2: 276,
});

function starts(line: string): boolean {
  const time = readTcpdumpTime(line);
  if (time === undefined) return LISTENING.test(line) || /^[\s>]*tcpdump: /.test(line) || BARE.test(line);
  return PACKET.test(time.rest.replace(DIRECTED, '').replace(UNNAMED, ''));
}

class Reader implements LineReader {
  readonly #frame = new Frame();
  readonly #quoted = new Frame();
  readonly #packet: TcpdumpPacket;
  readonly #quotedPacket: TcpdumpPacket;
  #sequences = new TcpSequences();
  readonly #taps = new TapNumbers();
  readonly #command;
  /** Line to cite for the packet under way; undefined when there is none. */
  #at: Line | undefined;
  #tap = 0;
  #rest: Rest = 'done';
  /** True while the lines beneath describe a quoted packet. */
  #quoting: Rest = 'done';
  /** Text of a record whose line was cut by a terminal or a PDF and may go on in the next one. */
  #wrapped: string | undefined;
  #relative: boolean | undefined;
  #elapsed = 0n;
  #records = 0;
  #verbose = false;
  #ascii: boolean;
  /** Line of the last packet, beneath which -A prints its bytes. */
  #last = 0;
  /** Records have no time stamp (-t). */
  #timeless = false;
  #ifname: string | undefined;
  #linkType: number | undefined;
  #snapLength: number | undefined;
  #counted: number | undefined;
  #drops: number | undefined;
  #facts = false;

  constructor(
    private readonly sink: Sink,
    private readonly section: Section,
  ) {
    this.#packet = new TcpdumpPacket(this.#frame, sink.addresses);
    this.#quotedPacket = new TcpdumpPacket(this.#quoted, sink.addresses);
    this.#command = readTcpdumpCommand(section.command);
    this.#ifname = this.#command?.ifname;
    this.#snapLength = this.#command?.snapLength;
    this.#facts = this.#command !== undefined;
    this.#ascii = this.#command?.ascii ?? false;
  }

  line(at: Line): boolean {
    const text = at.text;
    if (text.trim() === '' || HEX.test(text)) return true;
    if (this.#header(text)) return true;
    const time = readTcpdumpTime(text);
    if (time !== undefined) return this.#record(at, time);
    if (this.#at !== undefined && this.#continues(at)) return true;
    if (BARE.test(text) || (this.#timeless && PACKET.test(text))) {
      this.#timeless = true;
      this.#begin(at, 'none', -1, 0);
      return this.#take(this.#packet.link(text.replace(/^[\s>]+/, '')));
    }
    if (NOISE.test(text)) return true;
    if (this.#at === undefined && this.#records === 0) return false;
    // -v decodes payloads on indented lines; -A prints them raw, from the IP header's first byte (E) on.
    if (this.#verbose && /^(?:\t| {4})/.test(text)) return true;
    if (this.#last === at.number - 1 && /^(?:E\S{0,3}\.|`)\S*$/.test(text)) this.#ascii = true;
    return this.#ascii;
  }

  end(): void {
    this.#flush();
    this.#capture();
  }

  #header(text: string): boolean {
    const listening = LISTENING.exec(text);
    if (listening !== null) {
      // Another run in the same paste.
      if (this.#records > 0 || this.#counted !== undefined) {
        this.end();
        this.#restart();
      }
      this.#facts = true;
      if (listening[1] === 'listening on') this.#ifname = listening[2];
      this.#linkType = LINK_TYPES[listening[3]!];
      if (listening[4] !== undefined) this.#snapLength = Number(listening[4]);
      return true;
    }
    const counter = COUNTER.exec(text);
    if (counter === null) return false;
    this.#facts = true;
    // SIGINFO prints all counters on one line.
    for (const m of text.matchAll(/(\d+) packets? (captured|dropped by kernel|dropped by interface)/g)) {
      if (m[2] === 'captured') this.#counted = Number(m[1]);
      else this.#drops = (m[2] === 'dropped by interface' ? (this.#drops ?? 0) : 0) + Number(m[1]);
    }
    return true;
  }

  #record(at: Line, time: { kind: TimeKind; sec: number; nsec: number; rest: string }): boolean {
    const directed = DIRECTED.exec(time.rest) ?? undefined;
    const unnamed = directed === undefined ? (UNNAMED.exec(time.rest) ?? undefined) : undefined;
    const rest = time.rest.slice((directed ?? unnamed)?.[0].length ?? 0);
    if (!PACKET.test(rest)) {
      // A line cut before its arrow; anything else with a time of day is no packet.
      if (!/^IP6? \S+(?: >)?$/.test(rest)) return false;
    }
    this.#flush();
    let { kind, sec, nsec } = time;
    if (kind === 'time-of-day' || kind === 'relative') {
      this.#relative ??=
        this.#command !== undefined && this.#command.times > 0
          ? this.#command.times !== 4 && this.#command.times > 2
          : kind === 'relative' || (sec === 0 && nsec === 0);
      if (this.#relative) {
        kind = 'relative';
        // -ttt counts from the line before: add up, so that all are counted from the first.
        if (this.#command?.times === 3 && sec >= 0) {
          this.#elapsed += BigInt(sec) * 1_000_000_000n + BigInt(nsec);
          sec = Number(this.#elapsed / 1_000_000_000n);
          nsec = Number(this.#elapsed % 1_000_000_000n);
        }
      }
    }
    this.#begin(at, kind, sec, nsec, directed?.[1], directed?.[2] ?? unnamed?.[1]);
    const taken = this.#take(this.#packet.link(rest));
    this.#wrapped = taken && /(?:length \d+|\(\d+\)|[\])])\s*$/.test(rest) ? undefined : rest;
    if (!taken) this.#frame.stop = Stop.snaplen;
    return true;
  }

  #begin(at: Line, kind: TimeKind, sec: number, nsec: number, ifname?: string, direction?: string): void {
    this.#flush();
    this.#frame.reset();
    this.#frame.sec = sec;
    this.#frame.nsec = nsec;
    this.#at = at;
    this.#last = at.number;
    this.#records++;
    const name = ifname ?? this.#ifname;
    const way = DIRECTIONS[direction ?? ''] ?? 'unknown';
    this.#tap = this.#taps.of(
      { kind: 'text', timeKind: kind, ifname: name, direction: way, linkType: this.#linkType },
      this.sink,
    );
  }

  #take(rest: Rest | undefined): boolean {
    this.#rest = rest ?? 'done';
    if (rest === 'addresses') this.#verbose = true;
    return rest !== undefined;
  }

  /** Lines that belong to the packet above. */
  #continues(at: Line): boolean {
    const text = at.text.replace(/^[\s>]+/, '');
    if (this.#rest === 'addresses') {
      const rest = this.#packet.between(text);
      if (rest === undefined) return false;
      // The line with the addresses says more than the one with the time; an envelope keeps its own.
      if (this.#frame.tunnelDepth === 0 || rest === 'inner') this.#at = at;
      this.#rest = rest;
      this.#last = at.number;
      return true;
    }
    if (this.#rest === 'inner') {
      if (/^\[\|/.test(text)) {
        this.#frame.stop = Stop.snaplen;
        this.#rest = 'done';
        return true;
      }
      const rest = this.#packet.link(text);
      if (rest === undefined) return false;
      this.#rest = rest;
      if (rest === 'addresses') this.#verbose = true;
      return true;
    }
    if (this.#quoting === 'addresses') {
      const rest = this.#quotedPacket.between(text);
      if (rest === undefined) return false;
      this.#quoting = 'done';
      this.#takeQuoted();
      return true;
    }
    if (this.#rest === 'quoted' && /^\s+(?:IP6? )?\(|^\s+IP6? \S+ > /.test(at.text)) {
      this.#quoted.reset();
      this.#quoting = this.#quotedPacket.link(text) ?? 'done';
      this.#rest = 'done';
      if (this.#quoting !== 'addresses') this.#takeQuoted();
      return true;
    }
    if (this.#wrapped !== undefined && /^[\w.,:;()[\]{}<>+/= -]+$/.test(text)) return this.#join(text);
    return false;
  }

  /** Tries a wrapped line as one with what follows; it must end a packet as tcpdump does. */
  #join(text: string): boolean {
    const joined = `${this.#wrapped} ${text}`;
    this.#wrapped = undefined;
    if (!/length \d+(?:: \S.*)?$|\(\d+\)$/.test(joined)) return false;
    const { sec, nsec } = this.#frame;
    this.#frame.reset();
    this.#frame.sec = sec;
    this.#frame.nsec = nsec;
    return this.#take(this.#packet.link(joined));
  }

  #takeQuoted(): void {
    this.#sequences.resolve(this.#quoted);
    const [f, q] = [this.#frame, this.#quoted];
    f.quotedSrc = q.src;
    if (q.dst !== 0) f.quotedDst = q.dst;
    if (q.proto >= 0) f.quotedProto = q.proto;
    f.quotedSport = q.sport;
    if (q.dport >= 0) f.quotedDport = q.dport;
    f.quotedSeq = q.seq;
  }

  #flush(): void {
    const at = this.#at;
    if (at === undefined) return;
    this.#at = undefined;
    const frame = this.#frame;
    if ((this.#rest === 'inner' || this.#rest === 'addresses') && frame.stop === Stop.none) frame.stop = Stop.snaplen;
    this.#rest = 'done';
    this.#quoting = 'done';
    this.#wrapped = undefined;
    this.#sequences.resolve(frame);
    this.sink.packet(frame, this.#tap, at);
  }

  #capture(): void {
    if (!this.#facts && this.#records === 0) return;
    this.sink.capture({
      format: 'tcpdump-text',
      linkType: this.#linkType,
      ifname: this.#ifname,
      snapLength: this.#snapLength,
      filter: this.#command?.filter,
      drops: this.#drops,
      counted: this.#counted === this.#records ? this.#counted : undefined,
      command: this.#command === undefined ? undefined : this.section.command,
    });
    if (this.#counted !== undefined && this.#records > 0 && this.#counted > this.#records) {
      this.sink.note(`tcpdump counted ${this.#counted} packets, the text holds ${this.#records}`);
    }
  }

  #restart(): void {
    this.#sequences = new TcpSequences();
    this.#taps.restart();
    this.#records = 0;
    this.#relative = undefined;
    this.#elapsed = 0n;
    this.#counted = undefined;
    this.#drops = undefined;
  }
}

/**
 * tcpdump's text output (tcpdump(1), OUTPUT FORMAT), as printed or pasted: all time stamp options, `-i any`, `-e`,
 * `-v`, `-x/-X/-A` (bytes skipped), nested VXLAN, headers and counters. A packet that takes several lines is cited at
 * the line with its outermost addresses. Times of `-ttt` are added up when the command line tells of it.
 */
export const tcpdumpText: Parser = {
  id: 'tcpdump-text',
  title: 'tcpdump text output',
  command: /^tcpdump\b/,
  path: /(?:^|\/)[^/]*tcpdump[^/]*\.(?:txt|log|out)$/,
  starts,
  open: (sink, section) => new Reader(sink, section),
};
