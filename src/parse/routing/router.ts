import { Failure } from '../../core/failure.js';
import type { Line, Sink } from '../../core/sink.js';
import type { LineReader, Parser } from '../parser.js';
import { type Command, parseCommand } from './command.js';
import { fenceOf, withoutCodeMarks } from './fence.js';
import { commandOfPath, type Heading, readHeading } from './heading.js';
import { Misses, type MissesOutput } from './misses.js';
import { quotedDepth, unquoted } from './quotation.js';
import { isRemark } from './remark.js';
import { isMarkdownHeading, sectionOf } from './section.js';
import { Spread } from './spread.js';
import { unreadOutput } from './unread-output.js';
import { WholeLines } from './whole-lines.js';

/** What the router tells of a piece it opens; the caller makes a source of it. */
export interface Piece {
  readonly parser: string;
  readonly firstLine: number;
  readonly command?: string | undefined;
  readonly host?: string | undefined;
  readonly netns?: string | undefined;
  /** The word of the framed heading that it stands beneath, where no host was told since: it may be a node's name. */
  readonly section?: string | undefined;
  readonly filtered: boolean;
}

export interface RouterOutput extends MissesOutput {
  /** Opens a source for a piece; called at the piece's first line. */
  open(piece: Piece): Sink;
  /** The open piece's command has ended: a later prompt or header shows it, so that no output means that there was none. */
  finished(): void;
  /** A parser threw: our bug; costs that piece alone. */
  crashed(parser: string, line: number, error: unknown): void;
}

/** Formats that carry whole scripts and command lines inside: what looks like a heading there is data. */
const CARRIES_TEXT = new Set(['kubernetes-object', 'ip-json', 'nft-json', 'kubectl-describe']);
/** A shell without a command of its own: what is typed next runs where it runs. */
const SHELL = /^(?:(?:ba|a|da|z|k)?sh)(?: -[il]+)?$|^nsenter\b/;
/** What the tool itself says between the hosts' lines: pdsh of a host that it did not reach, fab of each that it asks. */
const OF_THE_ASKER = /^(?:pdsh@\S+: |clush: |\[[\w.@-]+\] (?:Executing task|run: )|Done\.$|Disconnecting from )/;

/** Characters of a line that tell its format. */
const BEGINNING = 2000;
/**
 * Characters of a line that a reader gets which does not ask for longer ones: patterns that are quick on lines are not on
 * blobs. Half of a rule would say something else, so it gets none of a longer line, which is not understood.
 */
const LONGEST = 8000;

const fits = ({ text }: Line, { longest = LONGEST }: Parser): boolean => text.length <= longest;

/** A command that several hosts ran, as one of them ran it. */
const ofHost = ({ above: _, before: __, ...command }: Command, host: string | undefined): Command =>
  host === undefined ? { ...command, elsewhere: true } : { ...command, host, elsewhere: undefined };

interface Open {
  readonly parser: Parser;
  readonly reader: LineReader;
  /** A prompt or a collector's header names its command, and nothing leads its output elsewhere; a sign alone may be a comment's. */
  readonly told: boolean;
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
  /** The last framed word (`##### w1 #####`), until a heading tells a host. */
  #section: string | undefined;
  /** The same of a heading above several blocks: `## w1`. */
  #standing: string | undefined;
  /** The parser that the command named, until its first line shows. */
  #expected: Parser | undefined;
  /** Where an interactive shell in a pod or network namespace was started, until it is left. */
  #inside: Command | undefined;
  /** Line beneath which a code block has just begun: a command there needs no sign. */
  #blockAt = -1;
  #inBlock = false;
  /** Line of the last heading. */
  #headedAt = -1;
  /** A loop over hosts whose output this is. */
  #loop: Command | undefined;
  /** Lines of hosts that were asked at once, each with its host before it, until something else comes. */
  #spread: { readonly command: Command; readonly before: RegExp; readonly said: Spread } | undefined;
  /** Marks of a quoting mail before the lines of this text, from one that no parser had open on. */
  #quoted = 0;
  readonly #whole: WholeLines;
  readonly #misses: Misses;
  #understoodAny = false;

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
    this.#misses = new Misses(output);
    this.#whole = new WholeLines(
      {
        plain: (text) => unquoted(text, this.#quoted),
        isTyped: (text) => readHeading(text, this.#known)?.command !== undefined,
        carriesText: () => this.#open !== undefined && CARRIES_TEXT.has(this.#open.parser.id),
      },
      (line) => this.#line(line),
    );
    this.#expected ??= parsers.find((parser) => parser.path?.test(path) === true);
  }

