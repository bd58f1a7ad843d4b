import { type Frame, Proto, Tcp } from '../../core/frame.js';

/** Printed numbers below this are taken as relative when no start of their conversation is known (chance 1 in 256). */
const SURELY_ABSOLUTE = 2 ** 24;

interface Conversation {
  /** What was subtracted from the sequence numbers of the side whose key was met first, and of the other side; -1 unknown. */
  readonly bases: [number, number];
}

const add = (a: number, b: number): number => (a + b) >>> 0;
const distance = (a: number, b: number): number => Math.abs((a - b) | 0);

/**
 * Makes the relative TCP numbers of tcpdump text absolute again. tcpdump (print-tcp.c, without -S) prints SYN segments
 * and segments without ACK as they are, remembers the numbers of a conversation's first segment with ACK (its
 * sequence number, its acknowledgement less 1), and subtracts these from all later ones. So numbers come back when the
 * SYN or the first segment is in the text. Otherwise `seq` and `ack` stay as printed only when they are too large to be
 * relative, and become -1 when not. Text printed with -S is noticed by numbers near the base.
 */
export class TcpSequences {
  readonly #conversations = new Map<string, Conversation>();

  /** Replaces `seq` and `ack` of a TCP frame, which hold the printed numbers. Call once per packet, in order. */
  resolve(frame: Frame): void {
    if (frame.proto !== Proto.tcp || frame.tcpFlags < 0 || frame.sport < 0 || frame.dport < 0) return;
    const here = `${frame.src}.${frame.sport}`;
    const there = `${frame.dst}.${frame.dport}`;
    const swapped = here > there;
    const key = swapped ? `${there} ${here}` : `${here} ${there}`;
    let known = this.#conversations.get(key);
    if (known === undefined) {
      // A text is bounded, but a scan makes a conversation per line.
      if (this.#conversations.size > 200_000) this.#conversations.clear();
      known = { bases: [-1, -1] };
      this.#conversations.set(key, known);
    }
    const own = swapped ? 1 : 0;
    const other = swapped ? 0 : 1;
    const syn = (frame.tcpFlags & Tcp.syn) !== 0;
    if (syn || (frame.tcpFlags & Tcp.ack) === 0) {
      if (syn && frame.seq >= 0) known.bases[own] = frame.seq;
      if (syn && frame.ack > 0) known.bases[other] = add(frame.ack, -1);
      return;
    }
    const first = known.bases[0] < 0 && known.bases[1] < 0;
    frame.seq = this.#absolute(frame.seq, known, own, first, 0);
    frame.ack = this.#absolute(frame.ack, known, other, first, 1);
  }

  #absolute(printed: number, known: Conversation, side: 0 | 1, first: boolean, back: number): number {
    if (printed < 0) return -1;
    const base = known.bases[side];
    if (base < 0) {
      if (printed < SURELY_ABSOLUTE) return -1;
      if (first) known.bases[side] = add(printed, -back);
      return printed;
    }
    return distance(printed, base) < distance(printed, 0) ? printed : add(printed, base);
  }
}
