import { wordTable } from '../../../core/word-table.js';
import { addressType } from '../address-type.js';
import { hasPorts } from '../matches/numbers.js';
import { conntrackField } from './conntrack-field.js';
import { ABSENT, address, type Field, field, name, number, UNKNOWN } from './field.js';
import type { Cursor } from './tokens.js';

const TRANSPORT = wordTable<number | undefined>({
  tcp: 6,
  udp: 17,
  dccp: 33,
  sctp: 132,
  udplite: 136,
  th: undefined,
});

function ofFamily(family: 4 | 6, key: string): Field | undefined {
  const only =
    (of: Field['of']): Field['of'] =>
    (sight) =>
      sight.packet.family === family ? of(sight) : ABSENT;
  const label = `${family === 4 ? 'ip' : 'ip6'} ${key}`;
  switch (key) {
    case 'saddr':
      return field(
        label,
        'address',
        only(({ packet }) => address(packet.src)),
      );
    case 'daddr':
      return field(
        label,
        'address',
        only(({ packet }) => address(packet.dst)),
      );
    case 'protocol':
    case 'nexthdr':
      return field(
        label,
        'protocol',
        only(({ packet }) => number(packet.proto)),
      );
    case 'length':
      return field(
        label,
        'number',
        only(({ packet }) => number(packet.length)),
      );
    default:
      return undefined;
  }
}

function ofTransport(protocol: string, key: string): Field | undefined {
  const wanted = TRANSPORT[protocol];
  if (key !== 'sport' && key !== 'dport') return undefined;
  return field(`${protocol} ${key}`, 'port', ({ packet }) =>
    hasPorts(packet.proto) && (wanted === undefined || packet.proto === wanted) ? number(packet[key]) : ABSENT,
  );
}

function ofMeta(key: string): Field | undefined {
  switch (key) {
    case 'l4proto':
      return field('meta l4proto', 'protocol', ({ packet }) => number(packet.proto));
    case 'nfproto':
    case 'protocol':
      return field(`meta ${key}`, 'words', ({ packet }) => ({
        kind: 'words',
        words: packet.family === 4 ? ['ipv4', 'ip'] : ['ipv6', 'ip6'],
      }));
    case 'mark':
      return field('mark', 'mark', ({ packet }) => number(packet.mark));
    case 'iif':
    case 'iifname':
      return field('iifname', 'name', ({ crossing }) => name(crossing.iif));
    case 'oif':
    case 'oifname':
      return field('oifname', 'name', ({ crossing }) => name(crossing.oif));
    case 'ibrname':
    case 'obrname':
      return undefined;
    case 'length':
      return field('meta length', 'number', ({ packet }) => number(packet.length));
    default:
      return undefined;
  }
}

function ofFib(cursor: Cursor): Field | undefined {
  const side = cursor.take();
  if ((side !== 'saddr' && side !== 'daddr') || !cursor.accept('type')) return undefined;
  return field(`fib ${side} type`, 'words', ({ host, packet }) => {
    const type = addressType(host, side === 'saddr' ? packet.src : packet.dst);
    return type === undefined ? UNKNOWN : { kind: 'words', words: [type.toLowerCase()] };
  });
}

/** Reads one expression; undefined when it is none that is known here (the cursor is then somewhere behind it). */
export function readField(cursor: Cursor): Field | undefined {
  const word = cursor.take();
  switch (word) {
    case 'ip':
      return ofFamily(4, cursor.take());
    case 'ip6':
      return ofFamily(6, cursor.take());
    case 'tcp':
    case 'udp':
    case 'th':
    case 'sctp':
    case 'dccp':
    case 'udplite':
      return ofTransport(word, cursor.take());
    case 'meta':
      return ofMeta(cursor.take());
    case 'mark':
    case 'iif':
    case 'iifname':
    case 'oif':
    case 'oifname':
      return ofMeta(word);
    case 'ct':
      return conntrackField(cursor);
    case 'fib':
      return ofFib(cursor);
    case 'icmp':
    case 'icmpv6': {
      const key = cursor.take();
      const proto = word === 'icmp' ? 1 : 58;
      if (key !== 'type' && key !== 'code') return undefined;
      return field(`${word} ${key}`, key === 'code' ? 'number' : word, ({ packet }) =>
        packet.proto === proto ? number(key === 'type' ? packet.icmpType : packet.icmpCode) : ABSENT,
      );
    }
    default:
      return undefined;
  }
}
