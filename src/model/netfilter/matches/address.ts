import { parseIpv4 } from '../../../core/address.js';
import { addressValue, parsePrefix } from '../../../core/prefix.js';
import { answer, type MatchReader, type Predicate, type Sight } from '../sight.js';
import { unreadable } from './unread.js';

/** True when an address (text) is among those that a rule means; undefined when the text of the rule is unreadable. */
export type AddressTest = (address: string) => boolean;

/** `10.0.0.0/8`, `10.0.0.0/255.0.255.0`, `fd00::/8`, `10.1.2.3`; undefined for a name. */
export function addressTest(text: string): AddressTest | undefined {
  const slash = text.indexOf('/');
  const base = parseIpv4(slash < 0 ? text : text.slice(0, slash));
  if (base >= 0) {
    const tail = slash < 0 ? '32' : text.slice(slash + 1);
    const bits = /^\d{1,2}$/.test(tail) ? Number(tail) : -1;
    const mask = bits >= 0 && bits <= 32 ? (bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0) : parseIpv4(tail);
    if (mask < 0) return undefined;
    const wanted = (base & mask) >>> 0;
    return (address) => {
      const value = parseIpv4(address);
      return value >= 0 && (value & mask) >>> 0 === wanted;
    };
  }
  const prefix = parsePrefix(text);
  if (prefix === undefined) return undefined;
  const shift = BigInt((prefix.family === 4 ? 32 : 128) - prefix.length);
  const wanted = prefix.first >> shift;
  return (address) => {
    const value = addressValue(address);
    return value !== undefined && value.family === prefix.family && value.value >> shift === wanted;
  };
}

/** An address between two others, both included; undefined when one of them is none. */
export function rangeTest(from: string, to: string): AddressTest | undefined {
  const low = addressValue(from);
  const high = addressValue(to);
  if (low === undefined || high === undefined || low.family !== high.family) return undefined;
  return (address) => {
    const value = addressValue(address);
    return value !== undefined && value.family === low.family && value.value >= low.value && value.value <= high.value;
  };
}

const one =
  (pick: (sight: Sight) => string, test: AddressTest, negated: boolean): Predicate =>
  (sight) =>
    answer(test(pick(sight)), negated);

const any =
  (pick: (sight: Sight) => string, tests: readonly AddressTest[], negated: boolean): Predicate =>
  (sight) => {
    const address = pick(sight);
    return answer(
      tests.some((test) => test(address)),
      negated,
    );
  };

const reader =
  (pick: (sight: Sight) => string): MatchReader =>
  (options) =>
    options.map((option): Predicate => {
      const tests = (option.values[0] ?? '').split(',').map(addressTest);
      const known = tests.filter((test) => test !== undefined);
      const [first] = known;
      if (known.length < tests.length || first === undefined) return unreadable(option.name, [option]);
      // Firewalls have these by the hundred thousand: as little as can be is kept of each.
      return known.length === 1 ? one(pick, first, option.negated) : any(pick, known, option.negated);
    });

/** `-s` and `-d` (`ip_packet_match` in net/ipv4/netfilter/ip_tables.c). */
export const source = reader((sight) => sight.packet.src);
export const destination = reader((sight) => sight.packet.dst);

/** `-m iprange --src-range A-B` (xt_iprange.c). */
export const iprange: MatchReader = (options) =>
  options.map((option): Predicate => {
    const [from, to] = (option.values[0] ?? '').split('-');
    const test = rangeTest(from ?? '', to ?? from ?? '');
    if (test === undefined || !/^(src|dst)-range$/.test(option.name)) return unreadable('iprange', [option]);
    const ofSource = option.name === 'src-range';
    return ({ packet }) => answer(test(ofSource ? packet.src : packet.dst), option.negated);
  });
