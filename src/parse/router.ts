import type { Line, Sink } from '../core/sink.js';
import type { Command } from './command.js';
import { commandOfPath, readHeading } from './heading.js';
import type { LineReader, Parser } from './parser.js';

/** What the router tells of a piece it opens; the caller makes a source of it. */
export interface Piece {
  readonly parser: string;
  readonly firstLine: number;
  readonly command?: string | undefined;
  readonly host?: string | undefined;
  readonly netns?: string | undefined;
  readonly filtered: boolean;
}

export interface RouterOutput {
  /** Opens a source for a piece; called at the piece's first line. */
  open(piece: Piece): Sink;
  /** A line that nobody understood, in a piece that a parser reads or after one. */
  notUnderstood(parser: string, line: number): void;
  /** A parser threw: our bug; costs that piece alone. */
  crashed(parser: string, line: number, error: unknown): void;
}

/** Formats whose state or ambiguity makes another parser's claim worthless once they run (JSON, YAML). */
interface Open {
  readonly parser: Parser;
  readonly reader: LineReader;
}

/**
 * Splits the text of one member into pieces and gives each to the parser of its format: by heading (prompt or collector's
 * header) first, by content next, by path last. Content is re-examined whenever the running parser meets a line that it
 * does not understand, so outputs pasted one after another without any prompt still come apart.
 */
export class TextRouter {
  readonly #known: (command: string) => boolean;
  #open: Open | undefined;
  #host: string | undefined;
  #command: Command | undefined;
  /** The parser that the command named, until its first line shows. */
  #expected: Parser | undefined;
  #understoodAny = false;
  #unclaimed = 0;
  #firstUnclaimed = 0;

  constructor(
    private readonly parsers: readonly Parser[],
    private readonly path: string,
    private readonly output: RouterOutput,
  ) {
    this.#known = (command) => parsers.some((parser) => parser.command?.test(command) === true);
    const spelled = commandOfPath(path, this.#known);
    if (spelled !== undefined) {
      this.#command = spelled;
      this.#expected = this.#byCommand(spelled.text);
    }
    this.#expected ??= parsers.find((parser) => parser.path?.test(path) === true);
  }

  /** Lines of a member in which no format was recognised at all, with the first such line. */
  get unclaimed(): { readonly count: number; readonly first: number; readonly nothing: boolean } {
    return { count: this.#unclaimed, first: this.#firstUnclaimed, nothing: !this.#understoodAny };
  }

  line(at: Line): void {
    const heading = readHeading(at.text, this.#known);
    if (heading !== undefined && !this.#ownsHeading(at)) {
      this.#close(at.number);
      this.#host = heading.host ?? this.#host;
      this.#command = heading.command === undefined ? undefined : { ...heading.command, host: heading.command.host };
      this.#expected = heading.command === undefined ? undefined : this.#byCommand(heading.command.text);
      this.#understoodAny = true;
      // A command without output still is evidence (a curl that hung): open it at its own heading line.
      if (this.#expected !== undefined) this.#start(this.#expected, at);
      return;
    }
    if (this.#open !== undefined && this.#offer(this.#open, at)) return;
    if (at.text.trim() === '') return;
    const next =
      this.parsers.find((parser) => parser !== this.#open?.parser && parser.starts(at.text)) ??
      (this.#open === undefined ? this.#expected : undefined);
    if (next !== undefined) {
      const before = this.#open;
      const keptCommand = before === undefined || next.command?.test(this.#command?.text ?? '') === true;
      this.#close(at.number);
      if (!keptCommand && this.#command !== undefined) this.#command = undefined;
      this.#start(next, at);
      if (this.#open !== undefined && this.#offer(this.#open, at)) return;
    }
    this.#miss(at);
  }

  end(lastLine: number): void {
    this.#close(lastLine);
  }

  /** A `# comment` inside iptables-save looks like a prompt: what the running parser starts with stays its own. */
  #ownsHeading(at: Line): boolean {
    return this.#open?.parser.starts(at.text) === true;
  }

  #byCommand(command: string): Parser | undefined {
    return this.parsers.find((parser) => parser.command?.test(command) === true);
  }

  #start(parser: Parser, at: Line): void {
    const command = this.#command;
    const piece: Piece = {
      parser: parser.id,
      firstLine: at.number,
      command: command?.text,
      host: command?.host ?? this.#host,
      netns: command?.netns,
      filtered: command?.filtered ?? false,
    };
    try {
      const sink = this.output.open(piece);
      this.#open = { parser, reader: parser.open(sink, { path: this.path, command: command?.text, host: piece.host }) };
    } catch (error) {
      this.output.crashed(parser.id, at.number, error);
      this.#open = undefined;
    }
    this.#expected = undefined;
  }

  #offer(open: Open, at: Line): boolean {
    try {
      const understood = open.reader.line(at);
      if (understood) this.#understoodAny = true;
      return understood;
    } catch (error) {
      this.output.crashed(open.parser.id, at.number, error);
      this.#open = undefined;
      return false;
    }
  }

  #miss(at: Line): void {
    if (this.#open !== undefined) this.output.notUnderstood(this.#open.parser.id, at.number);
    if (this.#unclaimed++ === 0) this.#firstUnclaimed = at.number;
  }

  #close(line: number): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    try {
      open.reader.end?.();
    } catch (error) {
      this.output.crashed(open.parser.id, line, error);
    }
  }
}
