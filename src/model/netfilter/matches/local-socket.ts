import type { NfOption } from '../ruleset.js';
import type { MatchReader, Predicate, Sight } from '../sight.js';
import { unreadable } from './unread.js';

/** A packet that came in on a device has no socket while it is forwarded. */
const isForwarded = ({ crossing }: Sight): boolean =>
  crossing.hook === 'FORWARD' || (crossing.hook === 'POSTROUTING' && crossing.iif !== undefined);

/** `-m owner`: without a socket only negated options hold (owner_mt in xt_owner.c). */
export const owner: MatchReader = (options) => {
  const unknown = unreadable('owner', options);
  const allNegated = options.every((option: NfOption) => option.negated);
  const predicate: Predicate = (sight) => (isForwarded(sight) ? (allNegated ? 'yes' : 'no') : unknown(sight));
  return [predicate];
};

/** `-m cgroup`: never holds for a packet without a socket (xt_cgroup.c). */
export const cgroup: MatchReader = (options) => {
  const unknown = unreadable('cgroup', options);
  return [(sight) => (isForwarded(sight) ? 'no' : unknown(sight))];
};
