import { wordTable } from '../../../core/word-table.js';
import { rpfilterMatch } from '../../host/rpfilter-match.js';
import { type Answer, doubt, negate, type Predicate } from '../sight.js';
import { isOperator, readNumber } from './arithmetic.js';
import { type Elements, elementsOf, isAmong, namedElements } from './elements.js';
import type { Field } from './field.js';
import { readField } from './fields.js';
import type { Cursor } from './tokens.js';

/** A match whose fields go into a verdict map. */
export interface Lookup {
  readonly fields: readonly Field[];
}

const COMPARISONS = wordTable<(a: number, b: number) => boolean>({
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
});

/** Splits the words between braces at their commas. */
export function elementTexts(words: readonly string[]): readonly string[] {
  const texts: string[] = [];
  let current: string[] = [];
  for (const word of [...words, ',']) {
    if (word !== ',') current.push(word);
    else {
      if (current.length > 0) texts.push(current.join(' '));
      current = [];
    }
  }
  return texts;
}

/** The values on the right: braces, a named set, or one value (or several with commas: flags). */
function readValues(
  cursor: Cursor,
  fields: readonly Field[],
  table: string,
): ((held: Parameters<Predicate>[0]) => Answer) | undefined {
  if (cursor.peek() === '{') {
    const elements = elementsOf(fields, elementTexts(cursor.braces()), true);
    return among(elements, fields, 'a set');
  }
  if (cursor.peek().startsWith('@')) {
    const name = `${table} ${cursor.take().slice(1)}`;
    return (sight) => {
      const set = sight.host.ipsets.get(name);
      if (set === undefined)
        return doubt(
          `set ${name}`,
          `elements of the set ${name} on ${sight.host.name}`,
          `nft list ruleset    # on ${sight.host.name}`,
        );
      // Who was added lately keeps its endpoint; nothing tells who that is now.
      if (/dynamic|timeout/.test(set.header ?? ''))
        return {
          ...doubt(`set ${name}`, `who is in the set ${name} on ${sight.host.name}`, 'nft list ruleset'),
          choice: true,
        };
      return isAmong(namedElements(set, fields), fields, name, sight);
    };
  }
  const texts = [concatenated(cursor)];
  if (cursor.peek() === '|') return wholeValue(cursor, fields);
  while (cursor.accept(',')) texts.push(concatenated(cursor));
  return among(elementsOf(fields, texts, true), fields, texts.join(','));
}

/** `ct state != new | untracked` compares the whole value: a packet has one state, never two. */
function wholeValue(cursor: Cursor, fields: readonly Field[]): ReturnType<typeof readValues> {
  while (cursor.accept('|')) cursor.take();
  return fields[0]?.name === 'ct state' ? () => 'no' : undefined;
}

function concatenated(cursor: Cursor): string {
  let text = cursor.take();
  while (cursor.accept('.')) text += ` . ${cursor.take()}`;
  return text;
}

const among =
  (elements: Elements, fields: readonly Field[], what: string): ((sight: Parameters<Predicate>[0]) => Answer) =>
  (sight) =>
    isAmong(elements, fields, what, sight);

/** A field that is not there fails the match, negated or not. */
const present =
  (fields: readonly Field[], negated: boolean, predicate: Predicate): Predicate =>
  (sight) => {
    if (fields.some((field) => field.of(sight).kind === 'absent')) return 'no';
    const held = predicate(sight);
    return negated ? negate(held) : held;
  };

function compared(cursor: Cursor, field: Field): Predicate | undefined {
  const compare = COMPARISONS[cursor.take()];
  const right = readNumber(cursor);
  if (compare === undefined || right === undefined) return undefined;
  return (sight) => {
    const value = field.of(sight);
    if (value.kind === 'unknown') return doubt(field.name, `the ${field.name} of the packet`, 'tcpdump -nn -i any');
    return value.kind === 'number' && compare(value.number, right(sight)) ? 'yes' : 'no';
  };
}

/** `meta mark & 0x4000 == 0x4000`. */
function masked(cursor: Cursor, field: Field): Predicate | undefined {
  cursor.take();
  const mask = readNumber(cursor);
  if (mask === undefined) return undefined;
  const under: Field = {
    ...field,
    of: (sight) => {
      const value = field.of(sight);
      return value.kind === 'number' ? { kind: 'number', number: (value.number & mask(sight)) >>> 0 } : value;
    },
  };
  return compared(cursor, under);
}

/** `fib saddr . iif oif missing`: the rpfilter of nft (nft_fib.c). */
function reversePath(cursor: Cursor): Predicate | undefined {
  const words: string[] = [];
  while (!cursor.done && words.length < 8 && !/^(missing|exists)$/.test(words.at(-1) ?? '')) words.push(cursor.take());
  const match = /^fib saddr((?: \. (?:iif|mark))*) oif (missing|exists)$/.exec(words.join(' '));
  if (match === null) return undefined;
  const options = { loose: !match[1]!.includes('iif'), validmark: match[1]!.includes('mark'), acceptLocal: false };
  return ({ host, packet, crossing }) => {
    const judged = rpfilterMatch(host, packet, crossing.iif ?? '', options);
    const held: Answer =
      judged.answer === 'unknown' ? doubt('fib', judged.missing.what, judged.missing.collect) : judged.answer;
    return match[2] === 'missing' ? negate(held) : held;
  };
}

/** Reads a match, or the key of a verdict map; undefined when it is not understood. */
export function readNftMatch(cursor: Cursor, table: string): Predicate | Lookup | undefined {
  if (cursor.peek() === 'fib' && cursor.peek(2) !== 'type') return reversePath(cursor);
  const fields: Field[] = [];
  do {
    const field = readField(cursor);
    if (field === undefined) return undefined;
    fields.push(field);
  } while (cursor.accept('.'));
  if (cursor.accept('vmap')) return { fields };
  const [only] = fields;
  if (fields.length === 1 && isOperator(cursor.peek())) return masked(cursor, only!);
  if (fields.length === 1 && /^[<>]=?$/.test(cursor.peek())) return compared(cursor, only!);
  const negated = cursor.accept('!=');
  cursor.accept('==');
  const values = readValues(cursor, fields, table);
  return values === undefined ? undefined : present(fields, negated, values);
}
