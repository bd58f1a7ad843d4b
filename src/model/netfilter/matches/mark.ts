import { answer, type MatchReader, type Predicate, type Sight } from '../sight.js';
import { valueMask } from './numbers.js';
import { unreadable } from './unread.js';

const reader =
  (module: string, pick: (sight: Sight) => number): MatchReader =>
  (options) =>
    options.map((option): Predicate => {
      const wanted = valueMask(option.values[0] ?? '');
      if (wanted === undefined || option.name !== 'mark') return unreadable(module, [option]);
      const [value, mask] = wanted;
      return (sight) => answer((pick(sight) & mask) >>> 0 === value, option.negated);
    });

/** `-m mark --mark V/M`: mark & M == V (xt_mark.c). */
export const mark = reader('mark', ({ packet }) => packet.mark);
/** `-m connmark --mark V/M` (xt_connmark.c); a packet that conntrack does not know has none and does not match. */
export const connmark: MatchReader = (options) =>
  reader(
    'connmark',
    ({ packet }) => packet.ct.mark,
  )(options).map(
    (predicate): Predicate =>
      (sight) =>
        !sight.tracked || sight.packet.ct.state === 'UNTRACKED' || sight.packet.ct.state === 'INVALID'
          ? 'no'
          : predicate(sight),
  );
