import { wordTable } from '../../../core/word-table.js';
import type { NfOption } from '../ruleset.js';
import { type Answer, answer, doubt, type MatchReader, negate, type Predicate, type Sight } from '../sight.js';
import { hasPorts, portRange } from './numbers.js';
import { unreadable } from './unread.js';

type Side = 'sport' | 'dport';
type Range = readonly [number, number];

/** Whether the packet's port is in one of the ranges. */
export function portIn(side: Side, ranges: readonly Range[], { packet }: Sight): Answer {
  if (!hasPorts(packet.proto)) return 'no';
  const port = packet[side];
  if (port !== undefined)
    return answer(
      ranges.some(([low, high]) => port >= low && port <= high),
      false,
    );
  if (ranges.some(([low, high]) => low === 0 && high === 65_535)) return 'yes';
  const which = side === 'sport' ? 'source' : 'destination';
  const text = ranges.map(([low, high]) => (low === high ? low : `${low}:${high}`)).join(',');
  return doubt(`${side} ${text}`, `whether the ${which} port is ${text}`, `tcpdump -nn -i any host ${packet.src}`);
}

/** Ranges of a list, or undefined when one of them is none. */
function rangesOf(option: NfOption): readonly Range[] | undefined {
  const ranges = (option.values[0] ?? '').split(',').map(portRange);
  const known = ranges.filter((range) => range !== undefined);
  return known.length === ranges.length ? known : undefined;
}

const SIDES = wordTable<readonly Side[]>({
  sport: ['sport'],
  'source-port': ['sport'],
  sports: ['sport'],
  'source-ports': ['sport'],
  dport: ['dport'],
  'destination-port': ['dport'],
  dports: ['dport'],
  'destination-ports': ['dport'],
  ports: ['sport', 'dport'],
});

/** A port option of tcp, udp, sctp, dccp, udplite or multiport (xt_tcpudp.c, xt_multiport.c); undefined for others. */
export function portPredicate(module: string, option: NfOption): Predicate | undefined {
  const sides = SIDES[option.name];
  if (sides === undefined) return undefined;
  const ranges = rangesOf(option);
  if (ranges === undefined) return unreadable(module, [option]);
  return (sight) => {
    // multiport does not hold for a protocol without ports, negated or not.
    if (module === 'multiport' && !hasPorts(sight.packet.proto)) return 'no';
    const answers = sides.map((side) => portIn(side, ranges, sight));
    const held = answers.find((one) => one === 'yes') ?? answers.find((one) => one !== 'no') ?? 'no';
    return option.negated ? negate(held) : held;
  };
}

/** `-m multiport`, `-m udp`, `-m sctp`, `-m dccp`, `-m udplite`. */
export const ports =
  (module: string): MatchReader =>
  (options) =>
    options.map((option) => portPredicate(module, option) ?? unreadable(module, [option]));
