import { addressType } from '../address-type.js';
import type { NfOption } from '../ruleset.js';
import { type Answer, answer, doubt, type MatchReader, negate, type Predicate, type Sight } from '../sight.js';
import { unreadable } from './unread.js';

function one(option: NfOption, limit: 'iif' | 'oif' | undefined): Predicate | undefined {
  const side = option.name === 'src-type' ? 'src' : option.name === 'dst-type' ? 'dst' : undefined;
  if (side === undefined) return undefined;
  const wanted = new Set((option.values[0] ?? '').split(','));
  return (sight: Sight): Answer => {
    const address = sight.packet[side];
    const dev = limit === undefined ? undefined : (sight.crossing[limit] ?? '');
    const type = addressType(sight.host, address, dev);
    const held =
      type === undefined
        ? doubt(
            `address type ${address} ${dev ?? ''} ${[...wanted].join(',')}`,
            `whether ${address} is an address of ${sight.host.name}`,
            `ip addr    # on ${sight.host.name}`,
          )
        : answer(wanted.has(type), false);
    return option.negated ? negate(held) : held;
  };
}

/** `-m addrtype` (xt_addrtype.c): what the host's local table says of an address. */
export const addrtype: MatchReader = (options) => {
  const limit = options.some((o) => o.name === 'limit-iface-in')
    ? 'iif'
    : options.some((o) => o.name === 'limit-iface-out')
      ? 'oif'
      : undefined;
  return options
    .filter((option) => !option.name.startsWith('limit-iface-'))
    .map((option) => one(option, limit) ?? unreadable('addrtype', options));
};
