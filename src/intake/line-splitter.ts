import type { Buffer } from 'node:buffer';
import type { Line } from '../core/sink.js';
import { withoutGaps } from './line-text.js';

/** Something about lines that a reader must know: one sentence, how many lines, the first of them. */
export interface LineNote {
  readonly reason: string;
  readonly count: number;
  readonly firstLine: number;
}

/** What the splitters of all encodings share: numbering, and counting lines that were cut. */
export abstract class Splitter {
  lines = 0;
  /** Lines that were cut, by the length that was kept. */
  readonly #cut = new Map<number, { count: number; firstLine: number }>();

  constructor(
    readonly max: number,
    readonly each: (line: Line) => void,
  ) {}

  abstract push(chunk: Buffer): void;
  abstract end(): void;

  /** `cut`: the length at which the line was cut, if it was. */
  protected give(text: string, offset: number, cut: number | false): void {
    this.lines++;
    if (cut !== false) {
      const { count, firstLine } = this.#cut.get(cut) ?? { count: 0, firstLine: this.lines };
      this.#cut.set(cut, { count: count + 1, firstLine });
    }
    this.each({ text: withoutGaps(text), number: this.lines, offset });
  }

  notes(): LineNote[] {
    return [...this.#cut].map(([length, { count, firstLine }]) => ({
      reason: `line longer than ${Math.round(length / 1024)} KiB: only its beginning was read`,
      count,
      firstLine,
    }));
  }
}
