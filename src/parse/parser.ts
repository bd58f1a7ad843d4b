import type { Line, Sink } from '../core/sink.js';

/** What the router knows of a piece of text before it chooses a parser. */
export interface Section {
  /** Path of the member inside the bundle. */
  readonly path: string;
  /** The command whose output this is, when a prompt, a header or the layout tells, e.g. `ip route show table all`. */
  readonly command?: string | undefined;
  /** A pipe behind the command dropped lines (grep, head, tail, …). */
  readonly filtered?: boolean | undefined;
  /** Host named by the prompt. */
  readonly host?: string | undefined;
  /** The line of the prompt or header that names the command: what a command without output is cited by. */
  readonly heading?: Line | undefined;
}

/** Reads the lines of one section. Its state lives in a closure and dies with the section. */
export interface LineReader {
  /**
   * Takes one line, without its line end. True: understood (also blank lines and headings that carry nothing).
   * False: this is not my format; the router offers the line to other parsers, or counts it as not understood.
   */
  line(at: Line): boolean;
  /**
   * Takes line `number` as it lies in bytes [from, to), when it differs from one that `line` has read only in the digits and names of
   * fields: ASCII without escapes and line end. False: make it a text, and give it to `line`. For formats of which a bundle
   * has millions of lines.
   */
  bytes?(bytes: Uint8Array, from: number, to: number, number: number): boolean;
  /** The section is over: emit what spans lines (JSON, YAML, a last block). */
  end?(): void;
}

/** One text format. `parse/index.ts` lists them all; one file, one format, one sample, one test. */
export interface Parser {
  /** The file's name, and the format's name in reports. */
  readonly id: string;
  /** For `podtrail formats`: which commands or files this is. */
  readonly title: string;
  /** Commands whose output this is, matched against the command without path, sudo, kubectl exec and the like. */
  readonly command?: RegExp;
  /** Paths that name this format when the content alone is ambiguous (a file with one value, a table without heading). */
  readonly path?: RegExp;
  /**
   * Characters that a line may have, when those of a long line of text are too few: JSON, XML, sets and command lines come on one
   * line. Each must cost the same: no pattern that tries a long run again from each of its characters.
   */
  readonly longest?: number;
  /** Bytes that a line may have which `starts` knows, where a whole dump of megabytes comes on one line; without it, the intake's bound. */
  readonly oneLine?: number;
  /**
   * Does this single line look like this format, whatever comes before it? Must be strict: it is asked of prose and
   * of every other format's lines. A format whose lines are ambiguous answers true for its opening line only.
   */
  starts(line: string): boolean;
  open(sink: Sink, section: Section): LineReader;
}

/** Collects a section's text for formats that only make sense as a whole (JSON, YAML), within a bound. */
export class TextBlock {
  /** Longest text kept, in UTF-16 units; beyond it the block is cut and `full` is true. */
  static readonly limit = 16 * 1024 * 1024;
  readonly lines: Line[] = [];
  #size = 0;
  full = false;

  add(at: Line): void {
    this.#size += at.text.length + 1;
    if (this.#size > TextBlock.limit) this.full = true;
    else this.lines.push(at);
  }

  get text(): string {
    return this.lines.map((line) => line.text).join('\n');
  }
}
