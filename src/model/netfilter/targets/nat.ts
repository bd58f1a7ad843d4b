import { addressValue, formatPrefix, parsePrefix } from '../../../core/prefix.js';
import type { Packet } from '../../journey/packet.js';
import { packetWords } from '../../journey/packet.js';
import type { NfOption } from '../ruleset.js';
import type { Sight } from '../sight.js';
import { type Effect, has, optionValue, type TargetReader } from './effect.js';
import { natRange } from './nat-range.js';
import { toDestination, toSource } from './translation.js';

const unread = (name: string, options: readonly NfOption[]): Effect => ({
  kind: 'unknown',
  missing: {
    what: `where ${name} ${options.map((o) => `--${o.name} ${o.values.join(' ')}`).join(' ')} leads`,
    collect: 'conntrack -L',
  },
});

/** True when `--random` or `--random-fully` picks the port. */
export const isRandom = (options: readonly NfOption[]): boolean =>
  has(options, 'random') || has(options, 'random-fully');

const arrow = (name: string, before: Packet, after: Packet): string =>
  `${name}: ${packetWords(before)} becomes ${packetWords(after)}`;

const translation = (
  name: string,
  before: Packet,
  packets: readonly Packet[],
  options: readonly NfOption[],
): Effect => {
  const [first, ...rest] = packets;
  if (first === undefined) return unread(name, options);
  return { kind: 'translate', packets: [first, ...rest], says: arrow(name, before, first) };
};

/** DNAT --to-destination (xt_nat.c): by hash one of the addresses, ports as the range has them. */
export const dnat: TargetReader = (options) => {
  const range = natRange(optionValue(options, 'to-destination') ?? '');
  if (range === undefined || range.more) return () => unread('DNAT', options);
  const random = isRandom(options);
  return ({ packet }) => {
    const targets = range.addresses.length === 0 ? [packet.dst] : range.addresses;
    const packets = targets.map((dst) => toDestination(packet, dst, range.ports, random));
    return translation('DNAT', packet, packets, options);
  };
};

/** SNAT --to-source. */
export const snat: TargetReader = (options) => {
  const range = natRange(optionValue(options, 'to-source') ?? '');
  if (range === undefined || range.more || range.addresses.length === 0) return () => unread('SNAT', options);
  const random = isRandom(options);
  return ({ packet }) =>
    translation(
      'SNAT',
      packet,
      range.addresses.map((src) => toSource(packet, src, range.ports, random)),
      options,
    );
};

/** True at the hooks where a source is mapped; elsewhere it is the destination. */
const mapsSource = ({ crossing }: Sight): boolean => crossing.hook === 'POSTROUTING' || crossing.hook === 'INPUT';

/** NETMAP --to NET: the host bits stay (xt_NETMAP.c). */
export const netmap: TargetReader = (options) => {
  const net = parsePrefix(optionValue(options, 'to') ?? '');
  if (net === undefined) return () => unread('NETMAP', options);
  const bits = BigInt((net.family === 4 ? 32 : 128) - net.length);
  return (sight) => {
    const { packet } = sight;
    const own = addressValue(mapsSource(sight) ? packet.src : packet.dst);
    if (own === undefined || own.family !== net.family) return unread('NETMAP', options);
    const value = net.first | (own.value & ((1n << bits) - 1n));
    const address = formatPrefix({ family: net.family, first: value, length: net.family === 4 ? 32 : 128 }).replace(
      /\/\d+$/,
      '',
    );
    const changed = mapsSource(sight)
      ? toSource(packet, address, undefined, false)
      : toDestination(packet, address, undefined, false);
    return translation('NETMAP', packet, [changed], options);
  };
};
