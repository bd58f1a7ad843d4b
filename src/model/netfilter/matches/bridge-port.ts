import type { NfOption } from '../ruleset.js';
import { answer, type MatchReader, type Predicate } from '../sight.js';
import { deviceTest } from './interface.js';
import { unreadable } from './unread.js';

function one(option: NfOption): Predicate {
  const test = deviceTest(option.values[0] ?? '');
  const { negated } = option;
  switch (option.name) {
    case 'physdev-in':
      return ({ crossing }) => answer(crossing.physIn !== undefined && test(crossing.physIn), negated);
    case 'physdev-out':
      return ({ crossing }) => answer(crossing.physOut !== undefined && test(crossing.physOut), negated);
    case 'physdev-is-in':
      return ({ crossing }) => answer(crossing.physIn !== undefined, negated);
    case 'physdev-is-out':
      return ({ crossing }) => answer(crossing.physOut !== undefined, negated);
    case 'physdev-is-bridged':
      return ({ crossing }) => answer(crossing.physIn !== undefined && crossing.physOut !== undefined, negated);
    default:
      return unreadable('physdev', [option]);
  }
}

/** `-m physdev`: a packet that did not come through a bridge fails every option that is not negated (xt_physdev.c). */
export const physdev: MatchReader = (options) => options.map(one);
