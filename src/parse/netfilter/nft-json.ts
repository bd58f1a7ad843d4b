import type { Line, Sink } from '../../core/sink.js';
import { isArray, isObject, type Json, JsonDepth, JsonText } from '../network/json-text.js';
import { type LineReader, type Parser, TextBlock } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { tagged } from './nft-json-expression.js';
import { NftJsonTables } from './nft-json-tables.js';
import { MANAGED } from './nft-table.js';

/** The list itself, as nft prints it on one line and as a pretty-printer breaks it. */
const LIST = /^\s*\{?\s*"nftables"\s*:\s*\[\s*(?:\{|$)/;
/** … inside another object, and there as a text of its own. */
const INSIDE = /^\s*[{["].*\\*"nftables\\*"\s*:\s*\[\s*\{\s*\\*"metainfo\\*"/;
/** How deep the list lies in what a collector wrapped around it. */
const DEEPEST = 6;

/** A list of nft's objects, and the line that a text within a line stands on. */
interface Listing {
  readonly entries: readonly Json[];
  readonly json: JsonText;
}

/** The lists of nft's objects in a document, also in a text within it, which stands on line `at`. */
function* listings(value: Json | undefined, json: JsonText, at: Line, depth = 0): Generator<Listing> {
  if (depth > DEEPEST) return;
  if (typeof value === 'string') {
    if (!value.includes('"nftables"')) return;
    const inner = new JsonText([{ ...at, text: value.replace(/\s+/g, ' ') }]);
    for (const document of inner.documents) yield* listings(document, inner, at, depth + 1);
  } else if (isArray(value)) {
    if (value.some((entry) => tagged(entry)?.[0] === 'metainfo')) yield { entries: value, json };
    else for (const item of value) yield* listings(item, json, at, depth + 1);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (key === 'nftables' && isArray(item)) yield { entries: item, json };
      else yield* listings(item, json, typeof item === 'string' ? json.lineOf(value, key) : at, depth + 1);
    }
  }
}

function open(sink: Sink): LineReader {
  const block = new TextBlock();
  const depth = new JsonDepth();
  const warned = new Set<string>();
  let over = false;

  return {
    line(at) {
      if (over) return /^[\s}\],]*$/.test(at.text);
      let text = at.text;
      if (block.lines.length === 0) {
        const managed = MANAGED.exec(asPrinted(text).trim());
        if (managed !== null) warned.add(`${managed[1]} ${managed[2]}`);
        if (managed !== null || text.trim() === '') return true;
        // The key in front of the list, where what encloses it began on another line.
        text = text.replace(/^\s*"[^"]*"\s*:\s*(?=[[{"])/, '');
        if (!/^\s*[[{"]/.test(text)) return false;
      }
      block.add({ ...at, text });
      over = !depth.add(text);
      return true;
    },
    end() {
      const [first] = block.lines;
      if (first === undefined) return;
      const json = new JsonText(block.lines);
      let found = false;
      for (const document of json.documents)
        for (const listing of listings(document, json, first)) {
          found = true;
          readListing(sink, listing, warned);
        }
      if (!found) sink.note('JSON without a list of nft', first.number);
    },
  };
}

function readListing(sink: Sink, { entries, json }: Listing, warned: ReadonlySet<string>): void {
  const tables = new NftJsonTables(json, warned);
  for (const entry of entries) tables.add(entry);
  const whole = json.textOf(entries, 1) !== undefined;
  tables.emit(sink, whole);
}

/**
 * `nft -j list ruleset`, `nft --json list table …`: libnftables-json(5), also pretty-printed and within other JSON. Each object is put
 * into the words of `nft list` and becomes the rows that those become (nft-ruleset.ts).
 */
export const nftJson: Parser = {
  id: 'nft-json',
  longest: Number.POSITIVE_INFINITY,
  title: 'nft -j list ruleset, nft -j list table (JSON)',
  command: /^nft\s(?:.*\s)?(?:-[a-zA-Z]*j[a-zA-Z]*|--json)\s(?:.*\s)?list\s/,
  starts: (line) => LIST.test(line) || INSIDE.test(line),
  open,
};
