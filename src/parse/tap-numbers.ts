import type { Sink } from '../core/sink.js';
import type { Tap } from '../core/tap.js';

/** Taps of one text. A hostile one may name any number of devices, or another LOG prefix in every line. */
const MOST_TAPS = 4096;

/** The taps of a text, each once. Beyond MOST_TAPS packets share one that names no device and no prefix, with a note. */
export class TapNumbers {
  #numbers = new Map<string, number>();
  #made = 0;

  /** The number of a tap; `host` tells apart sinks of several hosts. */
  of(tap: Tap, sink: Pick<Sink, 'tap' | 'note'>, host = ''): number {
    const key = `${host}\0${tap.timeKind}\0${tap.ifname}\0${tap.direction}\0${tap.prefix}\0${tap.inIf}\0${tap.outIf}\0${tap.physIn}\0${tap.physOut}\0${tap.trace}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const { kind, timeKind } = tap;
    const named = [tap.ifname, tap.prefix, tap.inIf, tap.outIf, tap.physIn, tap.physOut, tap.trace];
    if (this.#made >= MOST_TAPS && (tap.direction !== 'unknown' || named.some((name) => name !== undefined))) {
      sink.note(`packets with more than ${MOST_TAPS} devices and prefixes: read without theirs`);
      return this.of({ kind, timeKind, direction: 'unknown' }, sink, host);
    }
    const number = sink.tap(tap);
    this.#made++;
    this.#numbers.set(key, number);
    return number;
  }

  /** What comes now was seen elsewhere: another run of the tool in the same text. */
  restart(): void {
    if (this.#made < MOST_TAPS) this.#numbers = new Map();
  }
}
