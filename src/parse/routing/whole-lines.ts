import type { Line } from '../../core/sink.js';
import { boxed, isBoxRule, mayBeBoxed } from './boxed.js';
import { continued, isUnfinished } from './continued.js';

/** What is asked of a line before it is held back. */
export interface LineJudge {
  /** The line without the quoting marks that stand before all of them. */
  plain(text: string): string;
  /** True for a prompt with a command. */
  isTyped(text: string): boolean;
  /** True while a format is read that carries scripts and frames of its own. */
  carriesText(): boolean;
}

/** Makes one line of what stands over several: a command with its continuations, and the frame around a host's name. */
export class WholeLines {
  /** A prompt's line that the next ones may go on with. */
  #typing: Line | undefined;
  /** A rule, and a name beneath it, that may be a frame. */
  #box: readonly Line[] = [];

  constructor(
    private readonly judge: LineJudge,
    private readonly next: (line: Line) => void,
  ) {}

  /** True while a line is held back until the next one tells what it is. */
  get waits(): boolean {
    return this.#typing !== undefined || this.#box.length > 0;
  }

  line(line: Line): void {
    const plain = this.#box.length === 0 && !line.text.startsWith('----');
    if (plain || !this.#boxes(line)) this.#typed(line);
  }

  end(): void {
    this.#unbox();
    this.#tellTyped();
  }

  /** True when the line may be one of the three around a host's name: then it waits for the others. */
  #boxes(line: Line): boolean {
    const box = [...this.#box, line];
    const [above, name, below] = box.map(({ text }) => text.trimEnd()) as [string, string?, string?];
    const whole = name === undefined || below === undefined ? undefined : boxed(above, name, below);
    if (whole !== undefined) {
      this.#box = [];
      this.#typed({ ...box[1]!, text: whole });
      return true;
    }
    const begins = isBoxRule(above) && below === undefined && (name === undefined || mayBeBoxed(name));
    if (begins && !this.judge.carriesText()) {
      this.#box = box;
      return true;
    }
    this.#unbox();
    return false;
  }

  #unbox(): void {
    const lines = this.#box;
    this.#box = [];
    for (const line of lines) this.#typed(line);
  }

  #typed(line: Line): void {
    const own = this.judge.plain(line.text);
    if (this.#typing !== undefined) {
      const whole = continued(this.#typing.text, own);
      if (whole !== undefined) {
        this.#typing = { ...this.#typing, text: whole };
        return;
      }
      this.#tellTyped();
    } else if (isUnfinished(own) && this.judge.isTyped(own)) {
      this.#typing = { ...line, text: own };
      return;
    }
    this.next(line);
  }

  #tellTyped(): void {
    const typed = this.#typing;
    this.#typing = undefined;
    if (typed !== undefined) this.next(typed);
  }
}
