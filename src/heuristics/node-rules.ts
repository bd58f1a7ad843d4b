import type { Placed } from '../model/facts.js';
import { hostRulesets } from '../model/host/rulesets.js';
import { buildRulesets } from '../model/netfilter/build-rulesets.js';
import { HOOKS, type Hook } from '../model/netfilter/passage.js';
import type { NfChain, NfRule, NfTable, Ruleset } from '../model/netfilter/ruleset.js';
import type { Scene } from '../model/scene.js';

/** Where a rule stands; `index` is 0-based. */
export interface RulePlace {
  readonly node: string | undefined;
  readonly ruleset: Ruleset;
  readonly table: NfTable;
  readonly chain: NfChain;
  readonly index: number;
  readonly rule: NfRule;
}

/** All rule sets of the bundle by node; those of nobody (a paste without a host name) under `undefined`. */
export function rulesetsByNode(scene: Scene): ReadonlyMap<string | undefined, readonly Ruleset[]> {
  const { cluster } = scene;
  const { chains, rules } = cluster.facts;
  const nobodys = <F extends Placed>(facts: readonly F[]): readonly F[] =>
    facts.filter((fact) => !cluster.inNamespace(fact) && cluster.nodeOf(fact) === undefined);
  const nodes = new Set(
    [...chains, ...rules].filter((fact) => !cluster.inNamespace(fact)).map((fact) => cluster.nodeOf(fact)),
  );
  return new Map(
    [...nodes].map((node) => [
      node,
      node === undefined ? buildRulesets(nobodys(chains), nobodys(rules)) : hostRulesets(cluster, node),
    ]),
  );
}

/** Every rule of every table, in the order of the dumps. */
export function* rulePlaces(byNode: ReadonlyMap<string | undefined, readonly Ruleset[]>): Generator<RulePlace> {
  for (const [node, rulesets] of byNode)
    for (const ruleset of rulesets)
      for (const table of ruleset.tables.values())
        for (const chain of table.chains.values())
          for (const [index, rule] of chain.rules.entries()) yield { node, ruleset, table, chain, index, rule };
}

const hookOf = (chain: NfChain): Hook | undefined =>
  HOOKS.find((hook) => hook === chain.name || hook.toLowerCase() === chain.hook);

/** Chains of the table that jump to this one. */
const callers = (table: NfTable, name: string): readonly NfChain[] =>
  [...table.chains.values()].filter((chain) => chain.rules.some(({ at }) => at.target === name));

/** Hooks from which a packet can get into a chain. Empty when no jump to it is shown. */
export function hooksOf(table: NfTable, chain: NfChain): ReadonlySet<Hook> {
  const found = new Set<Hook>();
  const seen = new Set<string>();
  const waiting = [chain];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next.name)) continue;
    seen.add(next.name);
    const hook = hookOf(next);
    if (hook !== undefined) found.add(hook);
    else waiting.push(...callers(table, next.name));
  }
  return found;
}
