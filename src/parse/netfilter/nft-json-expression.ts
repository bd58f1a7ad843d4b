import { wordTable } from '../../core/word-table.js';
import { isArray, isObject, type Json, type JsonObject } from '../network/json-text.js';

/** How `nft list` writes a value: in quotes (names of interfaces), as eight hexadecimal digits (marks), as a time with units (seconds), or as it is. */
export type Notation = 'quoted' | 'mark' | 'seconds' | 'plain';

/** Keys of meta that stand without the word `meta` (nft, meta.c: meta_key_is_unqualified). */
const UNQUALIFIED = new Set(['iif', 'oif', 'iifname', 'oifname', 'iifgroup', 'oifgroup']);
const QUOTED = new Set([
  ...['iif', 'oif', 'iifname', 'oifname', 'ibrname', 'obrname', 'sdif', 'sdifname', 'iifkind', 'oifkind'],
  ...['helper', 'time', 'hour', 'day'],
]);
/** Words of nft and addresses; no blank, quote, brace or comma, which would be grammar. */
const WORD = /^(?:[@\w][\w.:/*@+-]*|\*|::[\w.:]*)$/;

const inQuotes = (text: string): string => `"${text.replaceAll('"', "'").replace(/[\r\n]/g, ' ')}"`;

/** A name of nft (chain, set, table, field); undefined when it is none. */
export const wordOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && WORD.test(value) ? value : undefined;

/** A text of the user's (comment, log prefix), in quotes. */
export const quotedText = (value: Json | undefined): string | undefined =>
  typeof value === 'string' ? inQuotes(value) : undefined;

/** All of them with something between, or undefined when one of them is. */
export function joined(parts: readonly (string | undefined)[], between: string): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join(between);
}

/** One value behind another, as two words. */
const words = (...parts: readonly (string | undefined)[]): string | undefined => joined(parts, ' ');

/** The only key of an object, with what is behind it; undefined for anything else. */
export function tagged(value: Json | undefined): readonly [string, Json | undefined] | undefined {
  if (!isObject(value)) return undefined;
  const keys = Object.keys(value);
  return keys.length === 1 ? [keys[0]!, value[keys[0]!]] : undefined;
}

const listOf = (value: Json | undefined): readonly (Json | undefined)[] => (isArray(value) ? value : [value]);

/** How the values of a field are written; of a concatenation, each of its parts. */
export function notations(left: Json | undefined): readonly Notation[] {
  const [kind, body] = tagged(left) ?? [];
  if (kind === 'concat' && isArray(body)) return body.flatMap(notations);
  if ((kind === '&' || kind === '|' || kind === '^') && isArray(body)) return notations(body[0]);
  const key = (kind === 'meta' || kind === 'ct') && isObject(body) ? body['key'] : undefined;
  if (key === 'expiration') return ['seconds'];
  return [key === 'mark' ? 'mark' : typeof key === 'string' && QUOTED.has(key) ? 'quoted' : 'plain'];
}

function simple(value: string | number | boolean, notation: Notation): string | undefined {
  if (typeof value === 'boolean') return undefined;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return undefined;
    if (notation === 'seconds') return duration(value);
    return notation === 'mark' && value >= 0 ? `0x${value.toString(16).padStart(8, '0')}` : String(value);
  }
  const named = /^@[\w./-]+$/.test(value);
  return notation === 'quoted' && !named ? inQuotes(value) : (wordOf(value) ?? inQuotes(value));
}

/** `{ … }` of values, or of `key : value`. */
function braces(items: Json | undefined, how: readonly Notation[], to: Notation): string | undefined {
  if (!isArray(items)) return undefined;
  const texts = items.map((item) => elementText(item, how, to));
  const inside = joined(texts, ', ');
  return inside === undefined ? undefined : `{ ${inside} }`;
}

/** An element of a set, or `key : value` of a map, as `nft list` prints it (nft, json.c: set_elem_expr_json). */
export function elementText(
  item: Json | undefined,
  how: readonly Notation[],
  to: Notation = 'plain',
): string | undefined {
  if (isArray(item)) {
    const [key, data] = item;
    if (item.length !== 2) return undefined;
    return joined([elementText(key, how), verdictText(data) ?? expressionText(data, [to])], ' : ');
  }
  const [kind, body] = tagged(item) ?? [];
  if (kind !== 'elem') return expressionText(item, how);
  if (!isObject(body)) return undefined;
  const timeout = typeof body['timeout'] === 'number' ? ` timeout ${duration(body['timeout'])}` : '';
  const comment = body['comment'] === undefined ? '' : ` comment ${quotedText(body['comment'])}`;
  const text = expressionText(body['val'], how);
  return text === undefined ? undefined : `${text}${timeout}${comment}`;
}

