import { spawn } from 'node:child_process';
import type { Dumped } from '../decode/dump.js';
import { fold } from '../decode/fold.js';
import { PdmlReader } from '../decode/pdml.js';
import { judge } from '../decode/tshark.js';

/** tshark's frames of a file, as many at a time as a piece of its output holds; it waits while they are looked at. */
export class TheirFrames {
  readonly #child;
  readonly #pieces: AsyncGenerator<Dumped[]>;
  readonly #ended: Promise<void>;
  #errors = '';
  #batch: Dumped[] = [];
  #at = 0;

  constructor(file: string, options: readonly string[] = []) {
    const { args, env } = judge(file, [...options, '-T', 'pdml']);
    this.#child = spawn('tshark', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout.setEncoding('latin1');
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (this.#errors.length < 4096) this.#errors += text;
    });
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('close', () => resolve());
      this.#child.once('error', reject);
    });
    this.#pieces = this.#read();
  }

  /** The next frame, or undefined after the last one. */
  async next(): Promise<Dumped | undefined> {
    while (this.#at === this.#batch.length) {
      const { value, done } = await this.#pieces.next();
      if (done === true) return undefined;
      this.#batch = value;
      this.#at = 0;
    }
    return this.#batch[this.#at++];
  }

  /** What tshark complains about, after its last frame. */
  async complaints(): Promise<string[]> {
    await this.#ended;
    return this.#errors
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('Running as user "root"'))
      .map((line) => line.replace(/^tshark: /, ''));
  }

  stop(): void {
    this.#child.kill();
  }

  async *#read(): AsyncGenerator<Dumped[]> {
    let rows: Dumped[] = [];
    const reader = new PdmlReader((layers) => rows.push(fold(layers)));
    let rest = '';
    for await (const piece of this.#child.stdout) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop()!;
      for (const line of lines) reader.line(line);
      if (rows.length > 0) yield rows;
      rows = [];
    }
  }
}
