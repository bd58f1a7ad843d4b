import { canonicalPrefix } from '../../core/prefix.js';
import type { Line, Sink } from '../../core/sink.js';
import { wordTable } from '../../core/word-table.js';
import type { LineReader, Parser, Section } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { readExtras } from './iptables-extensions.js';
import { protocolName } from './iptables-names.js';
import { dumpOrigin, NetfilterBlock, readWarning } from './nf-block.js';
import { unread } from './rule-text.js';

const CHAIN =
  /^Chain (\S+) \((?:policy (ACCEPT|DROP|QUEUE|RETURN)(?: (\d+[KMGT]?) packets, (\d+[KMGT]?) bytes)?|(\d+) references|ERROR obtaining refs)\)$/;
const HEADING = /^(num +)?(pkts +bytes +)?target +prot +opt +(in +out +)?source +destination$/;
const PROTOCOL = '!?(?:all|\\d+|[a-z][a-z0-9.-]*)';
const COUNT = '\\d+[KMGT]?';
/** What the heading announces. */
interface Columns {
  readonly numbered: boolean;
  readonly counted: boolean;
  readonly devices: boolean;
}

/** `[num] [pkts bytes] [target] prot opt [in out] source destination rest`; cells are split by blanks, not by width. */
const rowPattern = (columns: Columns): RegExp =>
  new RegExp(
    `^${columns.numbered ? '\\d+ +' : ''}${columns.counted ? `(${COUNT}) +(${COUNT}) +` : '()()'}` +
      // Rows of old ip6tables leave the opt column blank.
      `(?:(\\S+) +)??(${PROTOCOL})(?: +(--|!f|-f) +| {4,})${columns.devices ? '(\\S+) +(\\S+) +' : '()()'}(!?\\S+) +(!?\\S+)(?: +(.*))?$`,
  );
/** A row that lost its heading (grep) is told by its counters, devices and numeric addresses. */
const LOOSE = [false, true].map((numbered) => rowPattern({ numbered, counted: true, devices: true }));
const looseRow = (text: string): RegExpExecArray | undefined => {
  for (const pattern of LOOSE) {
    const row = pattern.exec(text);
    if (row?.[5] && [row[8]!, row[9]!].every((cell) => canonicalPrefix(cell.replace('!', '')) !== undefined))
      return row;
  }
  return undefined;
};

/** A count as `-L -v` prints it: rounded to thousands (K), millions (M), … when it has more than five digits. */
function count(text: string | undefined): bigint | undefined {
  if (text === undefined || text === '') return undefined;
  const scale = { K: 1_000n, M: 1_000_000n, G: 1_000_000_000n, T: 1_000_000_000_000n }[text.at(-1)!];
  return scale === undefined ? BigInt(text) : BigInt(text.slice(0, -1)) * scale;
}

/** Names that `-L` without `-n` prints for well-known networks (/etc/networks, /etc/hosts). */
const NETWORKS = wordTable<string>({
  'loopback/8': '127.0.0.0/8',
  'link-local/16': '169.254.0.0/16',
  'base-address.mcast.net/4': '224.0.0.0/4',
  'ip6-mcastprefix/8': 'ff00::/8',
});

/** The `-s`/`-d` part of an address column; empty when it is any address. */
function address(option: string, text: string, family: 4 | 6 | undefined): string {
  const negated = text.startsWith('!');
  const bare = negated ? text.slice(1) : text;
  if (!negated && /^(anywhere|0\.0\.0\.0\/0|::\/0)$/.test(bare)) return '';
  const prefix =
    bare === 'localhost'
      ? family === 6
        ? '::1/128'
        : '127.0.0.1/32'
      : (NETWORKS[bare.toLowerCase()] ?? canonicalPrefix(bare) ?? bare);
  return `${negated ? '! ' : ''}${option} ${prefix}`;
}

function option(letter: string, text: string | undefined): string {
  if (text === undefined || text === '' || text === '*' || text === 'any') return '';
  return text.startsWith('!') ? `! -${letter} ${text.slice(1)}` : `-${letter} ${text}`;
}

function starts(line: string): boolean {
  const text = asPrinted(line).trim();
  return CHAIN.test(text) || HEADING.test(text) || looseRow(text) !== undefined;
}

function open(sink: Sink, section: Section): LineReader {
  const origin = dumpOrigin(section);
  const block = new NetfilterBlock();
  let chain: string | undefined;
  let pattern: RegExp | undefined;
  let devices = true;

  const header = (match: RegExpExecArray, at: Line) => {
    const name = match[1]!;
    if (block.isOver(name)) block.flush(sink, origin);
    block.chain({ chain: name, policy: match[2], packets: count(match[3]), bytes: count(match[4]), at });
    chain = name;
    pattern = undefined;
  };

  const row = (text: string, at: Line): boolean => {
    const cells = pattern === undefined ? looseRow(text) : pattern.exec(text);
    if (!cells) return false;
    const [, packets, bytes, target, prot, opt, inDev, outDev, src, dst, rest] = cells;
    const extras = readExtras(rest ?? '', target);
    const protocol = prot!.replace('!', '');
    const parts = [
      address('-s', src!, origin.family),
      address('-d', dst!, origin.family),
      option('i', inDev),
      option('o', outDev),
      /^(0|all)$/.test(protocol) ? '' : `${prot!.startsWith('!') ? '! ' : ''}-p ${protocolName(protocol)}`,
      opt === '-f' ? '-f' : opt === '!f' ? '! -f' : '',
      extras.matches,
      // Without -v the listing hides -i and -o, and so whether the rule applies at all.
      devices ? '' : unread('interfaces'),
      target === undefined ? '' : `${extras.goto ? '-g' : '-j'} ${target}`,
      extras.options,
    ];
    block.rule({
      // A heading that a grep dropped may have been another chain's: the row could be anybody's.
      chain: pattern === undefined ? 'unknown' : (chain ?? 'unknown'),
      spec: parts.filter((part) => part !== '').join(' '),
      target,
      goto: extras.goto,
      comment: extras.comments.length === 0 ? undefined : extras.comments.join('; '),
      packets: count(packets),
      bytes: count(bytes),
      at,
    });
    return true;
  };

  return {
    line(at) {
      const text = asPrinted(at.text).trim();
      if (text === '') return true;
      const chainLine = CHAIN.exec(text);
      if (chainLine !== null) {
        header(chainLine, at);
        return true;
      }
      const heading = HEADING.exec(text);
      if (heading !== null) {
        devices = heading[3] !== undefined;
        pattern = rowPattern({ numbered: heading[1] !== undefined, counted: heading[2] !== undefined, devices });
        return true;
      }
      if (/^=+$|^Total Number of Rules: \d+$/.test(text) || readWarning(sink, text, at)) return true;
      return row(text, at);
    },
    end() {
      if (!block.empty) block.flush(sink, origin);
    },
  };
}

/**
 * `iptables -L` with any of -n, -v, --line-numbers, rebuilt into iptables-save grammar as far as the text allows.
 * Grammar: `print_header`, `print_rule_details`, `print_counters` in iptables.c and xshared.c.
 */
export const iptablesList: Parser = {
  id: 'iptables-list',
  title: 'iptables -L, ip6tables -L (with -n, -v, --line-numbers)',
  command: /^ip6?tables(-legacy|-nft)?\s(.*\s)?(-[a-zA-Z]*L[a-zA-Z]*\b|--list\b)(?!-)/,
  starts,
  open,
};
