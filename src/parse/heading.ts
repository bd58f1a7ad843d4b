import { type Command, parseCommand } from './command.js';

/** A line that is not output but says what follows: a shell prompt with a command, or a collector's heading. */
export interface Heading {
  /** Host that the prompt names. */
  readonly host?: string | undefined;
  /** Undefined for a prompt without a command. */
  readonly command?: Command | undefined;
}

/** `[root@n1 ~]# cmd`, `root@n1:~# cmd`, `user@n1 ~ $ cmd`, `root@n1 ~ # cmd`; also with a (venv) or time stamp before it. */
const PROMPT =
  /^\s*(?:\([\w.-]+\)\s*)?(?:\[?\d\d:\d\d(?::\d\d)?\]?\s*)?(?:\[[\w.-]+@([\w.-]+)[ :][^\]]*\]|[\w.-]+@([\w.-]+)(?::[^#$%>]{0,200}?|\s+[~/][^#$%>]{0,200}?)?)\s*[#$%>](?:\s+(.*)|)$/;
/** Only a root or user sign: ambiguous with comments and prose, so the command must be one we know. */
const BARE = /^\s*[$#%>]\s*(\S.*)$/;
/** Decorated headings: `==> ip route <==`, `### ip route ###`, `--- ip route ---`, `+ ip route`, `>>> ip route`. */
const DECORATED =
  /^\s*(?:[=#*>+-]{1,}|\[)[=#*>+-]*\s*(?:cmd|command|output of|executing|running)?\s*[:]?\s*['"`]?(.*?)['"`]?\s*(?:[:]|[=#*<\]+-]{1,})?\s*$/i;
const LABELLED = /^\s*(?:command|cmd|executing|running)\s*[:=]\s*['"`]?(.+?)['"`]?\s*$/i;
/** supportconfig and sos style: `# /sbin/ip route`. Absolute path, so no comment. */
const ABSOLUTE = /^#\s+(\/(?:usr\/)?s?bin\/\S+.*)$/;
/** supportconfig's frame around each command or file: whatever came before is over. */
const FRAME = /^#==\[ [\w ]+ \]=+#$/;

/**
 * Recognises a heading. `known` says whether some parser reads that command's output: headings without a host are taken
 * for one only then, because prose and comments look alike.
 */
export function readHeading(line: string, known: (command: string) => boolean): Heading | undefined {
  if (line.length > 2000) return undefined;
  const prompt = PROMPT.exec(line);
  if (prompt !== null) {
    const typed = prompt[3]?.trim() ?? '';
    return { host: prompt[1] ?? prompt[2], command: typed === '' ? undefined : parseCommand(typed) };
  }
  if (FRAME.test(line)) return {};
  const first = line.trimStart().charCodeAt(0);
  // = # * > + - [ $ % and the letters of Command/cmd/executing/running
  if (!/[=#*>+\-[$%CcEeRr]/.test(String.fromCharCode(first))) return undefined;
  for (const form of [ABSOLUTE, BARE, LABELLED, DECORATED]) {
    const match = form.exec(line);
    const typed = match?.[1]?.trim();
    if (typed === undefined || typed === '') continue;
    const hosted = /^([\w.-]+)[:>\]]\s+(\S.*)$/.exec(typed);
    const readings: readonly (readonly [string | undefined, string])[] =
      hosted === null
        ? [[undefined, typed]]
        : [
            [undefined, typed],
            [hosted[1], hosted[2]!],
          ];
    for (const [host, text] of readings) {
      const command = parseCommand(text);
      if (command !== undefined && known(command.text)) return { host, command };
    }
  }
  const absolute = ABSOLUTE.exec(line);
  return absolute === null ? undefined : { command: parseCommand(absolute[1]!) };
}

/** The command that a member's file name spells, as sos and others do: `ip_-d_address`, `iptables_-t_nat_-nvL.txt`. */
export function commandOfPath(path: string, known: (command: string) => boolean): Command | undefined {
  const base = path.replace(/^.*[/!]/, '').replace(/\.(txt|log|out|json|yaml|yml|gz|xz|md)$/g, '');
  for (const typed of [base.replaceAll('_', ' '), base.replaceAll('-', ' '), base]) {
    const command = parseCommand(typed.replace(/\s+/g, ' '));
    if (command !== undefined && known(command.text)) return command;
  }
  return undefined;
}
