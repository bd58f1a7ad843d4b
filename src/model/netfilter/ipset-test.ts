import { addressValue, contains } from '../../core/prefix.js';
import type { Host } from '../host/host.js';
import type { IpSet } from './ipset.js';
import { dimensions, type Element, elementIndex, type Part, prefixKey } from './ipset-element.js';
import { hasPorts } from './matches/numbers.js';
import { type Answer, doubt, type Sight } from './sight.js';

type Side = 'src' | 'dst';

const unknownMembers = (host: Host, name: string, sight: Sight, sides: readonly Side[]): Answer => {
  const asked = sides.map((side) => sight.packet[side]).join(',');
  const ports =
    sides.length < 2 ? '' : ` ${sight.packet.proto} ${sight.packet.sport ?? ''} ${sight.packet.dport ?? ''}`;
  return doubt(
    `set ${name} ${sides.join(',')} ${asked}${ports}`,
    `members of ipset ${name} on ${host.name}`,
    `ipset save    # on ${host.name}`,
  );
};

/** Whether one dimension of an element fits the packet, seen from one side. */
function partFits(part: Part, side: Side, sight: Sight): Answer {
  const { packet, crossing } = sight;
  switch (part.kind) {
    case 'net':
      return contains(part.prefix, packet[side]) ? 'yes' : 'no';
    case 'port': {
      if (part.proto !== undefined && part.proto !== packet.proto) return 'no';
      // A protocol without ports has port 0 in a tuple; a bitmap of ports takes only those that have some.
      if (!hasPorts(packet.proto)) return part.proto !== undefined && part.low === 0 ? 'yes' : 'no';
      const port = side === 'src' ? packet.sport : packet.dport;
      if (port === undefined)
        return doubt(
          `${side} port ${part.low}`,
          `whether the ${side === 'src' ? 'source' : 'destination'} port is ${part.low}`,
          'tcpdump -nn -i any',
        );
      return port >= part.low && port <= part.high ? 'yes' : 'no';
    }
    case 'icmp':
      if (part.proto !== packet.proto) return 'no';
      if (packet.icmpType === undefined)
        return doubt(`icmp ${part.type}`, 'the ICMP type of the packet', 'tcpdump -nn -i any icmp');
      return packet.icmpType === part.type && (packet.icmpCode ?? 0) === part.code ? 'yes' : 'no';
    case 'iface': {
      const device = part.port
        ? side === 'src'
          ? crossing.physIn
          : crossing.physOut
        : side === 'src'
          ? crossing.iif
          : crossing.oif;
      if (device === undefined) return 'no';
      return (part.wildcard ? device.startsWith(part.name) : device === part.name) ? 'yes' : 'no';
    }
    case 'mark':
      return (packet.mark & part.mask) >>> 0 === part.value ? 'yes' : 'no';
    case 'set':
    case 'other':
      return doubt(`element ${JSON.stringify(part)}`, 'whether an entry of the set fits the packet', 'ipset list');
  }
}

function elementFits(element: Element, sides: readonly Side[], sight: Sight): Answer {
  let unsure: Answer = 'yes';
  for (const [i, part] of element.parts.entries()) {
    const fits = partFits(part, sides[i]!, sight);
    if (fits === 'no') return 'no';
    if (fits !== 'yes') unsure = fits;
  }
  return unsure;
}

/** Elements that may fit, the most specific first: the first that fits decides (`mtype_test_cidrs` in ip_set_hash_gen.h). */
function candidates(set: IpSet, side: Side, sight: Sight): readonly Element[] {
  const index = elementIndex(set);
  const address = addressValue(sight.packet[side]);
  if (address === undefined) return index.others;
  const found = index.lengths.flatMap((length) => {
    const bits = address.family === 4 ? 32 : 128;
    return length > bits ? [] : (index.byPrefix.get(prefixKey(address.family, length, address.value)) ?? []);
  });
  const second = (element: Element): number => {
    const net = element.parts.slice(1).find((part) => part.kind === 'net');
    return net?.kind === 'net' ? net.prefix.length : 0;
  };
  const first = (element: Element): number => (element.parts[0]?.kind === 'net' ? element.parts[0].prefix.length : 0);
  return [...found.sort((a, b) => first(b) - first(a) || second(b) - second(a)), ...index.others];
}

/**
 * Whether the packet is in the set; `sides` says for each dimension which end of the packet is meant. With
 * `nomatchWanted` (`--return-nomatch`) only the exceptions count (ip_set_test in ip_set_core.c).
 */
export function inSet(name: string, sides: readonly Side[], sight: Sight, nomatchWanted: boolean, depth = 0): Answer {
  const { host, packet } = sight;
  const set = host.ipsets.get(name);
  if (set === undefined || set.type === 'unknown' || depth > 4) return unknownMembers(host, name, sight, sides);
  if (set.type === 'list:set') return inAnyMember(set, sides, sight, nomatchWanted, depth);
  if (sides.length < dimensions(set.type).length) return 'no';
  if (set.family !== undefined && set.family !== packet.family) return 'no';
  let unsure: Answer = 'no';
  for (const element of candidates(set, sides[0] ?? 'src', sight)) {
    const fits = elementFits(element, sides, sight);
    if (fits === 'yes') {
      const held = element.nomatch === nomatchWanted ? 'yes' : 'no';
      return unsure === 'no' ? held : unsure;
    }
    if (fits !== 'no' && element.nomatch === nomatchWanted) unsure = fits;
  }
  if (unsure !== 'no') return unsure;
  return set.shown === 'whole' ? 'no' : unknownMembers(host, name, sight, sides);
}

function inAnyMember(set: IpSet, sides: readonly Side[], sight: Sight, nomatchWanted: boolean, depth: number): Answer {
  let unsure: Answer = 'no';
  for (const entry of set.entries) {
    const held = inSet(entry.member, sides, sight, nomatchWanted, depth + 1);
    if (held === 'yes') return 'yes';
    if (held !== 'no') unsure = held;
  }
  if (unsure !== 'no' || set.shown === 'whole') return unsure;
  return unknownMembers(sight.host, set.name, sight, sides);
}
