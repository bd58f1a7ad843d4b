import type { nfChain, nfRule } from '../../core/event/netfilter.js';
import type { Fact } from '../facts.js';
import { type DumpBlock, type DumpChain, dumpBlocks } from './dump-blocks.js';
import type { RuleParts } from './parse-rule.js';
import { RuleReader } from './rule-reader.js';
import type { NfChain, NfMatch, NfRule, NfTable, NfTarget, Ruleset } from './ruleset.js';

type Backend = Ruleset['backend'];

/** Reads its spec when asked: a node has tens of thousands of rules, and a packet meets few of them. */
class SpecRule implements NfRule {
  constructor(
    readonly at: Fact<typeof nfRule>,
    private readonly reader: RuleReader,
    private readonly isChain: (name: string) => boolean,
  ) {}
  get matches(): readonly NfMatch[] {
    return this.#read().matches;
  }
  get target(): NfTarget {
    return this.#read().target;
  }
  #read(): RuleParts {
    return this.reader.read(this.at.spec, this.isChain);
  }
}

/** A chain name that no extension has: kube-proxy's, Calico's and Docker's chains that an excerpt does not declare. */
const LOOKS_LIKE_CHAIN = /[a-z]|^(KUBE|DOCKER|FLANNEL|CNI|WEAVE|CILIUM|AWS)[-_]/;

function toTable(
  name: string,
  chains: ReadonlyMap<string, DumpChain>,
  whole: boolean,
  sources: readonly number[],
  lacking: (chain: DumpChain) => boolean,
  reader: RuleReader,
): NfTable {
  const built = new Map<string, NfChain>();
  // Asked when all are built; to ask `chains` would keep the rows of every chain in a second list.
  const isChain = (target: string): boolean => built.has(target) || (!whole && LOOKS_LIKE_CHAIN.test(target));
  for (const chain of chains.values()) {
    built.set(chain.name, {
      name: chain.name,
      policy: chain.at?.policy,
      rules: chain.rules.map((rule) => new SpecRule(rule, reader, isChain)),
      shown: chain.at === undefined || lacking(chain) ? 'part' : 'whole',
      at: chain.at,
      hook: chain.at?.hook,
      priority: chain.at?.priority,
      kind: chain.at?.kind,
    });
  }
  return { name, chains: built, shown: whole ? 'whole' : 'part', sources };
}

/** The table that several dumps of it show: the last whole one, of those the one with the least unread; else their union. */
function chooseTable(name: string, blocks: readonly DumpBlock[], reader: RuleReader): NfTable {
  const whole = blocks.filter((block) => block.whole);
  const least = Math.min(...whole.map((block) => block.unread));
  const best = whole.filter((block) => block.unread === least).at(-1);
  if (best !== undefined) return toTable(name, best.chains, true, [best.source], () => false, reader);
  const chains = new Map<string, DumpChain>();
  const lacking = new Set<DumpChain>();
  for (const block of blocks)
    for (const chain of block.chains.values()) {
      if (block.lacking) lacking.add(chain);
      if (chain.at !== undefined || chains.get(chain.name)?.at === undefined) chains.set(chain.name, chain);
    }
  const sources = [...new Set(blocks.map((block) => block.source))];
  return toTable(name, chains, false, sources, (chain) => lacking.has(chain), reader);
}

/** What is known of the dumps beside their rows. */
export interface Hints {
  /** Sources of which lines are missing: a pipe filtered them, or some were not understood. */
  readonly lacking: ReadonlySet<number>;
  /** Sources that show the chains which were asked for, and not their table. */
  readonly narrowed: ReadonlySet<number>;
  /** Sources that show every table that is there. */
  readonly allTables: ReadonlySet<number>;
  /** Sources in which iptables-nft warns that legacy tables have rules, too. */
  readonly legacyHidden: readonly number[];
}
const NO_HINTS: Hints = { lacking: new Set(), narrowed: new Set(), allTables: new Set(), legacyHidden: [] };

const backendOf = (text: string): Backend => (text === 'legacy' || text === 'nft' ? text : 'unknown');

/**
 * The rule sets of one host, from all its dumps: per back end and family, each table once. What a listing without a
 * named back end shows (`iptables -L`) is taken when no dump with one shows the table whole; it belongs to the only
 * back end that the host is seen to use, or to `unknown`. A legacy rule set without tables stands for one that is there
 * and not shown. `reader` is shared by the hosts of a cluster.
 */
export function buildRulesets(
  chains: readonly Fact<typeof nfChain>[],
  rules: readonly Fact<typeof nfRule>[],
  { lacking, narrowed, allTables, legacyHidden }: Hints = NO_HINTS,
  reader = new RuleReader(),
): readonly Ruleset[] {
  const blocks = dumpBlocks(chains, rules, lacking, narrowed).filter((block) => block.table !== 'unknown');
  const rulesets: Ruleset[] = [];
  for (const family of [4, 6] as const) {
    const ours = blocks.filter((block) => block.family === family);
    const explicit = new Set(
      blocks.map((block) => backendOf(block.backend)).filter((backend) => backend !== 'unknown'),
    );
    const only = explicit.size === 1 ? [...explicit][0]! : undefined;
    const wholeTables = new Set(
      ours.filter((block) => block.backend !== 'unknown' && block.whole).map((block) => block.table),
    );
    const byBackend = new Map<Backend, Map<string, DumpBlock[]>>();
    for (const block of ours) {
      let backend = backendOf(block.backend);
      if (backend === 'unknown') {
        if (wholeTables.has(block.table)) continue;
        backend = only ?? 'unknown';
      }
      const tables = byBackend.get(backend) ?? new Map<string, DumpBlock[]>();
      byBackend.set(backend, tables);
      tables.set(block.table, [...(tables.get(block.table) ?? []), block]);
    }
    for (const backend of ['legacy', 'nft', 'unknown'] as const) {
      const tables = byBackend.get(backend);
      if (backend === 'legacy' && tables === undefined && legacyHidden.length > 0 && family === 4)
        rulesets.push({ backend, family, tables: new Map(), sources: legacyHidden, allTables: false });
      if (tables === undefined) continue;
      const sources = [...tables.values()].flat().map((block) => block.source);
      rulesets.push({
        backend,
        family,
        tables: new Map([...tables].map(([name, dumps]) => [name, chooseTable(name, dumps, reader)])),
        sources: [...new Set(sources)].sort((a, b) => a - b),
        allTables: sources.some((source) => allTables.has(source)),
      });
    }
  }
  return rulesets;
}
