import type { Line } from '../../core/sink.js';
import type { Json } from '../network/json-text.js';
import type { NftLine } from './nft-table.js';

/** The list itself; and within a text of other JSON, where its quotes are escaped. */
const LIST = /"nftables"\s*:\s*\[/g;
const ESCAPED = /\\"nftables\\+"\s*:/;
/** How often a text within a text is looked into. */
const DEEPEST = 4;
/** Deepest nesting of an object that is read; nft's own stay below 20. */
const NESTED = 64;
/** Longest text of an object that is read, in UTF-16 units: nft prints a rule in some thousand, a set of 180,000 addresses in 5 million. */
const LONGEST = { set: 6 * 1024 * 1024, other: 256 * 1024 } as const;
/** What an object with elements begins with. */
const SET = /^\{\s*"(?:set|map|element)"/;
/** Characters of an object's own text that are kept: more than a quote shows, so that secrets are found before the cut. */
const PRINTED = 1600;

/** One object of a listing, and where it stands; undefined for what is no JSON: nothing behind it is to be trusted. */
export interface Entry {
  readonly value: Json | undefined;
  readonly at: NftLine;
}

/** Where a text lies in the member. */
type LineAt = (offset: number) => Line;

/** Finds the line of a place in the lines that were joined by line ends. */
export function placesIn(lines: readonly Line[]): LineAt {
  const starts: number[] = [];
  let start = 0;
  for (const { text } of lines) {
    starts.push(start);
    start += text.length + 1;
  }
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return lines[low]!;
  };
}

/** The lists of nft's objects in a text of JSON, one after another, and those in texts within it. */
export function* nftListings(text: string, lineAt: LineAt, depth = 0): Generator<Generator<Entry>> {
  for (const match of text.matchAll(LIST)) yield entries(text, match.index + match[0].length, lineAt);
  let from = 0;
  for (let found = ESCAPED.exec(text); found !== null && depth < DEEPEST; found = ESCAPED.exec(text.slice(from))) {
    const inside = stringAround(text, from + found.index);
    if (inside === undefined) return;
    const at = lineAt(inside.from);
    yield* nftListings(inside.value, () => at, depth + 1);
    from = inside.end;
  }
}

/** The JSON string around a place in it; undefined when it is cut or none. */
function stringAround(text: string, place: number): { value: string; from: number; end: number } | undefined {
  let from = place;
  while (from >= 0 && !(text[from] === '"' && text[from - 1] !== '\\')) from--;
  if (from < 0) return undefined;
  let end = from + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  try {
    return { value: JSON.parse(text.slice(from, end + 1).replace(/[\r\n]/g, ' ')) as string, from, end: end + 1 };
  } catch {
    return undefined;
  }
}

/** The objects of a list that begins behind its bracket, each read by itself: of megabytes, never more than one is unfolded. */
function* entries(text: string, start: number, lineAt: LineAt): Generator<Entry> {
  let at = start;
  for (;;) {
    while (at < text.length && /[\s,]/.test(text[at]!)) at++;
    if (text[at] === ']') return;
    const end = text[at] === '{' ? objectEnd(text, at) : undefined;
    const line = lineAt(Math.min(at, text.length - 1));
    const value = end === undefined ? undefined : parsed(text, at, end);
    const printed = text
      .slice(at, Math.min(end ?? at, at + 4 * PRINTED))
      .replace(/\s+/g, ' ')
      .slice(0, PRINTED);
    yield { value, at: { ...line, text: printed, printed } };
    if (value === undefined || end === undefined) return;
    at = end;
  }
}

/** The one object of a line (`jq -c '.nftables[]'`). */
export function entryOf(line: Line): Entry {
  const text = line.text.trim();
  const whole = text.startsWith('{') && objectEnd(text, 0) === text.length;
  const printed = text.slice(0, PRINTED);
  return { value: whole ? parsed(text, 0, text.length) : undefined, at: { ...line, text: printed, printed } };
}

/** The end of the object that begins here; undefined when it is cut or nested too deep. */
function objectEnd(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === 34) {
      for (at++; at < text.length && text.charCodeAt(at) !== 34; at++) if (text.charCodeAt(at) === 92) at++;
    } else if (c === 123 || c === 91) {
      if (++depth > NESTED) return undefined;
    } else if ((c === 125 || c === 93) && --depth === 0) return at + 1;
  }
  return undefined;
}

function parsed(text: string, from: number, to: number): Json | undefined {
  if (to - from > (SET.test(text.slice(from, from + 100)) ? LONGEST.set : LONGEST.other)) return undefined;
  try {
    return JSON.parse(text.slice(from, to)) as Json;
  } catch {
    return undefined;
  }
}
