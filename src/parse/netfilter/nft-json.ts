import type { Sink } from '../../core/sink.js';
import { JsonDepth } from '../network/json-text.js';
import { type LineReader, type Parser, TextBlock } from '../parser.js';
import { asPrinted } from '../pasted.js';
import { type Entry, entryOf, nftListings, placesIn } from './nft-json-entries.js';
import { NftJsonTables } from './nft-json-tables.js';
import { MANAGED } from './nft-table.js';

/** The list itself, as nft prints it on one line and as a pretty-printer breaks it. */
const LIST = /^\s*\{?\s*"nftables"\s*:\s*\[\s*(?:\{|$)/;
/** … inside another object, and there as a text of its own. */
const INSIDE = /^\s*[{["].*"nftables\\*"\s*:\s*\[\s*\{\s*\\*"metainfo\\*"/;

/** The list's objects, one a line, as `jq -c '.nftables[]'` takes them out of it: the first is nft's version. */
const APART = /^\s*\{\s*"metainfo"\s*:\s*\{.{1,400}\}\s*\}\s*$/;

function open(sink: Sink): LineReader {
  const block = new TextBlock();
  const depth = new JsonDepth();
  const warned = new Set<string>();
  let over = false;
  let apart: Entry[] | undefined;

  return {
    line(at) {
      if (apart !== undefined) {
        if (at.text.trim() === '') return true;
        if (!/^\s*\{/.test(at.text)) return false;
        apart.push(entryOf(at));
        return true;
      }
      if (over) return /^[\s}\],]*$/.test(at.text);
      const { text } = at;
      if (block.lines.length === 0) {
        const managed = MANAGED.exec(asPrinted(text.slice(0, 1000)).trim());
        if (managed !== null) warned.add(`${managed[1]} ${managed[2]}`);
        if (managed !== null || text.trim() === '') return true;
        if (!/^\s*[[{"]/.test(text)) return false;
        if (APART.test(text)) {
          apart = [];
          return true;
        }
      }
      block.add(at);
      over = !depth.add(text);
      return true;
    },
    end() {
      if (apart !== undefined) return readListing(sink, untilCut(apart), warned);
      const [first] = block.lines;
      if (first === undefined) return;
      let found = false;
      for (const listing of nftListings(block.text, placesIn(block.lines))) {
        found = true;
        readListing(sink, listing, warned);
      }
      if (!found) sink.note('JSON without a list of nft', first.number);
    },
  };
}

/** Nothing behind an object that is none is to be trusted. */
function untilCut(entries: readonly Entry[]): readonly Entry[] {
  const cut = entries.findIndex(({ value }) => value === undefined);
  return cut < 0 ? entries : entries.slice(0, cut + 1);
}

function readListing(sink: Sink, listing: Iterable<Entry>, warned: ReadonlySet<string>): void {
  const tables = new NftJsonTables(warned);
  let whole = true;
  for (const { value, at } of listing) {
    if (value === undefined) whole = false;
    else tables.add(value, at);
  }
  tables.emit(sink, whole);
}

/**
 * `nft -j list ruleset`, `nft --json list table …`: libnftables-json(5), also pretty-printed, within other JSON, and taken apart by
 * `jq -c '.nftables[]'`. Each object is put
 * into the words of `nft list` and becomes the rows that those become (nft-ruleset.ts).
 */
export const nftJson: Parser = {
  id: 'nft-json',
  longest: Number.POSITIVE_INFINITY,
  oneLine: 3 * 1024 * 1024,
  title: 'nft -j list ruleset, nft -j list table (JSON)',
  command: /^nft\s(?:.*\s)?(?:-[a-zA-Z]*j[a-zA-Z]*|--json)\s(?:.*\s)?list\s/,
  starts: (line) => LIST.test(line) || INSIDE.test(line) || APART.test(line),
  open,
};
