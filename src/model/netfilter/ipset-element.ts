import { appendTo } from '../../core/append-to.js';
import { type Prefix, parsePrefix } from '../../core/prefix.js';
import type { IpSet } from './ipset.js';
import { icmpTypeCode } from './matches/icmp.js';
import { portRange, protocolNumber, valueMask } from './matches/numbers.js';

/** One dimension of an element, by the type of its set (ipset(8)). */
export type Part =
  | { readonly kind: 'net'; readonly prefix: Prefix }
  | { readonly kind: 'port'; readonly proto: number | undefined; readonly low: number; readonly high: number }
  | { readonly kind: 'icmp'; readonly proto: number; readonly type: number; readonly code: number | undefined }
  | { readonly kind: 'iface'; readonly name: string; readonly wildcard: boolean; readonly port: boolean }
  | { readonly kind: 'mark'; readonly value: number; readonly mask: number }
  | { readonly kind: 'set'; readonly name: string }
  /** A MAC address, or text that was not understood. */
  | { readonly kind: 'other'; readonly text: string };

export interface Element {
  readonly parts: readonly Part[];
  readonly nomatch: boolean;
}

/** `ip`, `port`, `net`, …: the dimensions of a type such as `hash:ip,port,net`. */
export const dimensions = (type: string): readonly string[] => type.slice(type.indexOf(':') + 1).split(',');

function port(text: string, family: 4 | 6): Part {
  const colon = text.indexOf(':');
  const name = colon < 0 ? undefined : text.slice(0, colon);
  const proto = name === undefined ? undefined : protocolNumber(name);
  const rest = colon < 0 ? text : text.slice(colon + 1);
  if (proto === 1 || proto === 58) {
    const wanted = icmpTypeCode(proto === 1 ? 4 : 6, rest);
    if (wanted !== undefined) return { kind: 'icmp', proto, type: wanted[0], code: wanted[1] ?? 0 };
  }
  const range = portRange(rest);
  if (range === undefined || (name !== undefined && proto === undefined))
    return { kind: 'other', text: `${family} ${text}` };
  return { kind: 'port', proto, low: range[0], high: range[1] };
}

function part(dimension: string, text: string, set: IpSet, wildcard: boolean): Part {
  switch (dimension) {
    case 'ip':
    case 'net': {
      // A set with `netmask 24` holds the first address of each net and means all of it.
      const mask =
        dimension === 'ip' && !text.includes('/') ? /\bnetmask (\d+)/.exec(set.header ?? '')?.[1] : undefined;
      const prefix = parsePrefix(mask === undefined ? text : `${text}/${mask}`);
      return prefix === undefined ? { kind: 'other', text } : { kind: 'net', prefix };
    }
    case 'port':
      return port(text, set.family ?? 4);
    case 'iface': {
      const ofPort = text.startsWith('physdev:');
      return { kind: 'iface', name: ofPort ? text.slice(8) : text, wildcard, port: ofPort };
    }
    case 'mark': {
      const value = valueMask(text);
      const mask = valueMask(/\bmarkmask (\S+)/.exec(set.header ?? '')?.[1] ?? '0xffffffff');
      return value === undefined || mask === undefined
        ? { kind: 'other', text }
        : { kind: 'mark', value: value[0], mask: mask[0] };
    }
    case 'set':
      return { kind: 'set', name: text };
    default:
      return { kind: 'other', text };
  }
}

/** Reads an entry of a set. */
export function readElement(set: IpSet, member: string, nomatch: boolean): Element {
  const wildcard = member.endsWith(' wildcard');
  const texts = (wildcard ? member.slice(0, -9) : member).split(',');
  return { parts: dimensions(set.type).map((kind, i) => part(kind, texts[i] ?? '', set, wildcard)), nomatch };
}

/** A set's elements, found by the address in their first dimension. */
export interface ElementIndex {
  /** Prefix lengths that occur, longest first. */
  readonly lengths: readonly number[];
  readonly byPrefix: ReadonlyMap<string, readonly Element[]>;
  /** Elements without an address in front. */
  readonly others: readonly Element[];
}

const INDEXES = new WeakMap<IpSet, ElementIndex>();

/** The index of a set, made once. */
export function elementIndex(set: IpSet): ElementIndex {
  const known = INDEXES.get(set);
  if (known !== undefined) return known;
  const byPrefix = new Map<string, Element[]>();
  const lengths = new Set<number>();
  const others: Element[] = [];
  for (const entry of set.entries) {
    const element = readElement(set, entry.member, entry.nomatch);
    const first = element.parts[0];
    if (first?.kind !== 'net') {
      others.push(element);
      continue;
    }
    lengths.add(first.prefix.length);
    const key = prefixKey(first.prefix.family, first.prefix.length, first.prefix.first);
    appendTo(byPrefix, key, element);
  }
  const index = { lengths: [...lengths].sort((a, b) => b - a), byPrefix, others };
  INDEXES.set(set, index);
  return index;
}

/** Key of the net of that length that has the address. */
export function prefixKey(family: 4 | 6, length: number, value: bigint): string {
  const shift = BigInt((family === 4 ? 32 : 128) - length);
  return `${family}/${length}/${value >> shift}`;
}
