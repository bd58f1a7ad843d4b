import type { Row } from '../batch/ledger.js';
import { printable } from '../core/escape.js';

const BAR = 24;
const REDRAW = 80;

/** How far a batch is: one line on a terminal that is rewritten; a line per finished bundle elsewhere, when asked for. */
export class BatchProgress {
  readonly #running = new Set<string>();
  #done = 0;
  #failed = 0;
  #drawn = 0;
  readonly #terminal: boolean;

  constructor(
    private readonly out: NodeJS.WriteStream,
    private readonly total: number,
    enabled: boolean,
  ) {
    this.#terminal = enabled && out.isTTY === true;
  }

  started(file: string): void {
    this.#running.add(file.replace(/^.*\//, ''));
    this.#draw(false);
  }

  finished(row: Row): void {
    this.#running.delete(row.file.replace(/^.*\//, ''));
    this.#done++;
    if (row.state === 'failed') this.#failed++;
    this.#draw(true);
  }

  tick(): void {
    this.#draw(false);
  }

  clear(): void {
    if (this.#drawn > 0) this.out.write('\r\x1b[K');
  }

  #draw(now: boolean): void {
    if (!this.#terminal || (!now && Date.now() - this.#drawn < REDRAW)) return;
    this.#drawn = Date.now();
    const filled = Math.round((this.#done / Math.max(1, this.total)) * BAR);
    const failed = this.#failed > 0 ? `, ${this.#failed} failed` : '';
    const line = `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}] ${this.#done} of ${this.total}${failed}  ${[...this.#running].join(', ')}`;
    this.out.write(`\r\x1b[K${printable(line).slice(0, (this.out.columns ?? 80) - 1)}`);
  }
}
