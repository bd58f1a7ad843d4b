import type { Sight } from '../sight.js';

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

/** The packet has no such field, or it is not known. */
export const ABSENT: FieldValue = { kind: 'absent' };
export const UNKNOWN: FieldValue = { kind: 'unknown' };
/** Values of a field. */
export const number = (value: number | undefined): FieldValue =>
  value === undefined ? UNKNOWN : { kind: 'number', number: value };
export const name = (text: string | undefined): FieldValue => ({ kind: 'name', text: text ?? '' });
export const address = (text: string): FieldValue => ({ kind: 'address', text });

/** A field with its name in nft. */
export const field = (label: string, type: Field['type'], of: Field['of']): Field => ({ name: label, type, of });
