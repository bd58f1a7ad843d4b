import type { Line } from '../../core/sink.js';
import { isProse } from './prose.js';

/** Who is told of lines that nobody read. */
export interface MissesOutput {
  /** A line that nobody understood, in a piece that a parser reads or after one. */
  notUnderstood(parser: string, line: number): void;
  /** Lines under a command that shows the network, of which no parser read any. */
  unread(command: string, first: number, count: number): void;
}

/** Lines of prose that wait for what comes behind them. */
const MOST_PROSE = 100;

/** Keeps count of the lines that nobody understood. */
export class Misses {
  /** Prose behind what the open parser has read so far: of its output only when more of that follows. */
  #prose: number[] = [];
  /** The output of a command that no parser reads, until something else begins. */
  #unread: { readonly command: string; readonly first: number; count: number } | undefined;
  #count = 0;
  #first = 0;

  constructor(private readonly output: MissesOutput) {}

  /** Lines in which no format was recognised, and the first of them. */
  get all(): { readonly count: number; readonly first: number } {
    return { count: this.#count, first: this.#first };
  }

  /** A line that nobody understood, in what this parser reads or after it. */
  add({ text, number }: Line, parser: string | undefined): void {
    if (parser === undefined) {
      if (this.#unread !== undefined) this.#unread.count++;
    } else {
      this.#prose.push(number);
      if (!isProse(text) || this.#prose.length > MOST_PROSE) this.goesOn(parser);
    }
    if (this.#count++ === 0) this.#first = number;
  }

  /** The output of the parser goes on: what was not understood before stands within it. */
  goesOn(parser: string): void {
    if (this.#prose.length === 0) return;
    for (const line of this.#prose) this.output.notUnderstood(parser, line);
    this.#prose = [];
  }

  /** The output of this command begins, which no parser reads; undefined for what shows nothing of the network. */
  begins(command: string | undefined, line: number): void {
    this.#unread = command === undefined ? undefined : { command, first: line, count: 0 };
  }

  /** A parser reads what is beneath the command after all. */
  isRead(): void {
    this.#unread = undefined;
  }

  /** What was open is over. */
  ends(): void {
    this.#prose = [];
    const unread = this.#unread;
    this.#unread = undefined;
    if (unread !== undefined && unread.count > 0) this.output.unread(unread.command, unread.first, unread.count);
  }
}
