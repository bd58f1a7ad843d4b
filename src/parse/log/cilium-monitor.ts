import { familyOf } from '../../core/address.js';
import { Proto } from '../../core/frame.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { CiliumDrops, type CiliumEnd, ciliumEnd, echoType, icmpOf, tcpFlags } from './cilium-drop.js';

/** `xx drop (Policy denied) flow 0x… to endpoint 12, …, identity 1->2: SRC -> DST tcp SYN` (pkg/monitor/datapath_drop.go); older ones have no flow. */
const DROP =
  /^(?:CPU \d+: )?(?:\[[^\]]{1,60}\] )?(xx drop \((?:[^()]|\([^()]*\)){1,80}\))(?: flow (?:0x)?[0-9a-f]+)? to endpoint .{1,300}?, identity \S+->\S+: (\S+) -> (\S+)(?: (.*))?$/;
/** Verdicts of a policy, and of a policy that denies; other reasons (lost routes, full maps, noise) are not the policy's. */
const BY_POLICY = /^xx drop \((?:Policy denied|Denied by policy)/;
const REMARK =
  /^(?:Listening for events on|Press Ctrl-C to quit|level=|time=|\^C|CPU \d+:|(?:->|<-|>>|--|\*\*|xx|##|\[pre|\[post) ?\S|Policy verdict log:|Received an interrupt)/;

class Reader implements LineReader {
  readonly #drops: CiliumDrops;

  constructor(sink: Sink) {
    this.#drops = new CiliumDrops(sink);
  }

  line(at: Line): boolean {
    const text = asPrinted(at.text).trim();
    if (text === '') return true;
    const [, reason, from, to, rest = ''] = DROP.exec(text) ?? [];
    if (reason === undefined) return REMARK.test(text);
    const [src, dst] = [ciliumEnd(from!), ciliumEnd(to!)];
    if (src === undefined || dst === undefined) return false;
    if (BY_POLICY.test(reason)) this.#packet(reason, src, dst, rest, at);
    return true;
  }

  end(): void {}

  #packet(prefix: string, src: CiliumEnd, dst: CiliumEnd, rest: string, at: Line): void {
    const [name = '', ...flags] = rest.split(/[ ,]+/);
    const ports = src.port >= 0;
    const proto = !ports ? icmpOf(dst.address) : name === 'udp' ? Proto.udp : name === 'sctp' ? Proto.sctp : Proto.tcp;
    const icmpType = ports ? -1 : echoType(rest, familyOf(dst.address) ?? 4);
    this.#drops.add({ src, dst, proto, tcpFlags: tcpFlags(flags), icmpType }, prefix, at);
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
