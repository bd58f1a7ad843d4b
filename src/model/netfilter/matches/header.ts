import { addressValue } from '../../../core/prefix.js';
import { answer, doubt, type MatchReader, type Predicate } from '../sight.js';
import { numberRange } from './numbers.js';
import { unreadable } from './unread.js';

/** `-m length --length A:B`: the whole IP packet in bytes (xt_length.c). */
export const length: MatchReader = (options) =>
  options.map((option): Predicate => {
    const range = numberRange(option.values[0] ?? '');
    if (range === undefined) return unreadable('length', [option]);
    return ({ packet }) =>
      packet.length === undefined
        ? doubt(`length ${range.join(':')}`, 'the length of the packet', 'tcpdump -nn -v -i any')
        : answer(packet.length >= range[0] && packet.length <= range[1], option.negated);
  });

/** `-m mac --mac-source` (xt_mac.c): a packet that came in on a device without link-layer address does not match. */
export const mac: MatchReader = (options) =>
  options.map((option): Predicate => {
    const wanted = (option.values[0] ?? '').toLowerCase();
    return ({ packet }) =>
      packet.macSrc === undefined
        ? doubt(`mac ${wanted}`, 'the source MAC address of the packet', 'tcpdump -nn -e -i any')
        : answer(packet.macSrc.toLowerCase() === wanted, option.negated);
  });

/** True for a destination that many receive: then the frame's type is not `unicast`. */
function isGroup(address: string): boolean {
  const value = addressValue(address);
  if (value === undefined) return false;
  return value.family === 4
    ? value.value >> 28n === 0xen || value.value === 0xffffffffn
    : value.value >> 120n === 0xffn;
}

/** `-m pkttype` (xt_pkttype.c); a bridged frame to another station is none of its types. */
export const pkttype: MatchReader = (options) =>
  options.map((option): Predicate => {
    const wanted = option.values[0] ?? '';
    const unknown = unreadable('pkttype', [option]);
    return (sight) => {
      if (isGroup(sight.packet.dst) || sight.crossing.physIn !== undefined) return unknown(sight);
      return /^(unicast|host|multicast|broadcast)$/.test(wanted)
        ? answer(wanted === 'unicast' || wanted === 'host', option.negated)
        : unknown(sight);
    };
  });
