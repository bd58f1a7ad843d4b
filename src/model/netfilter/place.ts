import type { Missing } from '../journey/missing.js';
import { allHold, type Literal } from './conditions.js';
import type { NfChain, NfRule, NfTable } from './ruleset.js';
import type { Doubt } from './sight.js';
import type { Ended, Jump, Way } from './way.js';

/** The walk through one table's base chain. */
export interface Walk {
  readonly table: NfTable;
  readonly node: string;
  readonly ended: Ended[];
}

/** Where a rule stands. */
export interface Place {
  readonly chain: NfChain;
  readonly rule: NfRule;
  readonly from: Jump | undefined;
  readonly depth: number;
}

/** Ways that go on after a rule, and ways that leave the chain for the one that called it. */
export interface Onward {
  readonly next: Way[];
  readonly returned: Way[];
}

/** A doubt as a question that the way's conditions hang on. */
export const literal = (doubt: Doubt, walk: Walk, { chain, rule }: Place): Literal => {
  const where = ` (${walk.table.name} ${chain.name} on ${walk.node})`;
  return {
    id: doubt.ofRule
      ? `${rule.at.source}:${rule.at.line} ${rule.at.chain} ${rule.at.position} ${doubt.question}`
      : doubt.question,
    yes: doubt.holdsIf,
    missing: { what: doubt.ofRule ? doubt.what + where : doubt.what, collect: doubt.collect, at: [rule.at] },
    choice: doubt.choice,
  };
};

const assumed = (way: Way, id: string, missing: Missing): Way => ({
  ...way,
  when: allHold(way.when, [{ id, yes: true, missing, choice: false }]),
});

/** What is not printed of a chain might have another rule for the packet. */
export function restOf(way: Way, walk: Walk, name: string): Way {
  const { family } = way.sight.packet;
  return assumed(way, `rest of ${walk.table.name} ${name}`, {
    what: `the other rules of chain ${name} (${walk.table.name}) on ${walk.node}`,
    collect: `${family === 6 ? 'ip6tables' : 'iptables'}-save    # on ${walk.node}`,
  });
}

/** Ends a way with a verdict of the rule. */
export function end(walk: Walk, way: Way, place: Place, verdict: Ended['verdict'], mapped = false): void {
  const { chain, rule } = place;
  walk.ended.push({ way, verdict, by: { table: walk.table.name, chain: chain.name, rule, at: rule.at }, mapped });
}

/** Matches that choose between networks: a RETURN by them says why a source is not rewritten. */
const NETWORKS = new Set(['source', 'destination', 'set', 'in-interface', 'out-interface', 'addrtype']);

/** True for a rule that keeps a source as it is because of where it comes from or goes to. */
export const tellsWhy = (walk: Walk, way: Way, rule: NfRule): boolean =>
  walk.table.name === 'nat' &&
  way.sight.crossing.hook === 'POSTROUTING' &&
  rule.matches.some((match) => NETWORKS.has(match.name));
