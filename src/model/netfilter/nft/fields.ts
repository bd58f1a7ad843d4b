import { addressType } from '../address-type.js';
import { hasPorts } from '../matches/numbers.js';
import type { Sight } from '../sight.js';
import type { Cursor } from './tokens.js';

/** What a field of the packet is: a text, a number, several words at once (`ct state`), not there, or not known. */
export type FieldValue =
  | { readonly kind: 'address' | 'name'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'absent' | 'unknown' };

/** An expression on the left of a match. */
export interface Field {
  readonly name: string;
  /** How the values beside it are written. */
  readonly type: 'address' | 'name' | 'port' | 'protocol' | 'mark' | 'icmp' | 'icmpv6' | 'words' | 'number';
  readonly of: (sight: Sight) => FieldValue;
}

const ABSENT: FieldValue = { kind: 'absent' };
const UNKNOWN: FieldValue = { kind: 'unknown' };
const number = (value: number | undefined): FieldValue =>
  value === undefined ? UNKNOWN : { kind: 'number', number: value };
const name = (text: string | undefined): FieldValue => ({ kind: 'name', text: text ?? '' });
const address = (text: string): FieldValue => ({ kind: 'address', text });

const field = (label: string, type: Field['type'], of: Field['of']): Field => ({ name: label, type, of });

const TRANSPORT: Readonly<Record<string, number | undefined>> = {
  tcp: 6,
  udp: 17,
  dccp: 33,
  sctp: 132,
  udplite: 136,
  th: undefined,
};

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

function ofConntrack(cursor: Cursor): Field | undefined {
  const key = cursor.take();
  const known = ({ packet, tracked }: Sight) => tracked && packet.ct.state !== 'UNTRACKED';
  switch (key) {
    case 'state':
      return field('ct state', 'words', ({ packet, tracked }) => {
        if (!tracked) return { kind: 'words', words: ['invalid'] };
        return packet.ct.state === 'unknown' ? UNKNOWN : { kind: 'words', words: [packet.ct.state.toLowerCase()] };
      });
    case 'status':
      return field('ct status', 'words', (sight) => {
        if (!known(sight)) return ABSENT;
        const { ct } = sight.packet;
        const seen = ct.state === 'ESTABLISHED' ? ['seen-reply', 'confirmed'] : [];
        return { kind: 'words', words: [...(ct.dnat ? ['dnat'] : []), ...(ct.snat ? ['snat'] : []), ...seen] };
      });
    case 'direction':
      return field('ct direction', 'words', (sight) =>
        known(sight) ? { kind: 'words', words: [sight.packet.ct.direction] } : ABSENT,
      );
    case 'mark':
      return field('ct mark', 'mark', (sight) => (known(sight) ? number(sight.packet.ct.mark) : ABSENT));
    case 'original': {
      cursor.accept('ip', 'ip6');
      const side = cursor.take();
      const of: Readonly<Record<string, Field>> = {
        saddr: field('ct original saddr', 'address', ({ packet }) => address(packet.ct.orig.src)),
        daddr: field('ct original daddr', 'address', ({ packet }) => address(packet.ct.orig.dst)),
        'proto-src': field('ct original proto-src', 'port', ({ packet }) => number(packet.ct.orig.sport)),
        'proto-dst': field('ct original proto-dst', 'port', ({ packet }) => number(packet.ct.orig.dport)),
      };
      const found = of[side];
      return found === undefined ? undefined : { ...found, of: (sight) => (known(sight) ? found.of(sight) : ABSENT) };
    }
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
      return ofConntrack(cursor);
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
