import { canonicalAddress, familyOf } from '../../core/address.js';
import { Frame, Proto, Tcp } from '../../core/frame.js';
import type { Line, Sink } from '../../core/sink.js';
import { wordTable } from '../../core/word-table.js';
import { TapNumbers } from '../tap-numbers.js';

/** One end of a flow as Cilium prints it; `port` is -1 where the protocol has none. */
export interface CiliumEnd {
  readonly address: string;
  readonly port: number;
}

/** A packet that Cilium's programs dropped. */
export interface CiliumDrop {
  readonly src: CiliumEnd;
  readonly dst: CiliumEnd;
  readonly proto: number;
  /** The flags of Tcp; 0 where the protocol has none. */
  readonly tcpFlags: number;
  /** -1 where nothing tells. */
  readonly icmpType: number;
}

const END = /^\[?([0-9a-fA-F:.]{1,60}?)\]?(?::(\d{1,5}))?$/;
const ETHER_TYPES = { 4: 0x0800, 6: 0x86dd } as const;
const FLAGS = wordTable<number>({ SYN: Tcp.syn, ACK: Tcp.ack, FIN: Tcp.fin, RST: Tcp.rst });

/** `10.8.1.44:51834`, `[fd00::1]:443`, or an address alone, where the protocol has no ports. */
export function ciliumEnd(text: string): CiliumEnd | undefined {
  const whole = canonicalAddress(text);
  if (whole !== undefined) return { address: whole, port: -1 };
  const [, host = '', port] = END.exec(text) ?? [];
  const address = canonicalAddress(host);
  return address === undefined || port === undefined ? undefined : { address, port: Number(port) };
}

/** Flags by their names; others are left out. */
export const tcpFlags = (names: readonly string[]): number => names.reduce((all, name) => all | (FLAGS[name] ?? 0), 0);

/** The type of an echo by its name in Cilium's output, -1 for others. */
export function echoType(text: string, family: 4 | 6): number {
  if (/EchoRequest/.test(text)) return family === 4 ? 8 : 128;
  return /EchoReply/.test(text) ? (family === 4 ? 0 : 129) : -1;
}

/** ICMP of the family of an address. */
export const icmpOf = (address: string): number => (familyOf(address) === 6 ? Proto.icmp6 : Proto.icmp);

/** Puts drops into the store, on taps that are named by the words of the drop. */
export class CiliumDrops {
  readonly #frame = new Frame();
  readonly #taps = new TapNumbers();

  constructor(private readonly sink: Sink) {}

  add({ src, dst, proto, tcpFlags: flags, icmpType }: CiliumDrop, prefix: string, at: Line): void {
    const frame = this.#frame;
    frame.reset();
    frame.etherType = ETHER_TYPES[familyOf(dst.address) ?? 4];
    frame.src = this.sink.addresses.internText(src.address);
    frame.dst = this.sink.addresses.internText(dst.address);
    frame.proto = proto;
    if (src.port >= 0) [frame.sport, frame.dport] = [src.port, dst.port];
    if (proto === Proto.tcp) frame.tcpFlags = flags;
    if (icmpType >= 0) [frame.icmpType, frame.icmpCode] = [icmpType, 0];
    const tap = this.#taps.of({ kind: 'log', timeKind: 'none', direction: 'unknown', prefix }, this.sink);
    this.sink.packet(frame, tap, at);
  }
}
