import type { nfChain, nfRule } from '../../core/event/netfilter.js';
import { wordTable } from '../../core/word-table.js';
import type { Fact } from '../facts.js';

type ChainFact = Fact<typeof nfChain>;
type RuleFact = Fact<typeof nfRule>;

/** One chain as one dump prints it: `at` is its own line, absent in an excerpt. */
export interface DumpChain {
  readonly name: string;
  at?: ChainFact;
  readonly rules: RuleFact[];
}

/** One table as one dump prints it. */
export interface DumpBlock {
  readonly backend: string;
  readonly family: 4 | 6;
  readonly table: string;
  readonly source: number;
  readonly chains: Map<string, DumpChain>;
  /** All its base chains are printed, so that what is not in it does not exist. */
  readonly whole: boolean;
  /** Rules with parts that the dump hides or that were not understood. */
  readonly unread: number;
  /** Lines of the dump are missing: a pipe filtered it, or some were not understood. */
  readonly lacking: boolean;
}

/** Base chains that the kernel creates together with a table; nat had no INPUT before Linux 2.6.36. */
const BASE_CHAINS = wordTable<readonly string[]>({
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
});

function isWhole(backend: string, table: string, chains: ReadonlyMap<string, DumpChain>): boolean {
  const base = BASE_CHAINS[table];
  if (base === undefined) return [...chains.values()].some((chain) => chain.at?.hook !== undefined);
  const shown = base.filter((name) => chains.get(name)?.at?.policy !== undefined);
  // iptables-nft creates a base chain when the first rule needs it; the legacy table comes with all of them.
  return backend === 'nft' ? shown.length > 0 : shown.length === base.length;
}

/**
 * Cuts chain and rule rows of one host into tables as the dumps printed them, in the order of reading. A chain that is
 * declared again, or a rule position that starts over, begins the next dump of the same table. `lacking` are the sources
 * of which lines are missing, `narrowed` those that were asked for one chain.
 */
export function dumpBlocks(
  chains: readonly ChainFact[],
  rules: readonly RuleFact[],
  lacking: ReadonlySet<number>,
  narrowed: ReadonlySet<number>,
): readonly DumpBlock[] {
  const finished: {
    key: string;
    backend: string;
    family: 4 | 6;
    table: string;
    source: number;
    chains: Map<string, DumpChain>;
  }[] = [];
  const open = new Map<string, (typeof finished)[number]>();
  const positions = new Map<DumpChain, number>();
  const blockOf = (row: ChainFact | RuleFact) => {
    const key = `${row.source} ${row.backend} ${row.family} ${row.table}`;
    let block = open.get(key);
    if (block === undefined) {
      const { backend, table, source } = row;
      block = { key, backend, family: row.family === 6 ? 6 : 4, table, source, chains: new Map() };
      open.set(key, block);
      finished.push(block);
    }
    return block;
  };
  const chainOf = (block: (typeof finished)[number], name: string): DumpChain => {
    let chain = block.chains.get(name);
    if (chain === undefined) {
      chain = { name, rules: [] };
      block.chains.set(name, chain);
    }
    return chain;
  };
  const addChain = (row: ChainFact) => {
    let block = blockOf(row);
    if (block.chains.get(row.chain)?.at !== undefined) {
      open.delete(block.key);
      block = blockOf(row);
    }
    chainOf(block, row.chain).at = row;
  };
  const addRule = (row: RuleFact) => {
    let block = blockOf(row);
    const known = block.chains.get(row.chain);
    if (known !== undefined && row.position <= (positions.get(known) ?? 0)) {
      open.delete(block.key);
      block = blockOf(row);
    }
    const chain = chainOf(block, row.chain);
    chain.rules.push(row);
    positions.set(chain, row.position);
  };
  let next = 0;
  for (const row of chains) {
    for (; next < rules.length && before(rules[next]!, row); next++) addRule(rules[next]!);
    addChain(row);
  }
  for (; next < rules.length; next++) addRule(rules[next]!);
  return finished.map(({ key: _, ...block }) => ({
    ...block,
    whole:
      !lacking.has(block.source) && !narrowed.has(block.source) && isWhole(block.backend, block.table, block.chains),
    lacking: lacking.has(block.source),
    unread: [...block.chains.values()].reduce(
      (sum, chain) => sum + chain.rules.filter((rule) => rule.spec.includes('-m unread ')).length,
      0,
    ),
  }));
}

const before = (a: { source: number; line: number }, b: { source: number; line: number }): boolean =>
  a.source !== b.source ? a.source < b.source : a.line < b.line;
