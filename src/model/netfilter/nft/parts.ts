import type { NfRule } from '../ruleset.js';
import { doubt, type Predicate, type Sight } from '../sight.js';
import { type Elements, elementsOf, namedElements } from './elements.js';
import type { Field } from './field.js';
import { elementTexts, readNftMatch } from './match.js';
import { type Act, readStatement, readVerdict } from './statement.js';
import { Cursor, nftTokens } from './tokens.js';

/** One part of a rule: a test, something done, or a map of verdicts. */
export type Part =
  | { readonly kind: 'test'; readonly predicate: Predicate }
  | { readonly kind: 'act'; readonly act: Act }
  | {
      readonly kind: 'map';
      readonly fields: readonly Field[];
      readonly elements: (sight: Sight) => Elements | undefined;
    }
  | { readonly kind: 'chance'; readonly verdicts: readonly (Act | undefined)[] };

/** `limit rate 5/second burst 10 packets`, quotas and counts of connections: they may hold. */
function limitTest(cursor: Cursor): Predicate {
  const words = [cursor.take()];
  while (
    !cursor.done &&
    /^(rate|over|until|burst|count|name|packets|bytes|kbytes|mbytes|gbytes|used|\d+(\/\w+)?)$/.test(cursor.peek())
  )
    words.push(cursor.take());
  return maybe(words.join(' '));
}

const maybe =
  (text: string): Predicate =>
  ({ host }) => ({
    ...doubt(text, `whether \`${text}\` holds for the packet`, `nft list ruleset    # on ${host.name}`),
    ofRule: true,
  });

/** A verdict written by itself; undefined for `continue` and for what is none. */
export const verdictOf = (text: string | undefined): Act | undefined => {
  const verdict = readVerdict(new Cursor(nftTokens(text ?? '')));
  return verdict === 'continue' ? undefined : verdict;
};

/** `numgen random mod 3 vmap { 0 : goto a, 1 : goto b, 2 : goto c }`: each by chance. */
function chance(cursor: Cursor): Part | undefined {
  const words: string[] = [];
  while (!cursor.done && cursor.peek() !== 'vmap' && words.length < 8) words.push(cursor.take());
  if (!/^numgen (random|inc) mod \d+$/.test(words.join(' ')) || !cursor.accept('vmap') || cursor.peek() !== '{')
    return undefined;
  const verdicts = elementTexts(cursor.braces()).map((text) => verdictOf(text.slice(text.indexOf(' : ') + 3)));
  return { kind: 'chance', verdicts };
}

function readPart(cursor: Cursor, table: string): Part | 'skip' | undefined {
  const statement = readStatement(cursor);
  if (statement !== undefined) return statement === 'skip' ? 'skip' : { kind: 'act', act: statement };
  const word = cursor.peek();
  if (word === 'limit' || word === 'quota' || (word === 'ct' && cursor.peek(1) === 'count')) {
    if (word === 'ct') cursor.take();
    return { kind: 'test', predicate: limitTest(cursor) };
  }
  if (word === 'numgen') return chance(cursor);
  const match = readNftMatch(cursor, table);
  if (match === undefined) return undefined;
  if (typeof match === 'function') return { kind: 'test', predicate: match };
  const { fields } = match;
  if (cursor.peek() === '{') {
    const elements = elementsOf(fields, elementTexts(cursor.braces()), true);
    return { kind: 'map', fields, elements: () => elements };
  }
  if (!cursor.peek().startsWith('@')) return undefined;
  const name = `${table} ${cursor.take().slice(1)}`;
  return {
    kind: 'map',
    fields,
    elements: ({ host }) => {
      const set = host.ipsets.get(name);
      return set === undefined ? undefined : namedElements(set, fields);
    },
  };
}

/** Parts of a rule. What is not understood is a test that may hold, and then the rule's own verdict, if it tells one. */
export function readParts(rule: NfRule): readonly Part[] {
  const { spec, table, target } = rule.at;
  const cursor = new Cursor(nftTokens(spec.slice(4)));
  const parts: Part[] = [];
  while (!cursor.done) {
    const part = readPart(cursor, table);
    if (part === 'skip') continue;
    if (part !== undefined) {
      parts.push(part);
      continue;
    }
    cursor.rest();
    parts.push({ kind: 'test', predicate: maybe(spec.slice(4)) });
    const ending =
      target === undefined
        ? undefined
        : verdictOf(/^[A-Z]+$/.test(target) ? target.toLowerCase() : `${rule.at.goto ? 'goto' : 'jump'} ${target}`);
    if (ending !== undefined) parts.push({ kind: 'act', act: ending });
    else if (target !== undefined || /\bv?map\b|\bunread statement\b|\bxt target\b/.test(spec))
      parts.push({
        kind: 'act',
        act: ({ host }) => ({
          kind: 'unknown',
          missing: {
            what: `what the rule \`${spec.slice(4)}\` does`,
            collect: `nft list ruleset    # on ${host.name}`,
          },
        }),
      });
  }
  return parts;
}
