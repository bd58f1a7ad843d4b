import type { rule } from '../../core/event/network.js';
import { parsePrefix } from '../../core/prefix.js';
import type { Fact } from '../facts.js';
import type { HostRule, RuleSelector } from './host.js';

type Row = Fact<typeof rule>;

/** What two dumps of the same rule have in common. */
export const sameRule = (row: Row): string => `${row.priority} ${row.spec}`;

/** The rules that a kernel has before anybody adds one (net/ipv4/fib_rules.c, net/ipv6/fib6_rules.c). */
export const defaultRules = (family: 4 | 6): readonly HostRule[] =>
  (
    [
      [0, 'local'],
      [32766, 'main'],
      [32767, 'default'],
    ] as const
  )
    .filter(([, table]) => family === 4 || table !== 'default')
    .map(([priority, table]) => ({
      priority,
      at: undefined,
      family,
      not: false,
      selectors: [],
      action: 'lookup',
      table,
    }));

/** Rules by priority; equal ones stay as printed. */
export const rulesOf = (rows: readonly Row[]): readonly HostRule[] =>
  rows.map(ruleOf).sort((a, b) => a.priority - b.priority);

const ACTIONS: ReadonlySet<string> = new Set(['lookup', 'blackhole', 'unreachable', 'prohibit', 'goto', 'nop']);

function ruleOf(row: Row): HostRule {
  const words = row.spec.split(' ');
  const fwmark = readMark(row.fwmark);
  const goto = words[words.indexOf('goto') + 1];
  return {
    priority: row.priority,
    at: row,
    family: row.family === 6 ? 6 : 4,
    not: row.not,
    from: row.from === undefined ? undefined : parsePrefix(row.from),
    to: row.to === undefined ? undefined : parsePrefix(row.to),
    iif: row.iif,
    oif: row.oif,
    fwmark,
    selectors: [
      ...selectorsOf(words, row.action === 'lookup' && row.table === undefined),
      ...(row.fwmark !== undefined && fwmark === undefined ? [{ name: 'fwmark', value: row.fwmark }] : []),
    ],
    action: ACTIONS.has(row.action) ? (row.action as HostRule['action']) : 'unread',
    table: row.table,
    goto: words.includes('goto') && goto !== undefined && /^\d+$/.test(goto) ? Number(goto) : undefined,
    suppressPrefixLength: row.suppress_prefixlength,
  };
}

/** `0x1`, `0x1/0x3`, `16/0xf0`; without a mask all bits count. */
function readMark(text: string | undefined): HostRule['fwmark'] {
  if (text === undefined) return undefined;
  const [value, mask] = text.split('/').map(Number);
  if (value === undefined || Number.isNaN(value) || (mask !== undefined && Number.isNaN(mask))) return undefined;
  return { value: value >>> 0, mask: (mask ?? 0xffffffff) >>> 0 };
}

/** Words of `ip rule` whose meaning has a column of its own, with how many words follow. */
const READ: ReadonlyMap<string, number> = new Map([
  ['not', 0],
  ['from', 1],
  ['to', 1],
  ['iif', 1],
  ['oif', 1],
  ['fwmark', 1],
  ['lookup', 1],
  ['table', 1],
  ['goto', 1],
  ['nop', 0],
  ['blackhole', 0],
  ['unreachable', 0],
  ['prohibit', 0],
  ['suppress_prefixlength', 1],
  ['proto', 1],
  ['protocol', 1],
  ['realms', 1],
  ['[unresolved]', 0],
]);

/** The rest of a rule: each selector's keyword with its value (iproute2 `ip/iprule.c`, print_rule). */
function selectorsOf(words: readonly string[], withoutTable: boolean): readonly RuleSelector[] {
  const selectors: RuleSelector[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const skip = READ.get(word);
    if (skip !== undefined) {
      if (word === 'lookup' && words[i + 1] === '[l3mdev-table]') selectors.push({ name: 'l3mdev', value: '' });
      i += skip;
    } else if (word === 'l3mdev') {
      selectors.push({ name: 'l3mdev', value: '' });
    } else if (word === '[detached]') {
      selectors.push({ name: 'detached', value: words[i - 2] ?? '' });
    } else {
      selectors.push({ name: word, value: words[i + 1] ?? '' });
      i++;
    }
  }
  if (withoutTable && !selectors.some(({ name }) => name === 'l3mdev')) selectors.push({ name: 'lookup', value: '?' });
  return selectors;
}
