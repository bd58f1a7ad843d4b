import { readMatch } from './matches/index.js';
import type { NfMatch, NfRule } from './ruleset.js';
import type { Doubt, Predicate, Sight } from './sight.js';
import type { Effect } from './targets/effect.js';
import { isWithoutEffect, readTarget } from './targets/index.js';

/** What a rule does with a packet that it is for. */
export type Action =
  | Effect
  | { readonly kind: 'accept' | 'return' }
  | { readonly kind: 'reject'; readonly says: string }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

/** One thing that a rule may do, if all doubts turn out in its favour. */
export interface Branch {
  readonly doubts: readonly Doubt[];
  readonly actions: readonly Action[];
}

/**
 * A rule as it is run: what it may do with a packet, the likeliest reading first. A branch is taken when those before it
 * are not; when none is taken, the packet goes on to the next rule.
 */
export type Judge = (sight: Sight) => readonly Branch[];

const NOT: readonly Branch[] = [];

function actionOf(rule: NfRule): (sight: Sight) => Action {
  const { target } = rule;
  switch (target.kind) {
    case 'accept':
    case 'return':
      return () => ({ kind: target.kind === 'accept' ? 'accept' : 'return' });
    case 'drop':
      return () => ({ kind: 'drop', says: 'drops it' });
    case 'reject':
      return () => ({ kind: 'reject', says: `rejects it with ${target.with}` });
    case 'jump':
    case 'goto':
      return () => target;
    case 'extension':
      return readTarget(target);
    case 'none':
      return () => ({ kind: 'continue' });
  }
}

/** Matches whose tests are shared by all rules with the same words: `-p tcp -m tcp --dport 443` stands in thousands of them. */
const MOST_SHARED = 5000;
const shared = new Map<string, readonly Predicate[]>();

function testsOf(match: NfMatch): readonly Predicate[] {
  const key = JSON.stringify(match);
  const known = shared.get(key);
  if (known !== undefined) return known;
  const tests = readMatch(match);
  if (shared.size < MOST_SHARED) shared.set(key, tests);
  return tests;
}

/** Makes a rule of iptables ready to run. */
export function judgeOf(rule: NfRule): Judge {
  if (isWithoutEffect(rule.target)) return () => NOT;
  const predicates: readonly Predicate[] = rule.matches.flatMap(testsOf);
  const action = actionOf(rule);
  return (sight) => {
    let doubts: Doubt[] | undefined;
    for (const predicate of predicates) {
      const answer = predicate(sight);
      if (answer === 'no') return NOT;
      if (answer !== 'yes') {
        doubts ??= [];
        doubts.push(answer);
      }
    }
    return [{ doubts: doubts ?? [], actions: [action(sight)] }];
  };
}
