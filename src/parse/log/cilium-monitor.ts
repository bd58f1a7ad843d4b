import { canonicalAddress, familyOf } from '../../core/address.js';
import { Frame, Proto, Tcp } from '../../core/frame.js';
import type { Line, Sink } from '../../core/sink.js';
import { wordTable } from '../../core/word-table.js';
import type { LineReader, Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { TapNumbers } from '../tap-numbers.js';

/** `xx drop (Policy denied) flow 0x… to endpoint 12, …, identity 1->2: SRC -> DST tcp SYN` (pkg/monitor/datapath_drop.go); older ones have no flow. */
const DROP =
  /^(?:CPU \d+: )?(?:\[[^\]]{1,60}\] )?(xx drop \((?:[^()]|\([^()]*\)){1,80}\))(?: flow (?:0x)?[0-9a-f]+)? to endpoint .{1,300}?, identity \S+->\S+: (\S+) -> (\S+)(?: (.*))?$/;
/** Verdicts of a policy, and of a policy that denies; other reasons (lost routes, full maps, noise) are not the policy's. */
const BY_POLICY = /^xx drop \((?:Policy denied|Denied by policy)/;
const REMARK =
  /^(?:Listening for events on|Press Ctrl-C to quit|level=|time=|\^C|CPU \d+:|(?:->|<-|>>|--|\*\*|xx|##|\[pre|\[post) ?\S|Policy verdict log:|Received an interrupt)/;
const END = /^\[?([0-9a-fA-F:.]+?)\]?(?::(\d{1,5}))?$/;
const ETHER_TYPES = { 4: 0x0800, 6: 0x86dd } as const;
const FLAGS = wordTable<number>({ SYN: Tcp.syn, ACK: Tcp.ack, FIN: Tcp.fin, RST: Tcp.rst });

/** `10.8.1.44:51834`, `[fd00::1]:443`, or an address alone, where the protocol has no ports. */
function endOf(text: string): { readonly address: string; readonly port: number } | undefined {
  const whole = canonicalAddress(text);
  if (whole !== undefined) return { address: whole, port: -1 };
  const [, host = '', port] = END.exec(text) ?? [];
  const address = canonicalAddress(host);
  return address === undefined || port === undefined ? undefined : { address, port: Number(port) };
}

class Reader implements LineReader {
  readonly #frame = new Frame();
  readonly #taps = new TapNumbers();

  constructor(private readonly sink: Sink) {}

  line(at: Line): boolean {
    const text = asPrinted(at.text).trim();
    if (text === '') return true;
    const [, reason, from, to, rest = ''] = DROP.exec(text) ?? [];
    if (reason === undefined) return REMARK.test(text);
    const [src, dst] = [endOf(from!), endOf(to!)];
    if (src === undefined || dst === undefined) return false;
    if (BY_POLICY.test(reason)) this.#packet(reason, src, dst, rest, at);
    return true;
  }

  end(): void {}

  #packet(
    prefix: string,
    src: { readonly address: string; readonly port: number },
    dst: { readonly address: string; readonly port: number },
    rest: string,
    at: Line,
  ): void {
    const family = familyOf(dst.address) ?? 4;
    const frame = this.#frame;
    frame.reset();
    frame.etherType = ETHER_TYPES[family];
    frame.src = this.sink.addresses.internText(src.address);
    frame.dst = this.sink.addresses.internText(dst.address);
    const [name = '', ...flags] = rest.split(/[ ,]+/);
    if (src.port < 0) {
      frame.proto = family === 4 ? Proto.icmp : Proto.icmp6;
      if (/EchoRequest/.test(rest)) [frame.icmpType, frame.icmpCode] = [family === 4 ? 8 : 128, 0];
      else if (/EchoReply/.test(rest)) [frame.icmpType, frame.icmpCode] = [family === 4 ? 0 : 129, 0];
    } else {
      frame.proto = name === 'udp' ? Proto.udp : name === 'sctp' ? 132 : Proto.tcp;
      [frame.sport, frame.dport] = [src.port, dst.port];
      if (frame.proto === Proto.tcp) frame.tcpFlags = flags.reduce((all, flag) => all | (FLAGS[flag] ?? 0), 0);
    }
    const tap = this.#taps.of({ kind: 'log', timeKind: 'none', direction: 'unknown', prefix }, this.sink);
    this.sink.packet(frame, tap, at);
  }
}

/** `cilium monitor`, `cilium-dbg monitor`, with or without `--type drop`: packets that a policy drops, on a tap of their own. */
export const ciliumMonitor: Parser = {
  id: 'cilium-monitor',
  title: 'cilium monitor',
  command: /^cilium(?:-dbg)? monitor\b/,
  path: /(?:^|[/!])cilium-(?:dbg-)?monitor[^/]*\.(?:txt|log|md)$/,
  starts: (line) => DROP.test(asPrinted(line).trim()),
  open: (sink) => new Reader(sink),
};
