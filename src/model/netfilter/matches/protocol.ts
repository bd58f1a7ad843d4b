import { answer, type MatchReader, type Predicate } from '../sight.js';
import { protocolNumber } from './numbers.js';
import { unreadable } from './unread.js';

/** `-p`: zero and `all` are every protocol. */
export const protocol: MatchReader = (options) =>
  options.map((option): Predicate => {
    const value = option.values[0] ?? '';
    if (value === 'all') return () => answer(true, option.negated);
    const number = protocolNumber(value);
    if (number === undefined) return unreadable('protocol', [option]);
    return ({ packet }) => answer(number === 0 || packet.proto === number, option.negated);
  });

/** `-f`, later fragments: conntrack has put a packet together before any chain sees it. */
export const fragment: MatchReader = (options) => options.map((option) => () => answer(false, option.negated));
