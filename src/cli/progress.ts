import type { Progress } from '../analyze.js';
import { printable } from '../core/escape.js';

/** One line on standard error that is rewritten; only on a terminal, and only when a run takes longer than a moment. */
export class ProgressLine {
  readonly #started = Date.now();
  #shown = 0;
  #drawn = false;

  constructor(
    private readonly out: NodeJS.WriteStream,
    enabled: boolean,
  ) {
    if (!enabled || out.isTTY !== true) this.show = () => {};
  }

  show = (progress: Progress): void => {
    const now = Date.now();
    if (now - this.#started < 400 || now - this.#shown < 80) return;
    this.#shown = now;
    const what = progress.stage === 'reading' ? `reading ${progress.file ?? ''}` : 'looking for symptoms';
    const line = `${(progress.bytes / 1e6).toFixed(1)} MB, ${progress.packets} packets, ${what}`;
    this.out.write(`\r\x1b[K${printable(line).slice(0, (this.out.columns ?? 80) - 1)}`);
    this.#drawn = true;
  };

  clear(): void {
    if (this.#drawn) this.out.write('\r\x1b[K');
  }
}
