import type { Labels } from './labels.js';
import { both, either, type Match } from './selector.js';

/**
 * Calico's selectors: `role == 'db' && has(tier) || !(env in {'test', 'dev'})` (libcalico-go lib/selector/parser). `&&` binds closer
 * than `||`. What is not understood matches nobody knows whom.
 */
export function calicoSelects(text: string, labels: Labels | undefined): Match {
  const words = tokens(text);
  if (words === undefined) return undefined;
  if (words.length === 0) return true;
  const reader = { words, next: 0 };
  const match = disjunction(reader, labels);
  return reader.next === words.length ? match : undefined;
}

interface Reader {
  readonly words: readonly string[];
  next: number;
}

const TOKEN = /\s*('[^']*'|"[^"]*"|&&|\|\||==|!=|[!(){},]|(?:not in|starts with|ends with)(?=\s)|[A-Za-z0-9_./-]+)\s*/y;

function tokens(text: string): readonly string[] | undefined {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) return text.trim() === '' ? found : undefined;
    found.push(match[1]!);
  }
  return found;
}

const take = (reader: Reader, word: string): boolean => {
  const fits = reader.words[reader.next] === word;
  if (fits) reader.next++;
  return fits;
};

function disjunction(reader: Reader, labels: Labels | undefined): Match {
  let match = conjunction(reader, labels);
  while (take(reader, '||')) match = either(match, conjunction(reader, labels));
  return match;
}

function conjunction(reader: Reader, labels: Labels | undefined): Match {
  let match = term(reader, labels);
  while (take(reader, '&&')) match = both(match, term(reader, labels));
  return match;
}

const negated = (match: Match): Match => (match === undefined ? undefined : !match);

function term(reader: Reader, labels: Labels | undefined): Match {
  if (take(reader, '!')) return negated(term(reader, labels));
  if (take(reader, '(')) {
    const match = disjunction(reader, labels);
    return take(reader, ')') ? match : undefined;
  }
  const key = reader.words[reader.next++];
  if (key === undefined) return undefined;
  if (take(reader, '(')) {
    const name = key === 'has' ? reader.words[reader.next++] : undefined;
    if (!take(reader, ')')) return undefined;
    if (key === 'all') return true;
    return name === undefined || labels === undefined ? undefined : labels.has(name);
  }
  return comparison(reader, key, labels);
}

const unquoted = (word: string | undefined): string | undefined => /^(['"])(.*)\1$/.exec(word ?? '')?.[2];

/** A key that is not there equals nothing, is in no set, and is therefore `!=` and `not in` all. */
function comparison(reader: Reader, key: string, labels: Labels | undefined): Match {
  const operator = reader.words[reader.next++];
  const has = labels?.get(key);
  if (operator === 'in' || operator === 'not in') {
    if (!take(reader, '{')) return undefined;
    const set = new Set<string>();
    while (!take(reader, '}')) {
      const value = unquoted(reader.words[reader.next++]);
      if (value === undefined) return undefined;
      set.add(value);
      take(reader, ',');
    }
    if (labels === undefined) return undefined;
    return (has !== undefined && set.has(has)) === (operator === 'in');
  }
  const value = unquoted(reader.words[reader.next++]);
  if (value === undefined || labels === undefined) return undefined;
  switch (operator) {
    case '==':
      return has === value;
    case '!=':
      return has !== value;
    case 'starts with':
      return has?.startsWith(value) ?? false;
    case 'ends with':
      return has?.endsWith(value) ?? false;
    default:
      return undefined;
  }
}
