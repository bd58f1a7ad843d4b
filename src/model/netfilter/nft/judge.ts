import type { Action, Branch, Judge } from '../judge.js';
import type { NfRule } from '../ruleset.js';
import { type Doubt, doubt, type Predicate, type Sight } from '../sight.js';
import { type Elements, elementsOf, find, namedElements } from './elements.js';
import type { Field } from './fields.js';
import { elementTexts, readNftMatch } from './match.js';
import { type Act, readStatement, readVerdict } from './statement.js';
import { Cursor, nftTokens } from './tokens.js';

/** One part of a rule: a test, something done, or a map of verdicts. */
type Part =
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
    ...doubt(text, `whether \`${text}\` holds for the packet`, `nft list ruleset on ${host.name}`),
    ofRule: true,
  });

const verdictOf = (text: string | undefined): Act | undefined => {
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
function readParts(rule: NfRule): readonly Part[] {
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
    else if (target !== undefined || /\bv?map\b/.test(spec))
      parts.push({
        kind: 'act',
        act: ({ host }) => ({
          kind: 'unknown',
          missing: { what: `what the rule \`${spec.slice(4)}\` does`, collect: `nft list ruleset on ${host.name}` },
        }),
      });
  }
  return parts;
}

const ENDS = new Set(['accept', 'drop', 'reject', 'return', 'goto', 'jump', 'translate', 'unknown']);

const unknownMap = (sight: Sight): Branch => ({
  doubts: [],
  actions: [
    {
      kind: 'unknown',
      missing: {
        what: `elements of a verdict map on ${sight.host.name}`,
        collect: `nft list ruleset on ${sight.host.name}`,
      },
    },
  ],
});

/** The branches of a verdict map; none when the packet is not in it. */
function mapBranches(
  part: Part & { kind: 'map' },
  sight: Sight,
  doubts: readonly Doubt[],
  done: readonly Action[],
): readonly Branch[] {
  const elements = part.elements(sight);
  if (elements === undefined) return [unknownMap(sight)];
  const found = find(
    elements,
    part.fields.map((field) => field.of(sight)),
  );
  const lead = (text: string | undefined): readonly Action[] => {
    const act = verdictOf(text);
    return act === undefined ? done : [...done, act(sight)];
  };
  if (found.kind === 'one') return [{ doubts, actions: lead(found.element.leadsTo) }];
  if (found.kind === 'may')
    return found.elements.slice(0, 16).map((element) => {
      const asked = part.fields.map((field) => field.name).join(' . ');
      const may = doubt(`${asked} ${element.text}`, `whether ${asked} is ${element.text}`, 'tcpdump -nn -i any');
      return { doubts: [...doubts, may], actions: lead(element.leadsTo) };
    });
  return elements.whole ? [] : [unknownMap(sight)];
}

/** Makes a rule of nft's own language ready to run (nft(8)). */
export function nftJudge(rule: NfRule): Judge {
  const parts = readParts(rule);
  return (given) => {
    let sight = given;
    const doubts: Doubt[] = [];
    const actions: Action[] = [];
    const sofar = (): readonly Branch[] => (actions.length === 0 ? [] : [{ doubts, actions }]);
    for (const part of parts) {
      switch (part.kind) {
        case 'test': {
          const answer = part.predicate(sight);
          if (answer === 'no') return sofar();
          if (answer !== 'yes') doubts.push(answer);
          break;
        }
        case 'act': {
          const action = part.act(sight);
          actions.push(action);
          if (action.kind === 'rewrite') sight = { ...sight, packet: action.packet };
          if (ENDS.has(action.kind)) return sofar();
          break;
        }
        case 'map': {
          const branches = mapBranches(part, sight, doubts, actions);
          return branches.length === 0 ? sofar() : branches;
        }
        case 'chance': {
          const last = part.verdicts.length - 1;
          return part.verdicts.map((act, i): Branch => {
            const by: Doubt = {
              ...doubt(`numgen ${i}`, 'which endpoint chance picks', 'conntrack -L'),
              choice: true,
              ofRule: true,
            };
            return {
              doubts: i === last ? doubts : [...doubts, by],
              actions: act === undefined ? actions : [...actions, act(sight)],
            };
          });
        }
      }
    }
    return sofar();
  };
}
