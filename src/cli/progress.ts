import { statSync } from 'node:fs';
import type { Progress } from '../analyze.js';
import { printable } from '../core/escape.js';
import { sizeInWords } from '../core/size.js';

const BAR = 24;
/** A run shorter than this shows nothing; then the line is drawn at most every REDRAW milliseconds. */
const PATIENCE = 400;
const REDRAW = 80;

/** Size of all inputs in bytes, when each is a file whose size says how far reading has come. */
function totalOf(paths: readonly string[]): number | undefined {
  let total = 0;
  for (const path of paths) {
    const found = path === '-' ? undefined : statSync(path, { throwIfNoEntry: false });
    if (found?.isFile() !== true) return undefined;
    total += found.size;
  }
  return total;
}

/** A progress bar on standard error: one line that is rewritten, on a terminal only. */
export class ProgressBar {
  readonly #started = Date.now();
  readonly #total: number | undefined;
  #shown = 0;
  #drawn = false;
  #file = '';

  constructor(
    private readonly out: NodeJS.WriteStream,
    paths: readonly string[],
    private readonly enabled: boolean,
  ) {
    this.#total = totalOf(paths);
  }

  show(progress: Progress): void {
    if (!this.enabled || this.out.isTTY !== true) return;
    this.#file = progress.file ?? this.#file;
    const now = Date.now();
    if (now - this.#started < PATIENCE || now - this.#shown < REDRAW) return;
    this.#shown = now;
    const what = progress.stage === 'reading' ? this.#file : 'looking for symptoms';
    const line = `${this.#bar(progress.bytes)}${sizeInWords(progress.bytes)}  ${progress.packets} packets  ${what}`;
    this.out.write(`\r\x1b[K${printable(line).slice(0, (this.out.columns ?? 80) - 1)}`);
    this.#drawn = true;
  }

  /** Removes the line, so that the report starts on a clean one. */
  clear(): void {
    if (this.#drawn) this.out.write('\r\x1b[K');
  }

  #bar(bytes: number): string {
    if (this.#total === undefined || this.#total === 0) return '';
    const done = Math.min(1, bytes / this.#total);
    const filled = Math.round(done * BAR);
    return `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}] ${String(Math.floor(done * 100)).padStart(3)} %  `;
  }
}