/** Seconds as nft prints them: `1d2h3m4s`. */
export function duration(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const text = parts.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`)).join('');
  return text === '' ? '0s' : text;
}

/** A verdict, as it stands in a rule and in a verdict map; undefined when it is none. */
export function verdictText(value: Json | undefined): string | undefined {
  const [kind, body] = tagged(value) ?? [];
  switch (kind) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
      return body === null ? kind : undefined;
    case 'jump':
    case 'goto':
      return isObject(body) ? words(kind, wordOf(body['target'])) : undefined;
    default:
      return undefined;
  }
}

/** The fields of packets and connections, by the kind of their object (libnftables-json(5), EXPRESSIONS). */
const FIELDS = wordTable<(body: JsonObject) => string | undefined>({
  payload: ({ protocol, field }) => words(wordOf(protocol), wordOf(field)),
  meta: ({ key }) => (typeof key === 'string' && UNQUALIFIED.has(key) ? key : words('meta', wordOf(key))),
  ct: ({ key, dir }) => {
    const what = typeof key === 'string' && /^[a-z0-9-]+( [a-z0-9-]+)?$/.test(key) ? key : undefined;
    return dir === undefined ? words('ct', what) : words('ct', wordOf(dir), what);
  },
  fib: ({ result, flags }) => {
    const from = joined(listOf(flags).map(wordOf), ' . ');
    return words('fib', from, wordOf(result));
  },
  rt: ({ key, family }) => (family === undefined ? words('rt', wordOf(key)) : words('rt', wordOf(family), wordOf(key))),
  exthdr: ({ name, field }) =>
    field === undefined ? words('exthdr', wordOf(name)) : words(wordOf(name), wordOf(field)),
  'tcp option': ({ name, field }) =>
    field === undefined ? words('tcp option', wordOf(name)) : words('tcp option', wordOf(name), wordOf(field)),
  'ip option': ({ name, field }) =>
    field === undefined ? words('ip option', wordOf(name)) : words('ip option', wordOf(name), wordOf(field)),
  socket: ({ key }) => words('socket', wordOf(key)),
  numgen: ({ mode, mod, offset }) =>
    typeof mod !== 'number' ? undefined : words('numgen', wordOf(mode), `mod ${mod}`, ...shift(offset)),
  jhash: (body) => hash('jhash', body),
  symhash: ({ mod, offset }) =>
    typeof mod === 'number' ? words('symhash', `mod ${mod}`, ...shift(offset)) : undefined,
});

const shift = (offset: Json | undefined): readonly string[] =>
  typeof offset === 'number' && offset !== 0 ? [`offset ${offset}`] : [];

function hash(name: string, { expr, mod, seed, offset }: JsonObject): string | undefined {
  if (typeof mod !== 'number') return undefined;
  const seeded = typeof seed === 'number' ? [`seed 0x${seed.toString(16)}`] : [];
  return words(name, expressionText(expr), `mod ${mod}`, ...seeded, ...shift(offset));
}

/**
 * An expression of nft's JSON in the words of `nft list` (libnftables-json(5)); undefined when any part of it has none that
 * is known here. `how` says how its values are written.
 */
export function expressionText(value: Json | undefined, how: readonly Notation[] = ['plain']): string | undefined {
  const notation = how[0] ?? 'plain';
  if (value === undefined || value === null) return undefined;
  if (isArray(value)) {
    const flags = value.map((flag) => expressionText(flag, how));
    return joined(flags, ',');
  }
  if (!isObject(value)) return simple(value, notation);
  const [kind, body] = tagged(value) ?? [];
  if (kind === undefined) return undefined;
  switch (kind) {
    case 'prefix':
      return isObject(body) && typeof body['len'] === 'number'
        ? joined([wordOf(body['addr']), String(body['len'])], '/')
        : undefined;
    case 'range':
      return isArray(body) && body.length === 2
        ? joined(
            body.map((end) => expressionText(end, how)),
            '-',
          )
        : undefined;
    case 'set':
      return isArray(body) ? braces(body, how, 'plain') : undefined;
    case 'concat':
      return isArray(body)
        ? joined(
            body.map((part, i) => expressionText(part, [how[i] ?? 'plain'])),
            ' . ',
          )
        : undefined;
    case 'map':
      return isObject(body)
        ? words(expressionText(body['key']), 'map', mapData(body['data'], notations(body['key']), notation))
        : undefined;
    case '|':
    case '&':
    case '^':
    case '<<':
    case '>>':
      return isArray(body) && body.length >= 2 ? operation(kind, body) : undefined;
    default: {
      const field = FIELDS[kind];
      return field === undefined || !isObject(body) ? undefined : field(body);
    }
  }
}

/** `meta mark & 0x0000ff00 | 0x00000001`: nft prints neither brackets on the left nor names of flags without them. */
function operation(operator: string, operands: readonly Json[]): string | undefined {
  const how = notations(operands[0]);
  const texts = operands.map((operand, i) => {
    const flags = isArray(operand)
      ? joined(
          operand.map((flag) => expressionText(flag)),
          ' | ',
        )
      : undefined;
    if (flags !== undefined) return `(${flags})`;
    const text = expressionText(operand, how);
    return i > 0 && /^[|&^]$|^<<$|^>>$/.test(tagged(operand)?.[0] ?? '') && text !== undefined ? `(${text})` : text;
  });
  return joined(texts, ` ${operator} `);
}

/** What a map or verdict map leads to: `@name`, or pairs in braces. */
export function mapData(data: Json | undefined, how: readonly Notation[], to: Notation = 'plain'): string | undefined {
  if (typeof data === 'string') return data.startsWith('@') ? wordOf(data) : undefined;
  const [kind, pairs] = tagged(data) ?? [];
  return kind === 'set' && isArray(pairs) && pairs.every(isArray) ? braces(pairs, how, to) : undefined;
}
