import { inSet } from '../ipset-test.js';
import type { NfOption } from '../ruleset.js';
import { type MatchReader, type Predicate, under } from '../sight.js';
import { unreadable } from './unread.js';

/** Options that only say what is counted. */
const COUNTING = /^update-(sub)?counters$/;

function one(option: NfOption, nomatchWanted: boolean): Predicate {
  const [name, flags] = option.values;
  const sides = (flags ?? '').split(',').filter((side) => side === 'src' || side === 'dst');
  if (!/^(match-)?set$/.test(option.name) || name === undefined || sides.length === 0)
    return unreadable('set', [option]);
  return under(option.negated, (sight) => inSet(name, sides, sight, nomatchWanted));
}

/** `-m set --match-set NAME src,dst` (xt_set.c). */
export const set: MatchReader = (options) => {
  const nomatchWanted = options.some((option) => option.name === 'return-nomatch');
  return options
    .filter((option) => option.name !== 'return-nomatch' && !COUNTING.test(option.name))
    .map((option) => one(option, nomatchWanted));
};
