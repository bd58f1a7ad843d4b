import type { AddressTable } from '../../core/address.js';
import { Frame, Proto, Stop, Tcp } from '../../core/frame.js';
import { wordTable } from '../../core/word-table.js';
import { parseMac } from '../packet/mac.js';

/** What a netfilter log line says besides the packet. */
export interface NetfilterLog {
  /** Text of the rule, verbatim; undefined when the rule has none. */
  readonly prefix?: string | undefined;
  readonly inIf?: string | undefined;
  readonly outIf?: string | undefined;
  readonly physIn?: string | undefined;
  readonly physOut?: string | undefined;
  /** `table:CHAIN:kind:n` of TRACE. */
  readonly trace?: string | undefined;
}

const HEAD = /IN=([^\s=]*) OUT=(\S*)(?= |$)/y;
const BRIDGE = /MAC source = (\S+) MAC dest = (\S+) proto = (0x[0-9a-f]+)/;
const TRACE = /^TRACE: (\w+:[^:\s]+:\w+:\d+) $/;
const PROTOCOLS = wordTable<number>({
  TCP: Proto.tcp,
  UDP: Proto.udp,
  UDPLITE: 136,
  ICMP: Proto.icmp,
  ICMPv6: Proto.icmp6,
  AH: Proto.ah,
  ESP: Proto.esp,
});
const FLAGS = wordTable<number>({
  CWR: Tcp.cwr,
  ECE: Tcp.ece,
  URG: Tcp.urg,
  ACK: Tcp.ack,
  PSH: Tcp.psh,
  RST: Tcp.rst,
  SYN: Tcp.syn,
  FIN: Tcp.fin,
});

const quoted = new Frame();

/** True when the line holds a netfilter log line, whatever carries it. */
export const isNetfilterLog = (line: string): boolean =>
  /IN=[^\s=]* OUT=\S* .*(?:SRC=[0-9a-f.:]+ DST=[0-9a-f.:]+|\bARP\b|IP SRC=)/.test(line);

/**
 * Reads a LOG, nft log, TRACE, ulogd LOGEMU or ebtables log line into the Frame and gives what is not of the packet, or
 * undefined. Grammar: Linux net/netfilter/nf_log_syslog.c and nf_log_common.c (one token a field, `[ ]` around the
 * packet that an ICMP error quotes), ip_tables.c (TRACE), ulogd2's printpkt. The packet starts at the last
 * `IN=… OUT=`, because a prefix is glued to it and may hold anything. Keys repeat (LEN, ID, SEQ): they are read by position.
 */
export function readNetfilterLog(message: string, frame: Frame, addresses: AddressTable): NetfilterLog | undefined {
  const head = headOf(message);
  if (head === undefined) return undefined;
  const body = message.slice(head.index + head[0].length);
  const log = readPacket(body, frame, addresses);
  if (log === undefined) return undefined;
  const prefix = message.slice(0, head.index);
  const trace = TRACE.exec(prefix)?.[1];
  return {
    prefix: trace !== undefined || prefix === '' ? undefined : prefix,
    inIf: head[1] === '' ? undefined : head[1],
    outIf: head[2] === '' ? undefined : head[2],
    ...log,
    trace,
  };
}

/** The last `IN=… OUT=…`, found from the end. */
export function headOf(message: string): RegExpExecArray | undefined {
  for (let at = message.lastIndexOf('IN='); at >= 0; at = at === 0 ? -1 : message.lastIndexOf('IN=', at - 1)) {
    HEAD.lastIndex = at;
    const head = HEAD.exec(message);
    if (head !== null) return head;
  }
  return undefined;
}

/** `PACKET: 2 4e1c0c8d IN=cni0 MACSRC=… SRC=…` of xtables-monitor(8): a missing device leaves its key out. */
export function readMonitorPacket(message: string, frame: Frame, addresses: AddressTable): NetfilterLog | undefined {
  const m = /^PACKET: \d+ [0-9a-f]+ (?:IN=(\S+) )?(?:OUT=(\S+) )?(.*)$/.exec(message);
  if (m === null) return undefined;
  const log = readPacket(m[3]!, frame, addresses);
  return log === undefined ? undefined : { inIf: m[1], outIf: m[2], ...log };
}

/**
 * The transport's part of a PACKET line, `SPORT=47470 DPORT=8081 SYN`: the protocol is not named, but every TCP segment has
 * a flag. It is put into the frame of a TRACE line only: xtables-monitor repeats PACKET for each table.
 */
export function readMonitorTransport(message: string, frame: Frame): void {
  const m = / SPORT=(\d+) DPORT=(\d+) ?((?:(?:FIN|SYN|RST|PSH|ACK|URG) ?)*)$/.exec(message.trimEnd());
  if (m === null) return;
  frame.sport = Number(m[1]);
  frame.dport = Number(m[2]);
  const flags = m[3]!.split(' ').filter((flag) => flag !== '');
  frame.proto = flags.length > 0 ? Proto.tcp : Proto.udp;
  if (flags.length > 0) frame.tcpFlags = flags.reduce((sum, flag) => sum | FLAGS[flag]!, 0);
}

