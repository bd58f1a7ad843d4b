import type { PacketSink } from '../core/sink.js';
import { DIRECTIONS } from '../core/tap.js';
import { u16, u32 } from './bytes.js';
import { findNflog, Link } from './link.js';

/** Positions in DIRECTIONS. */
const UNKNOWN = 0;
const IN = 1;
const OUT = 2;
const OTHER_HOST = 3;

/** A hostile file may name any number of interfaces; the rest share one tap. */
const MAX_TAPS = 4096;

/** Direction of a Linux packet type: to host, broadcast, multicast, other host, outgoing. */
function directionOf(packetType: number): number {
  if (packetType <= 2) return IN;
  if (packetType === 3) return OTHER_HOST;
  return packetType === 4 ? OUT : UNKNOWN;
}

/** The taps of one interface of a capture: one, or one for each interface index and direction that frames tell. */
export class Taps {
  readonly #sink: PacketSink;
  readonly #linkType: number;
  readonly #ifname: string | undefined;
  readonly #timed: boolean;
  readonly #numbers = new Map<number, number>();
  #lastKey = -1;
  #lastTap = -1;

  constructor(sink: PacketSink, linkType: number, ifname: string | undefined, timed: boolean) {
    this.#sink = sink;
    this.#linkType = linkType;
    // A cooked capture (version 1) that names no interface was taken on all of them.
    this.#ifname = ifname ?? (linkType === Link.sll ? 'any' : undefined);
    this.#timed = timed;
  }

  /** The tap of the frame in [at, end); `direction` (0 unknown, 1 in, 2 out) is what the file says of the packet. */
  of(bytes: Uint8Array, at: number, end: number, direction: number): number {
    if (this.#linkType === Link.sll2) {
      if (end - at < 20) return this.#number(-1, UNKNOWN);
      return this.#number(u32(bytes, at + 4), directionOf(bytes[at + 10]!));
    }
    if (this.#linkType === Link.sll) {
      return this.#number(-1, end - at < 16 ? UNKNOWN : directionOf(u16(bytes, at)));
    }
    if (this.#linkType === Link.nflog) {
      // Netfilter tells the input device, the output device, or (forwarding) both.
      const into = findNflog(bytes, at, end, 4);
      const outOf = findNflog(bytes, at, end, 5);
      if (into >= 0 && outOf < 0 && into + 4 <= end) return this.#number(u32(bytes, into), IN);
      if (outOf >= 0 && into < 0 && outOf + 4 <= end) return this.#number(u32(bytes, outOf), OUT);
      return this.#number(-1, UNKNOWN);
    }
    return this.#number(-1, direction);
  }

  /** The tap of a record that has interface index and packet type in its own header. */
  ofRecord(ifindex: number, packetType: number): number {
    return this.#number(ifindex, directionOf(packetType));
  }

  #number(ifindex: number, direction: number): number {
    const key = (ifindex + 1) * 4 + direction;
    if (key === this.#lastKey) return this.#lastTap;
    let tap = this.#numbers.get(key);
    if (tap === undefined) {
      if (this.#numbers.size >= MAX_TAPS && ifindex >= 0) return this.#number(-1, direction);
      tap = this.#sink.tap({
        kind: 'capture',
        timeKind: this.#timed ? 'epoch' : 'none',
        ifname: ifindex >= 0 ? undefined : this.#ifname,
        ifindex: ifindex >= 0 ? ifindex : undefined,
        direction: DIRECTIONS[direction]!,
        linkType: this.#linkType,
      });
      this.#numbers.set(key, tap);
    }
    this.#lastKey = key;
    this.#lastTap = tap;
    return tap;
  }
}
