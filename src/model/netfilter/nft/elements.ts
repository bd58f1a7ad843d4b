import type { IpSet } from '../ipset.js';
import { type Answer, doubt, type Sight } from '../sight.js';
import type { Field, FieldValue } from './field.js';
import { exactKey, type ValueTest, valueKey, valueTest } from './values.js';

/** An element of a set, or a key of a map with what it leads to. */
export interface Element {
  /** `undefined` where the text was not understood. */
  readonly tests: readonly (ValueTest | undefined)[];
  readonly key: string | undefined;
  readonly text: string;
  /** Behind the colon, in a map. */
  readonly leadsTo: string | undefined;
}

/** `10.0.0.1 . tcp . 80 : goto svc` as written; the fields say how to read its parts. */
export function readElement(fields: readonly Field[], text: string): Element {
  const colon = text.indexOf(' : ');
  const left = colon < 0 ? text : text.slice(0, colon);
  const parts =
    left.trim() === '*' ? fields.map(() => '*') : left.split(' . ').map((part) => part.trim().replace(/^"|"$/g, ''));
  const keys = fields.map((field, i) => exactKey(field.type, parts[i] ?? ''));
  return {
    tests: fields.map((field, i) => valueTest(field.type, parts[i] ?? '')),
    key: keys.includes(undefined) || left.trim() === '*' ? undefined : keys.join(' . '),
    text: left,
    leadsTo: colon < 0 ? undefined : text.slice(colon + 3).trim(),
  };
}

/** Elements by exact key, and those that are prefixes, ranges or wildcards. */
export interface Elements {
  readonly byKey: ReadonlyMap<string, Element>;
  readonly others: readonly Element[];
  readonly whole: boolean;
}

export function elementsOf(fields: readonly Field[], texts: readonly string[], whole: boolean): Elements {
  const byKey = new Map<string, Element>();
  const others: Element[] = [];
  for (const text of texts) {
    const element = readElement(fields, text);
    if (element.key === undefined) others.push(element);
    else byKey.set(element.key, element);
  }
  return { byKey, others, whole };
}

const NAMED = new WeakMap<IpSet, Map<string, Elements>>();

/** Elements of a named set, read once for each kind of key. */
export function namedElements(set: IpSet, fields: readonly Field[]): Elements {
  const kind = fields.map((field) => field.type).join(' ');
  const known = NAMED.get(set) ?? new Map<string, Elements>();
  NAMED.set(set, known);
  const elements =
    known.get(kind) ??
    elementsOf(
      fields,
      set.entries.map((entry) => entry.member),
      set.shown === 'whole',
    );
  known.set(kind, elements);
  return elements;
}

/** What is found for a packet: an element, nothing, or several that may fit because a field is not known. */
export type Found =
  | { readonly kind: 'one'; readonly element: Element }
  | { readonly kind: 'none' }
  | { readonly kind: 'may'; readonly elements: readonly Element[] };

function fits(element: Element, values: readonly FieldValue[]): 'yes' | 'no' | 'may' {
  let all: 'yes' | 'may' = 'yes';
  for (const [i, value] of values.entries()) {
    const test = element.tests[i];
    if (value.kind === 'unknown' || test === undefined) all = 'may';
    else if (!test(value)) return 'no';
  }
  return all;
}

/** Looks the packet's values up. */
export function find(elements: Elements, values: readonly FieldValue[]): Found {
  if (values.some((value) => value.kind === 'absent')) return { kind: 'none' };
  const keys = values.map(valueKey);
  if (!keys.includes(undefined)) {
    const exact = elements.byKey.get(keys.join(' . '));
    if (exact !== undefined) return { kind: 'one', element: exact };
  }
  const candidates = keys.includes(undefined) ? [...elements.byKey.values(), ...elements.others] : elements.others;
  const may: Element[] = [];
  for (const element of candidates) {
    const fit = fits(element, values);
    if (fit === 'yes' && may.length === 0) return { kind: 'one', element };
    if (fit !== 'no') may.push(element);
  }
  return may.length === 0 ? { kind: 'none' } : { kind: 'may', elements: may };
}

/** Whether the packet is among the elements. */
export function isAmong(elements: Elements, fields: readonly Field[], what: string, sight: Sight): Answer {
  const values = fields.map((field) => field.of(sight));
  const found = find(elements, values);
  if (found.kind === 'one') return 'yes';
  if (found.kind === 'none' && elements.whole) return 'no';
  if (found.kind === 'none' && values.some((value) => value.kind === 'absent')) return 'no';
  const asked = values.map((value) => valueKey(value) ?? '?').join(' . ');
  return doubt(
    `${what} ${asked}`,
    `whether ${fields.map((field) => field.name).join(' . ')} is in ${what}`,
    `nft list ruleset    # on ${sight.host.name}`,
  );
}