/** What follows the devices. */
function readPacket(
  body: string,
  frame: Frame,
  addresses: AddressTable,
): { readonly physIn?: string | undefined; readonly physOut?: string | undefined } | undefined {
  let own = body;
  const open = body.indexOf('[SRC=');
  if (open >= 0) {
    const close = body.indexOf(']', open);
    own = body.slice(0, open) + (close < 0 ? '' : body.slice(close + 1));
    quoted.reset();
    readTokens(body.slice(open + 1, close < 0 ? undefined : close), quoted, addresses);
    frame.quotedSrc = quoted.src;
    frame.quotedDst = quoted.dst;
    frame.quotedProto = quoted.proto;
    frame.quotedSport = quoted.sport;
    frame.quotedDport = quoted.dport;
    frame.quotedSeq = quoted.seq;
  }
  const bridge = own.includes('MAC source = ') ? BRIDGE.exec(own) : null;
  if (bridge !== null) {
    frame.macSrc = parseMac(bridge[1]!);
    frame.macDst = parseMac(bridge[2]!);
    frame.etherType = Number(bridge[3]);
  }
  readTokens(own, frame, addresses);
  if (frame.src === 0 && frame.dst === 0 && frame.arpOp < 0) return undefined;
  completeLengths(frame);
  if (!own.includes('PHYS')) return {};
  return { physIn: /(?:^| )PHYSIN=(\S+)/.exec(own)?.[1], physOut: /(?:^| )PHYSOUT=(\S+)/.exec(own)?.[1] };
}

/** Payload lengths that follow from the IP length when nothing unknown stands between. */
export function completeLengths(frame: Frame): void {
  if (frame.src !== 0 && frame.arpOp < 0) frame.etherType = frame.etherType === 0x86dd ? 0x86dd : 0x0800;
  const echo = frame.icmpType === 8 || frame.icmpType === 0 || frame.icmpType === 128 || frame.icmpType === 129;
  if (frame.payloadLen < 0 && echo && frame.icmpId >= 0 && frame.fragOffset < 0) {
    frame.payloadLen = frame.ipLen - (frame.proto === Proto.icmp6 ? 48 : 28);
  }
}

/** A field's value as a number; -1 when it is none. */
function numeric(value: string): number {
  let number = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return /^0x[0-9a-f]+$/i.test(value) ? Number(value) : -1;
    number = number * 10 + digit;
  }
  return value === '' ? -1 : number;
}

/** Fields in the order of the line, each looked at once: a log of a busy node has millions of them. */
function readTokens(text: string, frame: Frame, addresses: AddressTable): void {
  /** Fields after PROTO= are the transport's. */
  let transport = false;
  for (let at = 0, end: number; at <= text.length; at = end + 1) {
    end = text.indexOf(' ', at);
    if (end < 0) end = text.length;
    if (end === at) continue;
    const equals = text.indexOf('=', at);
    if (equals < 0 || equals >= end) {
      word(text.slice(at, end), nextToken(text, end), frame, transport);
      continue;
    }
    const field = FIELDS.get(text.slice(at, equals));
    if (field === undefined) continue;
    const value = text.slice(equals + 1, text.charCodeAt(end - 1) === COMMA && end - 1 > equals ? end - 1 : end);
    if (field === PROTO) {
      frame.proto = PROTOCOLS[value] ?? numeric(value);
      transport = true;
      // Printed flags are all there are; their absence on a TCP line that goes on means none.
      if (frame.proto === Proto.tcp && text.startsWith('SPT=', end + 1)) frame.tcpFlags = 0;
      if (frame.fragOffset > 0) frame.stop = Stop.fragment;
    } else field(frame, value, transport, addresses);
  }
  // A line that a collector cut before its flags says nothing of them.
  if (frame.tcpFlags === 0 && !text.includes('URGP=')) frame.tcpFlags = -1;
}

const COMMA = 44;

/** The token after the space at `space`; undefined at the end. */
function nextToken(text: string, space: number): string | undefined {
  if (space >= text.length) return undefined;
  const end = text.indexOf(' ', space + 1);
  return text.slice(space + 1, end < 0 ? undefined : end);
}

type Field = (frame: Frame, value: string, transport: boolean, addresses: AddressTable) => void;

const plain =
  (field: 'vlan' | 'ttl' | 'sport' | 'dport' | 'ack' | 'window' | 'icmpType' | 'icmpCode' | 'icmpMtu'): Field =>
  (frame, value) => {
    frame[field] = numeric(value);
  };
const address =
  (field: 'src' | 'dst'): Field =>
  (frame, value, _, addresses) => {
    frame[field] = addresses.internText(value);
  };

/** `PROTO=` changes what the fields after it mean, so it is read where they are. */
const PROTO: Field = () => {};

