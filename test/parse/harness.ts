import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { AddressTable } from '../../src/core/address.js';
import { Frame } from '../../src/core/frame.js';
import type { Line, Sink } from '../../src/core/sink.js';
import type { RowOf, Table } from '../../src/core/table.js';
import type { CaptureFacts, Tap } from '../../src/core/tap.js';
import type { Parser, Section } from '../../src/parse/parser.js';

/**
 * Golden tests of parsers. A golden shows each line of the sample with what the parser made of it beneath, so that a
 * person can read it; set UPDATE_GOLDEN=1 to write, then read the difference before you commit it.
 */

const EMPTY = new Frame();
const ADDRESS_FIELDS = new Set(['src', 'dst', 'outerSrc', 'outerDst', 'quotedSrc', 'quotedDst']);

function showRow(row: object): string {
  const parts = Object.entries(row)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${Array.isArray(value) ? `[${value.join(' ')}]` : String(value)}`);
  return parts.join(' ');
}

function showFrame(frame: Frame, addresses: AddressTable): string {
  const parts: string[] = [];
  for (const key of Object.keys(EMPTY) as (keyof Frame)[]) {
    const value = frame[key];
    if (typeof value !== 'number' || value === EMPTY[key]) continue;
    parts.push(`${key}=${ADDRESS_FIELDS.has(key) ? addresses.text(value) : value}`);
  }
  return parts.join(' ');
}

/** Runs one parser over a text and prints what it gave, line by line. */
export function annotate(parser: Parser, text: string, section: Section): string {
  const addresses = new AddressTable();
  const gave = new Map<number, string[]>();
  const trailer: string[] = [];
  const add = (number: number, words: string) => {
    const list = gave.get(number);
    if (list === undefined) gave.set(number, [words]);
    else list.push(words);
  };
  const taps: string[] = [];
  const sinkOf = (host: string): Sink => ({
    addresses,
    tap(tap: Tap) {
      const words = showRow(tap);
      const known = taps.indexOf(words);
      return known >= 0 ? known : taps.push(words) - 1;
    },
    packet: (frame: Frame, tap: number, at: Line) =>
      add(at.number, `> packet${host} ${showFrame(frame, addresses)} @ ${taps[tap]}`),
    packetIn: (_bytes, _from, _to, number, frame: Frame, tap: number) =>
      add(number, `> packet${host} ${showFrame(frame, addresses)} @ ${taps[tap]}`),
    capture: (facts: CaptureFacts) => trailer.push(`capture${host} ${showRow(facts)}`),
    note: (reason: string, place?: number) => trailer.push(`note ${place ?? ''} ${reason}`),
    emit: <T extends Table>(table: T, row: RowOf<T>, at: Line) => {
      for (const [name, column] of Object.entries(table.columns)) {
        const value = (row as Record<string, unknown>)[name];
        if (value === undefined && !column.optional)
          throw new Error(`${table.name}.${name} is missing at line ${at.number}`);
      }
      for (const name of Object.keys(row))
        if (!(name in table.columns)) throw new Error(`${table.name} has no ${name}`);
      add(at.number, `> ${table.name}${host} ${showRow(row)}`);
    },
    host: (name, how) => trailer.push(`host ${name} (${how})`),
    of: (name) => sinkOf(`[${name}]`),
  });
  const reader = parser.open(sinkOf(''), section);
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  let offset = 0;
  const unknown = new Set<number>();
  lines.forEach((line, i) => {
    const clean = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (!reader.line({ text: clean, number: i + 1, offset })) unknown.add(i + 1);
    offset += Buffer.byteLength(line) + 1;
  });
  reader.end?.();
  const out: string[] = [];
  lines.forEach((line, i) => {
    out.push(`${String(i + 1).padStart(4)} | ${line.trimEnd()}`);
    if (unknown.has(i + 1)) out.push('       ? not understood');
    for (const words of gave.get(i + 1) ?? []) out.push(`       ${words}`);
  });
  return `${[...out, ...trailer.map((t) => `     = ${t}`)].join('\n')}\n`;
}

/** Declares one golden test per sample in samples/formats/<parser id>/. The first line `#! command` names the command. */
export function goldenTests(parser: Parser): void {
  const folder = join('samples/formats', parser.id);
  const samples = existsSync(folder) ? readdirSync(folder).sort() : [];
  it(`${parser.id} has a sample`, () => expect(samples.length).toBeGreaterThan(0));
  for (const name of samples) {
    it(`${parser.id}: ${name}`, () => {
      const text = readFileSync(join(folder, name), 'utf8');
      const command = /^#! (.*)\n/.exec(text);
      const body = command === null ? text : text.slice(command[0].length);
      const actual = annotate(parser, body, { path: name, command: command?.[1] });
      const golden = join('test/golden/parse', parser.id, `${name}.golden`);
      if (process.env['UPDATE_GOLDEN'] === '1') {
        mkdirSync(dirname(golden), { recursive: true });
        writeFileSync(golden, actual);
      }
      expect(actual).toBe(readFileSync(golden, 'utf8'));
    });
  }
}
