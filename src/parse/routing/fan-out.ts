import { type WordTable, wordTable } from '../../core/word-table.js';
import type { Loop } from './loop.js';
import { skipOptions, splitWords } from './wrapper.js';

/** How a tool that asks many hosts at once tells their outputs apart. */
interface FanOut {
  /** The line above each host's output, the host in its first group. */
  readonly above?: RegExp;
  /** What stands before each line of a host, the host in its first group. */
  readonly before?: RegExp;
  /** The command that each host ran. */
  readonly ran: (line: string) => string | undefined;
}

const NAME = String.raw`(?:[\w-]{1,64}@)?([A-Za-z0-9][\w.-]{0,252})`;
/** A line that `boxed` has made of three; several hosts that said the same stand in brackets (`w[1-3] (3)`), and are none. */
const BOX = new RegExp(String.raw`^-{4,80} (?:${NAME}(?: \(1\))?|.*) -{4,80}$`);
const LINES = /^([A-Za-z0-9][\w.-]{0,252}): ?/;
/** Options of pdsh, clush, pssh and dsh that take the next word (their manual pages). */
const VALUED =
  /^-(?:[wxgXtufldpPRNoOeHhc]|-(?:host|hosts|user|par|timeout|outdir|errdir|group|conf|nodeset|worker|hostfile))$/;

/** What stands behind the tool's name and its options. */
function behindOptions(line: string): string | undefined {
  const words = splitWords(line).slice(1);
  const at = skipOptions(words, VALUED);
  const rest = words.slice(words[at] === '--' ? at + 1 : at);
  return rest.length === 0 ? undefined : rest.join(' ');
}
const behind =
  (pattern: RegExp) =>
  (line: string): string | undefined =>
    pattern.exec(line)?.[1];

const TOOLS: WordTable<FanOut> = wordTable({
  pdsh: { before: LINES, ran: behindOptions },
  dsh: { before: LINES, ran: behindOptions },
  clush: { before: LINES, ran: behindOptions },
  'parallel-ssh': {
    above: new RegExp(String.raw`^\[\d+\] \d\d:\d\d:\d\d \[(?:SUCCESS|FAILURE)\] ${NAME}(?: .*)?$`),
    ran: behindOptions,
  },
  salt: { above: new RegExp(`^${NAME}:$`), ran: behind(/ cmd\.(?:run|shell|run_all) (.*)$/) },
  fab: { before: new RegExp(String.raw`^\[${NAME}\] (?:out|err): ?`), ran: behind(/ -- (.*)$/) },
});
const ALIASES: WordTable<string> = wordTable({ pssh: 'parallel-ssh' });

/**
 * `pdsh -a ip route`, `clush -b -g all ip route`, `parallel-ssh -h hosts -i ip route`, `salt '*' cmd.run 'ip route'`: what ran on each host,
 * and how their outputs are told apart (pdsh(1), clush(1), parallel-ssh(1)). Undefined for other commands.
 */
export function fanOut(typed: string): Loop | undefined {
  const [line = '', ...pipes] = typed.replace(/^(?:sudo|time) /, '').split(/\s*\|\s*/);
  const name = /^\S+/.exec(line)?.[0] ?? '';
  const tool = TOOLS[ALIASES[name] ?? name];
  if (tool === undefined) return undefined;
  const ran = tool.ran(splitWords(line).join(' '))?.replace(/^(['"])(.*)\1$/, '$2');
  if (ran === undefined) return undefined;
  const gathered = pipes.some((pipe) => pipe.startsWith('dshbak')) || (name === 'clush' && / -\w*[bBL]/.test(line));
  const told = gathered ? { above: BOX } : { above: tool.above, before: tool.before };
  const others = pipes.filter((pipe) => !pipe.startsWith('dshbak'));
  return { typed: [ran, ...others].join(' | '), ...told };
}