const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  [
    'SRC',
    (frame, value, _, addresses) => {
      frame.src = addresses.internText(value);
      if (value.includes(':')) frame.etherType = 0x86dd;
    },
  ],
  ['IPSRC', address('src')],
  ['DST', address('dst')],
  ['IPDST', address('dst')],
  [
    'MAC',
    (frame, value) => {
      // Destination, source, type. Devices without Ethernet header print nothing or something else.
      if (value.length !== 41 || !/^[0-9a-f]{2}(?::[0-9a-f]{2}){13}$/i.test(value)) return;
      frame.macDst = parseMac(value);
      frame.macSrc = parseMac(value.slice(18));
      if (value.slice(36).toLowerCase() === '86:dd') frame.etherType = 0x86dd;
    },
  ],
  [
    'MACSRC',
    (frame, value) => {
      if (frame.macSrc < 0) frame.macSrc = parseMac(value);
    },
  ],
  [
    'MACDST',
    (frame, value) => {
      if (frame.macDst < 0) frame.macDst = parseMac(value);
    },
  ],
  ['VID', plain('vlan')],
  [
    'OPCODE',
    (frame, value) => {
      frame.arpOp = numeric(value);
      frame.etherType = 0x0806;
    },
  ],
  [
    'LEN',
    (frame, value, transport) => {
      const length = numeric(value);
      if (!transport) frame.ipLen = length;
      else if (length >= 8 && frame.fragOffset <= 0) frame.payloadLen = length - 8;
    },
  ],
  ['TTL', plain('ttl')],
  ['HOPLIMIT', plain('ttl')],
  [
    'ID',
    (frame, value, transport) => {
      if (transport) frame.icmpId = numeric(value);
      else frame.ipId = numeric(value);
    },
  ],
  ['PROTO', PROTO],
  ['proto', PROTO],
  ['SPT', plain('sport')],
  ['DPT', plain('dport')],
  [
    'SEQ',
    (frame, value) => {
      if (frame.proto === Proto.tcp) frame.seq = numeric(value);
      else frame.icmpSeq = numeric(value);
    },
  ],
  ['ACK', plain('ack')],
  ['WINDOW', plain('window')],
  ['TYPE', plain('icmpType')],
  ['CODE', plain('icmpCode')],
  ['MTU', plain('icmpMtu')],
]);

function word(token: string, next: string | undefined, frame: Frame, transport: boolean): void {
  if (transport && frame.proto === Proto.tcp) {
    const flag = FLAGS[token];
    if (flag !== undefined) frame.tcpFlags = Math.max(frame.tcpFlags, 0) | flag;
    else if (token === 'OPT' && next !== undefined) tcpOptions(next, frame);
  } else if (token === 'DF') frame.dontFragment = 1;
  else if (token === 'MF') {
    frame.moreFragments = 1;
    if (frame.fragOffset < 0) frame.fragOffset = 0;
  } else if (token.startsWith('FRAG:')) {
    // IPv4 prints units of 8 bytes, IPv6 bytes, and "INCOMPLETE" there means that more fragments follow.
    frame.fragOffset = Number(token.slice(5)) * (frame.etherType === 0x86dd ? 1 : 8);
    if (frame.etherType === 0x86dd && next === 'INCOMPLETE') frame.moreFragments = 1;
  } else if (token.startsWith('ID:') && frame.etherType === 0x86dd) frame.ipId = Number.parseInt(token.slice(3), 16);
  if ((token === 'INCOMPLETE' && (next ?? '').startsWith('[')) || token === 'TRUNCATED') frame.stop = Stop.snaplen;
}

/** `(020405B4…)`: the options as they are in the packet (RFC 9293 3.2, RFC 7323). */
function tcpOptions(text: string, frame: Frame): void {
  const hex = /^\(((?:[0-9A-F]{2})+)\)$/i.exec(text)?.[1];
  if (hex === undefined) return;
  const bytes = hex.match(/../g)!.map((byte) => Number.parseInt(byte, 16));
  const read = (at: number, length: number) =>
    bytes.slice(at, at + length).reduce((value, byte) => value * 256 + byte, 0);
  for (let i = 0; i < bytes.length; ) {
    const kind = bytes[i]!;
    if (kind === 0) break;
    const length = kind === 1 ? 1 : (bytes[i + 1] ?? 0);
    if (length < 1 || (kind !== 1 && length < 2) || i + length > bytes.length) break;
    if (kind === 2 && length === 4) frame.mss = read(i + 2, 2);
    else if (kind === 3 && length === 3) frame.windowScale = read(i + 2, 1);
    else if (kind === 8 && length === 10) {
      frame.tsVal = read(i + 2, 4);
      frame.tsEcr = read(i + 6, 4);
    }
    i += length;
  }
  const headers = (frame.etherType === 0x86dd ? 40 : 20) + 20 + bytes.length;
  if (frame.ipLen >= headers && frame.fragOffset < 0) frame.payloadLen = frame.ipLen - headers;
}