  /** Lines of a member in which no format was recognised at all, with the first such line. */
  get unclaimed(): { readonly count: number; readonly first: number; readonly nothing: boolean } {
    return { ...this.#misses.all, nothing: !this.#understoodAny };
  }

  /**
   * Gives the bytes of a line to the open parser, if that reads bytes; false when it must come as text. A line like one before it is
   * no heading either.
   */
  bytes(bytes: Uint8Array, from: number, to: number, number: number): boolean {
    const open = this.#open;
    if (open?.reader.bytes === undefined || this.#blockAt === number - 1) return false;
    if (this.#whole.waits || this.#spread !== undefined) return false;
    try {
      const understood = open.reader.bytes(bytes, from, to, number);
      if (understood) this.#misses.goesOn(open.parser.id);
      return understood;
    } catch (error) {
      this.#crashed(open.parser.id, number, error);
      return false;
    }
  }

  line(raw: Line): void {
    this.#whole.line(raw);
  }

  #line(raw: Line): void {
    const printed = this.#withoutQuoting(raw);
    // A blank line between a sentence that names a command and the block below it parts them no more than the sentence's end.
    if (this.#headedAt === printed.number - 1 && printed.text.trim() === '') this.#headedAt = printed.number;
    const fence = fenceOf(printed.text);
    if (fence !== undefined) {
      this.#fence(printed.number, fence.opening);
      if (!this.#inBlock || !/\s/.test(fence.glued.trim())) return;
      this.#blockAt = printed.number - 1;
      this.#line({ ...printed, text: fence.glued });
      return;
    }
    const code = withoutCodeMarks(printed.text);
    const at = code === printed.text ? printed : { ...printed, text: code };
    if (this.#said(at)) return;
    const heading =
      this.#nextHost(at) ?? readHeading(at.text, this.#known) ?? this.#unsigned(at) ?? this.#marked(raw, at);
    if (heading !== undefined && !this.#ownsHeading(at, heading)) {
      if (this.#open?.told === true) this.output.finished();
      this.#close(at.number);
      this.#headedAt = at.number;
      this.#command = this.#whereTyped(heading);
      this.#expected = heading.command === undefined ? undefined : this.#byCommand(heading.command.text);
      this.#understoodAny = true;
      // A command without output still is evidence (a curl that hung): open it at its own heading line.
      const several = this.#command?.above !== undefined || this.#spread !== undefined;
      if (several) return;
      if (this.#expected !== undefined) this.#start(this.#expected, at, heading.kind);
      else this.#nobodyReads(at.number);
      return;
    }
    if (isRemark(at.text)) return;
    const section = this.#open !== undefined && CARRIES_TEXT.has(this.#open.parser.id) ? undefined : sectionOf(at.text);
    this.#newSection(at.text, section);
    if (this.#open !== undefined && !fits(at, this.#open.parser)) {
      this.#miss(at);
      return;
    }
    if (this.#open !== undefined && this.#offer(this.#open, at)) return;
    if (at.text.trim() === '') return;
    // What comes next may be another host's, with or without a command above it.
    if (section !== undefined && this.#open !== undefined) {
      this.#close(at.number);
      this.#command = undefined;
      this.#expected = undefined;
      return;
    }
    const beginning = at.text.slice(0, BEGINNING);
    const next =
      this.parsers.find((parser) => parser !== this.#open?.parser && parser.starts(beginning)) ??
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

  /**
   * What the quotation of a mail or forum holds. Its depth is looked for between pieces only: `> GET / HTTP/1.1` within one may be its own
   * (curl -v). A line with fewer marks ends it.
   */
  #withoutQuoting(at: Line): Line {
    if (!at.text.includes('>')) {
      if (at.text.trim() !== '') this.#quoted = 0;
      return at;
    }
    if (this.#open === undefined || this.#quoted > 0) {
      const depth = quotedDepth(at.text);
      if (this.#open === undefined || depth < this.#quoted) this.#quoted = depth;
    }
    return this.#quoted === 0 ? at : { ...at, text: unquoted(at.text, this.#quoted) };
  }

  /**
   * A code block begins or ends: what was open is over, and the next block may be of another host. Only a command
   * written right above the block names what is in it.
   */
  #fence(line: number, opening: boolean): void {
    this.#inBlock = opening || !this.#inBlock;
    this.#blockAt = this.#inBlock ? line : -1;
    if (this.#inBlock && this.#headedAt === line - 1) return;
    this.#close(line);
    this.#command = undefined;
    this.#expected = undefined;
    this.#host = undefined;
    // A name above a block is that block's.
    if (!this.#inBlock) this.#section = undefined;
    this.#inside = undefined;
  }

  #newSection(text: string, section: string | undefined): void {
    if (!this.#inBlock && this.#open === undefined && isMarkdownHeading(text)) {
      this.#standing = section;
      this.#section = undefined;
    } else this.#section = section ?? this.#section;
  }

  /** The line that a loop over hosts prints above what the next one says. */
  #nextHost({ text }: Line): Heading | undefined {
    if (this.#loop?.above === undefined || text.length > 400) return undefined;
    const found = this.#loop.above.exec(text);
    return found === null ? undefined : { kind: 'title', host: found[1], command: ofHost(this.#loop, found[1]) };
  }

  /** Collects what hosts say that were asked at once, for their lines come in any order. */
  #said(at: Line): boolean {
    const spread = this.#spread;
    if (spread === undefined) return false;
    const [before, host] = at.text.length > LONGEST ? [] : (spread.before.exec(at.text) ?? []);
    if (host !== undefined && readHeading(at.text, this.#known)?.kind !== 'prompt') {
      if (spread.said.add(host, { ...at, text: at.text.slice(before!.length) })) return true;
      this.#spread = { ...spread, command: { ...spread.command, filtered: true, plain: false } };
    } else if (at.text.trim() === '' || OF_THE_ASKER.test(at.text)) return true;
    this.#tellSpread();
    return false;
  }

  /** Reads what was collected, host by host. */
  #tellSpread(): void {
    const spread = this.#spread;
    this.#spread = undefined;
    for (const [host, lines] of spread?.said.byHost ?? []) {
      const command = ofHost(spread!.command, host);
      this.#close(lines[0]!.number);
      this.#command = command;
      this.#expected = this.#byCommand(command.text);
      if (this.#expected !== undefined) this.#start(this.#expected, { ...lines[0]!, text: command.text }, 'title');
      for (const line of lines) this.#line(line);
      if (this.#open?.told === true) this.output.finished();
      this.#close(lines.at(-1)!.number);
      this.#command = undefined;
      this.#expected = undefined;
    }
  }

  /** `> ip route`: what looks like a quotation may be a shell's sign. */
  #marked(raw: Line, at: Line): Heading | undefined {
    return raw.text === at.text || this.#quoted !== 1 ? undefined : readHeading(raw.text, this.#known);
  }

  /** A command without any sign, in the first line of a code block. */
  #unsigned(at: Line): Heading | undefined {
    if (this.#blockAt !== at.number - 1) return undefined;
    const command = parseCommand(at.text.slice(0, BEGINNING));
    return command !== undefined && /\s/.test(command.text) && this.#known(command.text)
      ? { kind: 'bare', command }
      : undefined;
  }

  end(lastLine: number): void {
    this.#whole.end();
    this.#tellSpread();
    this.#close(lastLine);
  }

  /**
   * A `# comment` inside iptables-save looks like a prompt: what the running parser starts with stays its own. So do the
   * scripts and argument lists inside manifests.
   */
  #ownsHeading(at: Line, heading: Heading): boolean {
    const open = this.#open?.parser;
    if (open === undefined) return false;
    if (CARRIES_TEXT.has(open.id) && heading.kind !== 'prompt' && /^\s+[^$\s]/.test(at.text)) return true;
    return open.starts(at.text);
  }

  /** The command of a heading, with what earlier lines tell of where it was typed. */
  #whereTyped(heading: Heading): Command | undefined {
    const { command, host } = heading;
    if (host !== undefined && host !== this.#host) this.#inside = undefined;
    if (host !== undefined) {
      this.#section = undefined;
      this.#standing = undefined;
    }
    this.#host = host ?? this.#host;
    if (command?.above !== undefined || heading.kind !== 'title')
      this.#loop = command?.above === undefined ? undefined : command;
    if (command?.before !== undefined) this.#spread = { command, before: command.before, said: new Spread() };
    if (command === undefined || heading.kind === 'title') return command;
    if (/^(?:exit|logout)\b/.test(command.text)) {
      this.#inside = undefined;
      return command;
    }
    const placed: Command =
      this.#inside === undefined || command.netns !== undefined || command.host !== undefined
        ? command
        : { ...command, host: this.#inside.host, netns: this.#inside.netns };
    if (SHELL.test(command.text) && (command.netns !== undefined || command.host !== undefined)) this.#inside = command;
    return placed;
  }

  #nobodyReads(line: number): void {
    this.#misses.begins(this.#command === undefined ? undefined : unreadOutput(this.#command), line);
  }

  #byCommand(command: string): Parser | undefined {
    return this.parsers.find((parser) => parser.command?.test(command) === true);
  }

  /** `headed`: the line is a heading of this kind that names the command, not output of it. */
  #start(parser: Parser, at: Line, headed?: Heading['kind']): void {
    const command = this.#command;
    this.#misses.isRead();
    const piece: Piece = {
      parser: parser.id,
      firstLine: at.number,
      command: command?.text,
      host: command?.host ?? (command?.elsewhere === true ? undefined : this.#host),
      netns: command?.netns,
      section:
        command?.host === undefined && command?.elsewhere !== true ? (this.#section ?? this.#standing) : undefined,
      filtered: command?.filtered ?? false,
    };
    try {
      const sink = this.output.open(piece);
      this.#open = {
        parser,
        reader: parser.open(sink, {
          path: this.path,
          command: command?.text,
          filtered: piece.filtered,
          host: piece.host,
          heading: headed === undefined ? undefined : at,
        }),
        told: command?.plain === true && (headed === 'prompt' || headed === 'title'),
      };
    } catch (error) {
      this.#crashed(parser.id, at.number, error);
      this.#open = undefined;
    }
    this.#expected = undefined;
  }

  #offer(open: Open, at: Line): boolean {
    if (!fits(at, open.parser)) return false;
    try {
      const understood = open.reader.line(at);
      if (understood) {
        this.#understoodAny = true;
        if (at.text.trim() !== '') this.#misses.goesOn(open.parser.id);
      }
      return understood;
    } catch (error) {
      this.#crashed(open.parser.id, at.number, error);
      this.#open = undefined;
      return false;
    }
  }

  /** A Failure is no parser's fault: the store cannot be written, and nothing more is to be read. */
  #crashed(parser: string, line: number, error: unknown): void {
    if (error instanceof Failure) throw error;
    this.output.crashed(parser, line, error);
  }

  #miss(at: Line): void {
    this.#misses.add(at, this.#open?.parser.id);
  }

  #close(line: number): void {
    const open = this.#open;
    this.#open = undefined;
    this.#misses.ends();
    if (open === undefined) return;
    try {
      open.reader.end?.();
    } catch (error) {
      this.#crashed(open.parser.id, line, error);
    }
  }
}
