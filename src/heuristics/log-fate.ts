import type { Placed } from '../model/facts.js';
import type { NfChain, NfMatch, NfRule, NfTable } from '../model/netfilter/ruleset.js';

/**
 * What becomes of the packets that a LOG rule has logged, by the rules that follow it in its chain and its callers'. A rule
 * that asks for no more than the LOG rule did takes all of them; one that asks for something else leaves it open.
 */
export type Fate =
  | { readonly kind: 'dropped' | 'rejected'; readonly by: Dropper }
  | { readonly kind: 'passed' }
  | { readonly kind: 'unknown' };

/** A rule or a chain's policy that drops. */
export interface Dropper {
  readonly table: string;
  readonly chain: string;
  readonly policy: boolean;
  /** Absent for a policy, and where only a TRACE line tells of the rule. */
  readonly rule?: NfRule | undefined;
  /** Its line; absent when only a TRACE line tells of it. */
  readonly at?: Placed | undefined;
}

const UNKNOWN: Fate = { kind: 'unknown' };
/** Chains that call each other deeper than this are cut. */
const DEEPEST = 16;
/** Matches that let only some of the packets through, whoever they are: LOG rules have them to spare the log. */
const SPARING = new Set(['limit', 'hashlimit']);

const key = (match: NfMatch): string => JSON.stringify(match);
const keys = (matches: readonly NfMatch[]): ReadonlySet<string> => new Set(matches.map(key));
/** `-m tcp` and the like, which only name a module. */
const says = (match: NfMatch): boolean => match.options.length > 0;

/** True when every packet that meets `known` meets the rule. */
const covers = (rule: NfRule, known: ReadonlySet<string>): boolean =>
  rule.matches.filter(says).every((match) => known.has(key(match)));

const NATIVE_LOG = /(?:^| )log(?: | prefix |$)/;
const NATIVE_PLAIN =
  /^nft (?:meta nfproto ipv[46] )?(?:log prefix "[^"]*"(?: (?:level|group|flags) \S+)* ?)?(drop|accept|reject(?: with .*)?)$/;
const isNative = (rule: NfRule): boolean => rule.at.spec.startsWith('nft ');

/** What the rule does with a packet that it takes. */
function verdictOf(rule: NfRule): 'drop' | 'reject' | 'accept' | 'return' | 'jump' | 'goto' | 'on' | 'other' {
  if (isNative(rule)) {
    const { target } = rule.at;
    if (target === undefined || target === 'CONTINUE') return 'on';
    if (target === 'DROP' || target === 'REJECT' || target === 'ACCEPT' || target === 'RETURN')
      return target.toLowerCase() as 'drop' | 'reject' | 'accept' | 'return';
    return rule.at.goto ? 'goto' : /^[A-Z]+$/.test(target) ? 'other' : 'jump';
  }
  const { target } = rule;
  if (target.kind === 'none') return 'on';
  if (target.kind !== 'extension') return target.kind;
  return /^(LOG|NFLOG|ULOG|MARK|CONNMARK|TRACE|AUDIT|SET|CT|CLASSIFY|TCPMSS|TOS|DSCP|TTL|HL)$/.test(target.name)
    ? 'on'
    : 'other';
}

/** The rules of `chain` from `index` on, for packets that meet `known`; undefined when they fall off its end. */
function within(
  table: NfTable,
  chain: NfChain,
  index: number,
  known: ReadonlySet<string>,
  depth: number,
): Fate | undefined {
  for (const rule of chain.rules.slice(index)) {
    const verdict = verdictOf(rule);
    if (verdict === 'on') continue;
    const takes = isNative(rule) ? NATIVE_PLAIN.test(rule.at.spec) : covers(rule, known);
    if (verdict === 'jump' && takes) {
      const called = table.chains.get(rule.at.target ?? '');
      if (called === undefined || depth > DEEPEST) return UNKNOWN;
      const fate = within(table, called, 0, known, depth + 1);
      if (fate !== undefined) return fate;
      continue;
    }
    if (!takes) {
      // A chain that does nothing (ufw's empty ones) is no branch.
      const called = verdict === 'jump' ? table.chains.get(rule.at.target ?? '') : undefined;
      if (called?.rules.every((r) => verdictOf(r) === 'on') === true) continue;
      return UNKNOWN;
    }
    if (verdict === 'drop' || verdict === 'reject')
      return {
        kind: verdict === 'drop' ? 'dropped' : 'rejected',
        by: { table: table.name, chain: chain.name, policy: false, rule, at: rule.at },
      };
    return verdict === 'accept' ? { kind: 'passed' } : UNKNOWN;
  }
  return undefined;
}

const isBase = (chain: NfChain): boolean => chain.policy !== undefined || chain.hook !== undefined;

/** What the policy of a base chain does. */
export const policyFate = (table: NfTable, chain: NfChain): Fate =>
  chain.policy === 'DROP'
    ? { kind: 'dropped', by: { table: table.name, chain: chain.name, policy: true, at: chain.at } }
    : chain.policy === undefined || chain.policy === 'ACCEPT'
      ? { kind: 'passed' }
      : UNKNOWN;

/** What becomes of packets that meet `known` and are at `index` of the chain: on through its callers, to the policy. */
function onward(table: NfTable, chain: NfChain, index: number, known: ReadonlySet<string>, depth: number): Fate {
  // An excerpt may leave out the very rule that decides.
  if (chain.at === undefined && chain.rules[index] === undefined) return UNKNOWN;
  const here = within(table, chain, index, known, depth);
  if (here !== undefined) return here;
  if (isBase(chain)) return policyFate(table, chain);
  if (depth > DEEPEST) return UNKNOWN;
  const fates: Fate[] = [];
  for (const caller of table.chains.values())
    for (const [position, rule] of caller.rules.entries())
      if (rule.at.target === chain.name && !rule.at.goto)
        fates.push(onward(table, caller, position + 1, new Set([...known, ...keys(rule.matches)]), depth + 1));
  const [first] = fates;
  return first !== undefined && fates.every((fate) => fate.kind === first.kind) ? first : UNKNOWN;
}

/** What becomes of the packets that the rule at `index` logs. */
export function fateAfter(table: NfTable, chain: NfChain, index: number): Fate {
  const rule = chain.rules[index]!;
  const own = verdictOf(rule);
  if (own === 'drop' || own === 'reject')
    return {
      kind: own === 'drop' ? 'dropped' : 'rejected',
      by: { table: table.name, chain: chain.name, policy: false, rule, at: rule.at },
    };
  if (own === 'accept') return { kind: 'passed' };
  const known = keys(rule.matches.filter((match) => !SPARING.has(match.name)));
  return onward(table, chain, index + 1, known, 0);
}

/** The prefix that a rule puts in front of its log lines, without blanks at its ends; undefined when it logs nothing. */
export function logPrefix(rule: NfRule): string | undefined {
  if (isNative(rule)) {
    if (!NATIVE_LOG.test(rule.at.spec)) return undefined;
    return (/log prefix "([^"]*)"/.exec(rule.at.spec)?.[1] ?? '').trim();
  }
  // The table's own column first: a node has tens of thousands of rules, and few log.
  if (!/^(LOG|NFLOG|ULOG)$/.test(rule.at.target ?? '')) return undefined;
  const { target } = rule;
  if (target.kind !== 'extension') return undefined;
  const option = target.options.find(({ name }) => /^(log|nflog|ulog)-prefix$/.test(name));
  return (option?.values[0] ?? '').trim();
}
