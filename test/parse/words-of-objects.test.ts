import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AddressTable } from '../../src/core/address.js';
import type { Sink } from '../../src/core/sink.js';
import { readLines } from '../../src/intake/lines.js';
import { PARSERS } from '../../src/parse/index.js';
import { TextRouter } from '../../src/parse/routing/router.js';

/**
 * Words that every object of JavaScript answers to are words like any other: where `constructor` stands in a text, the
 * parsers say what they say where `constructur` stands. Each word has the other's length and hexadecimal digits.
 */
const PAIRS = [
  ['constructor', 'constructur'],
  ['__proto__', '__pruto__'],
  ['toString', 'tuString'],
  ['valueOf', 'vamueOf'],
  ['hasOwnProperty', 'hasOwnPruperty'],
] as const;

/** Everything that the parsers make of a text, one string each, in order. */
async function told(text: string): Promise<string[]> {
  const addresses = new AddressTable();
  const found: string[] = [];
  const add = (...what: readonly unknown[]): number =>
    found.push(JSON.stringify(what, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)));
  const sink: Sink = {
    addresses,
    tap: (tap) => add('tap', tap),
    packet: (frame, tap, at) => add('packet', frame, tap, at.number),
    packetIn: (_bytes, _from, _to, number, frame, tap) => add('packet', frame, tap, number),
    capture: (facts) => add('capture', facts),
    note: (reason, line) => add('note', reason, line),
    emit: (table, row, at) => add(table.name, row, at.number),
    host: (host, how) => add('host', host, how),
    of: (host) => {
      add('of', host);
      return sink;
    },
  };
  const router = new TextRouter(PARSERS, 'input.txt', {
    open: (piece) => {
      add('piece', piece);
      return sink;
    },
    finished: () => add('finished'),
    unread: () => {},
    notUnderstood: (parser, line) => add('not understood', parser, line),
    crashed: (parser, line, error) => add('crashed', parser, line, String(error)),
  });
  async function* bytes() {
    yield Buffer.from(text);
  }
  const { lines } = await readLines(bytes(), (line) => router.line(line), {
    bytes: (...line) => router.bytes(...line),
  });
  router.end(lines);
  return found;
}

const FOLDER = 'samples/formats';
/** No hexadecimal pairs of a MAC, no bundles of letters behind one dash. */
const WORD = /(?<!\w)(?<!(?<!-)-)[A-Za-z_][\w-]{2,}/g;

describe('words that objects answer to are words like any other', () => {
  it.each(readdirSync(FOLDER))('%s', async (parser) => {
    // Each word of a format in the first sample that has it.
    const tried = new Set<string>();
    for (const name of readdirSync(join(FOLDER, parser))) {
      // The first line names the command.
      const text = readFileSync(join(FOLDER, parser, name), 'utf8').replace(/^#! /, 'root@n1:~# ');
      for (const word of new Set(text.match(WORD))) {
        if (tried.has(word)) continue;
        tried.add(word);
        const [own, other] = PAIRS[tried.size % PAIRS.length]!;
        const replaced = (by: string): string => text.replaceAll(new RegExp(`(?<!\\w)${word}(?!\\w)`, 'g'), by);
        const seen = async (by: string) =>
          (await told(replaced(by))).map((line) => line.replaceAll(new RegExp(by, 'gi'), '<the word>'));
        expect(await seen(own), `${own} for ${word} in ${name}`).toEqual(await seen(other));
      }
    }
  });
});
