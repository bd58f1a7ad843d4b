import { canonicalAddress } from '../../../core/address.js';
import { wordTable } from '../../../core/word-table.js';
import { addressTest, rangeTest } from '../matches/address.js';
import { icmpTypeCode } from '../matches/icmp.js';
import { portRange, protocolNumber } from '../matches/numbers.js';
import type { Field, FieldValue } from './field.js';

/** Whether a field's value is the one that is written; undefined when the text was not understood. */
export type ValueTest = (value: FieldValue) => boolean;

/** Names of nft where iptables has others (nft(8), icmpv6 type). */
const ICMP6 = wordTable<string>({
  'nd-router-solicit': '133',
  'nd-router-advert': '134',
  'nd-neighbor-solicit': '135',
  'nd-neighbor-advert': '136',
  'nd-redirect': '137',
});

function numberOf(type: Field['type'], text: string): number | undefined {
  if (/^0x[0-9a-f]+$/i.test(text) || /^\d+$/.test(text)) return Number(text);
  switch (type) {
    case 'protocol':
      return protocolNumber(text);
    case 'port': {
      const range = portRange(text);
      return range !== undefined && range[0] === range[1] ? range[0] : undefined;
    }
    case 'icmp':
      return icmpTypeCode(4, text)?.[0];
    case 'icmpv6':
      return icmpTypeCode(6, ICMP6[text] ?? text)?.[0];
    default:
      return undefined;
  }
}

/** A value that is written as one word: address, prefix, range, number, name with `*`. */
export function valueTest(type: Field['type'], text: string): ValueTest | undefined {
  if (text === '*') return () => true;
  switch (type) {
    case 'address': {
      const [from, to] = text.split('-');
      const test = to === undefined ? addressTest(text) : rangeTest(from!, to);
      return test === undefined ? undefined : (value) => value.kind === 'address' && test(value.text);
    }
    case 'name':
      return text.endsWith('*')
        ? (value) => value.kind === 'name' && value.text.startsWith(text.slice(0, -1))
        : (value) => value.kind === 'name' && value.text === text;
    case 'words':
      return (value) => value.kind === 'words' && value.words.includes(text);
    default: {
      const ends = /^(\S+?)-(\S+)$/.exec(text);
      const whole = numberOf(type, text);
      if (whole !== undefined) return (value) => value.kind === 'number' && value.number === whole;
      const low = ends === null ? undefined : numberOf(type, ends[1]!);
      const high = ends === null ? undefined : numberOf(type, ends[2]!);
      if (low === undefined || high === undefined) return undefined;
      return (value) => value.kind === 'number' && value.number >= low && value.number <= high;
    }
  }
}

/** The text under which an exact value is found in an index; undefined for prefixes, ranges and wildcards. */
export function exactKey(type: Field['type'], text: string): string | undefined {
  switch (type) {
    case 'address':
      return canonicalAddress(text);
    case 'name':
      return text.endsWith('*') ? undefined : text;
    case 'words':
      return undefined;
    default: {
      const value = numberOf(type, text);
      return value === undefined ? undefined : String(value);
    }
  }
}

/** The same of a packet's value. */
export const valueKey = (value: FieldValue): string | undefined =>
  value.kind === 'number'
    ? String(value.number)
    : value.kind === 'address' || value.kind === 'name'
      ? value.text
      : undefined;
