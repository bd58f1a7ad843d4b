import { log } from '../../core/event/log.js';
import { Proto, Tcp } from '../../core/frame.js';
import type { Line, Sink } from '../../core/sink.js';
import { isObject, type Json } from '../network/json-text.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { CiliumDrops } from './cilium-drop.js';
import { compactFlow, type FlowEnd, type HubbleFlow, jsonFlow, tableFlow } from './hubble-flow.js';
import { beginsRecord, HubbleRecords } from './hubble-record.js';

/** Drops of one conversation that are kept: the first ones. */
const MOST_EACH = 3;
/** Conversations that are kept. */
const MOST = 2000;
const JSON_LINE = /^\{ ?"(?:flow": ?\{ ?"|time": ?"[^"]{10,40}", ?"(?:uuid": ?"[^"]{1,60}", ?")?verdict": ?")/;
const JSON_EVENT = /^\{ ?"(?:lost_events|agent_event|debug_event|node_status)": ?/;
/** Heading of `-o table`. */
const TABLE = /^TIMESTAMP\s+(?:NODE\s+)?SOURCE\s+DESTINATION\s+TYPE\s+VERDICT\s+SUMMARY$/;
const REMARK = /^(?:EVENTS LOST|Handling connection for |level=|time=|\^C|Received an interrupt)/;

interface Held {
  readonly flow: HubbleFlow;
  readonly at: Line[];
}

/**
 * `hubble observe`: packets that a policy denied. Where the lines show addresses each is a packet on a tap of its own; where they
 * show names, as they do unless asked otherwise, a line of a log.
 *
 * A policy that denies what it should is everyday life, and a recording of all flows shows it. So drops count when somebody asked for
 * them: by a command that was pasted with its output, or by a filter, so that nothing but the dropped conversations is there.
 */
class Reader implements LineReader {
  readonly #denied = new Map<string, Held>();
  readonly #forwarded = new Set<string>();
  readonly #records = new HubbleRecords();

  constructor(
    private readonly sink: Sink,
    private readonly asked: boolean,
  ) {}

  line(at: Line): boolean {
    const text = asPrinted(at.text).trim();
    if (text === '' || TABLE.test(text)) return true;
    const record = this.#records.feed({ ...at, text: asPrinted(at.text) });
    if (record === 'open') return true;
    if (record !== undefined) {
      if (record.flow !== undefined) this.#take(record.flow, record.at);
      return true;
    }
    const flow = text.startsWith('{') ? fromJson(text) : (compactFlow(text) ?? tableFlow(text));
    if (flow === 'other') return true;
    if (flow === undefined) return REMARK.test(text);
    this.#take(flow, at);
    return true;
  }

  #take(flow: HubbleFlow, at: Line): void {
    const key = keyOf(flow);
    if (flow.verdict === 'forwarded' && this.#forwarded.size < MOST) this.#forwarded.add(key);
    if (flow.verdict !== 'denied') return;
    const held = this.#denied.get(key);
    if (held === undefined) {
      if (this.#denied.size < MOST) this.#denied.set(key, { flow, at: [at] });
    } else if (held.at.length < MOST_EACH) held.at.push(at);
  }

  end(): void {
    const others = [...this.#forwarded].some((key) => !this.#denied.has(key));
    if (others && !this.asked) return;
    const drops = new CiliumDrops(this.sink);
    for (const { flow, at } of this.#denied.values()) {
      const { src, dst, proto } = flow;
      if (src.address !== undefined && dst.address !== undefined) {
        const packet = {
          src: { address: src.address, port: src.port },
          dst: { address: dst.address, port: dst.port },
          proto,
          tcpFlags: flow.tcpFlags,
          icmpType: flow.icmpType,
        };
        if (proto >= 0) for (const line of at) drops.add(packet, `hubble (${flow.reason})`, line);
      } else if (isAttempt(flow)) this.sink.emit(log, namedDrop(flow), at[0]!);
    }
  }
}

/** The answer's ports are the other way round, and belong to the same conversation. */
const keyOf = ({ src, dst, proto }: HubbleFlow): string => {
  const [a, b] = [wordOf(src), wordOf(dst)];
  const port = Math.min(...[src.port, dst.port].filter((p) => p >= 0), 65_536);
  return `${a < b ? `${a} ${b}` : `${b} ${a}`} ${proto} ${port}`;
};

/** The first packet of a conversation: what comes late, and answers, are dropped for other reasons. */
function isAttempt({ proto, tcpFlags, icmpType, src, dst }: HubbleFlow): boolean {
  if (proto === Proto.tcp) return (tcpFlags & (Tcp.syn | Tcp.ack)) === Tcp.syn;
  if (icmpType >= 0) return icmpType === 8 || icmpType === 128;
  return dst.port >= 0 && dst.port < src.port;
}

const wordOf = ({ address, name }: FlowEnd): string => address ?? name ?? '';
const withPort = (end: FlowEnd): string => {
  const word = end.address?.includes(':') === true ? `[${end.address}]` : wordOf(end);
  return end.port < 0 ? word : `${word}:${end.port}`;
};

const namedDrop = ({ src, dst, reason }: HubbleFlow) => ({
  component: 'hubble',
  level: 'warning',
  code: 'policy-denied',
  time_ns: undefined,
  time_kind: 'none' as const,
  message: `${reason}: ${wordOf(src)} -> ${withPort(dst)}`,
  ifname: undefined,
  address: src.address,
  address2: dst.address,
  value: `${wordOf(src)} ${withPort(dst)}`,
});

/** `other`: a line of Hubble's that is no flow between two addresses: agents' events, lost events, ARP. */
function fromJson(text: string): HubbleFlow | 'other' | undefined {
  if (!JSON_LINE.test(text) && !JSON_EVENT.test(text)) return undefined;
  try {
    const value = JSON.parse(text) as Json;
    return isObject(value) ? (jsonFlow(value) ?? 'other') : undefined;
  } catch {
    return undefined;
  }
}

const isDenied = (text: string): boolean => {
  const flow = compactFlow(text) ?? tableFlow(text);
  return flow !== undefined && flow.verdict !== 'other';
};

/** `hubble observe`, compact, as a table, as a dictionary or as JSON (`-o json`, `-o jsonpb`, the exporter's log, `cilium sysdump`). */
export const hubble: Parser = {
  id: 'hubble',
  title: 'hubble observe (compact, table, dict, JSON)',
  command: /^hubble observe\b/,
  path: /(?:^|[/!])hubble-(?:flows|observe)-[^/]*\.(?:json|log)$/,
  longest: Number.POSITIVE_INFINITY,
  starts: (line) => {
    const text = asPrinted(line);
    return JSON_LINE.test(line) || TABLE.test(text.trim()) || beginsRecord(text) || isDenied(text.trim());
  },
  open: (sink: Sink, section: Section) => new Reader(sink, section.command !== undefined),
};
