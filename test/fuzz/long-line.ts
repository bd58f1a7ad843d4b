import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAsMember } from './read-as-member.js';
import type { Target } from './target.js';

/** Lines of real samples in which one part comes again and again, and what reading them costs. */

const FOLDER = 'samples/formats';
/** Lines of a sample that a reader sees before the long one: headings, and what its block began with. */
const [FIRST, LAST] = [8, 8];
/** Inserted at each place of a line, besides what stands there: what patterns repeat. */
const SIGNS = [
  ' ',
  '\t',
  '1',
  'a',
  'A',
  '.',
  ':',
  ',',
  ';',
  '"',
  "'",
  '(',
  '[',
  '{',
  '=',
  '-',
  '/',
  '_',
  '@',
  '\\',
  '*',
  '|',
  '<',
  '>',
  '1.',
  'a ',
  ' 1',
  'a=',
  '1:',
  'a,',
  '"a"',
  '::',
  '()',
  'A=1 ',
  '1.1.1.1 ',
  '-a ',
] as const;

/** A line to be made long: what comes before it in its file, its part before the pump, the pump, its part behind. */
export interface LongLine {
  /** The sample's parser. */
  readonly parser: string;
  readonly before: readonly string[];
  readonly head: string;
  readonly pump: string;
  readonly tail: string;
}

/** A line of a sample, and lines that come before it there. */
interface Victim {
  readonly parser: string;
  readonly before: readonly string[];
  readonly line: string;
}

/** Lines that differ in words and numbers only are one. */
const shape = (line: string): string =>
  line
    .replace(/[0-9a-f]*\d[0-9a-f]*/gi, '0')
    .replace(/[a-z]{3,}/gi, (word) => word.slice(0, 3))
    .slice(0, 120);

/** One line of each shape of every sample, with lines that come before it. */
export function victims(): readonly Victim[] {
  const found: Victim[] = [];
  const seen = new Set<string>();
  for (const parser of readdirSync(FOLDER))
    for (const name of readdirSync(join(FOLDER, parser))) {
      const lines = readFileSync(join(FOLDER, parser, name), 'utf8')
        .replace(/^#! /, 'root@n1:~# ')
        .split(/\r?\n/);
      lines.forEach((line, i) => {
        const key = `${parser} ${shape(line)}`;
        if (line.trim() === '' || line.length > 1000 || seen.has(key)) return;
        seen.add(key);
        const from = Math.max(0, i - LAST);
        found.push({ parser, line, before: [...lines.slice(0, Math.min(FIRST, from)), ...lines.slice(from, i)] });
      });
    }
  return found;
}

/** A character in no text: what repeats something up to a line's end tries again for it. */
const NEVER = '\u00a4';

/** Every way to make a line long: each of its tokens, each two neighbours, and each sign at each place, with ends that match and do not. */
export function* longLines({ parser, before, line }: Victim): Generator<LongLine> {
  const tokens = line.match(/\s+|\d+|[A-Za-z]+|[^\w\s]|_+/g) ?? [];
  let head = '';
  for (const [i, token] of tokens.entries()) {
    head += token;
    const rest = line.slice(head.length);
    const own = [
      token,
      token + (tokens[i + 1] ?? ''),
      tokens.slice(i, i + 3).join(''),
      tokens.slice(i, i + 4).join(''),
    ];
    for (const pump of new Set([...own, ...SIGNS]))
      for (const tail of new Set([NEVER, rest + NEVER, rest])) yield { parser, before, head, pump, tail };
  }
}

/** That line with as many pumps as make it `length` characters long, `times` times. */
export function fileOf({ before, head, pump, tail }: LongLine, length: number, times: number): Buffer {
  const line = head + pump.repeat(Math.max(1, Math.floor((length - head.length - tail.length) / pump.length))) + tail;
  return Buffer.from(`${[...before, ...Array.from({ length: times }, () => line)].join('\n')}\n`);
}

/** Microseconds that reading the text takes, as a member of a bundle. Throws when a parser does. */
export async function cost(text: Buffer): Promise<number> {
  const from = process.hrtime.bigint();
  await readAsMember(text, () => {});
  return Number(process.hrtime.bigint() - from) / 1000;
}

const [SHORT, LONG] = [1000, 8000];
/** Times as much per character; what is quadratic takes 8, less what is no pattern's. */
const MOST = 3;
/** Microseconds below which nothing is measured: eight thousand characters quadratically take several times as much. */
const WORTH = 20_000;

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1]!;

/** How many times as much a character costs in a long line, in files of one size; the least of several tries. */
async function growth(line: LongLine): Promise<number> {
  const [long, short] = [fileOf(line, LONG, 1), fileOf(line, SHORT, LONG / SHORT)];
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 4 && least > MOST; tries++) {
    const times: [number, number][] = [];
    for (let i = 0; i < 5; i++) times.push([await cost(long), await cost(short)]);
    const took = median(times.map(([time]) => time));
    least = Math.min(least, took < WORTH ? 0 : took / median(times.map(([, time]) => time)));
  }
  return least;
}

/** What to say of a line that costs more per character when it is longer; undefined of one that does not. Throws when a parser does. */
export async function grows(line: LongLine): Promise<string | undefined> {
  if ((await cost(fileOf(line, LONG, 1))) < WORTH) return undefined;
  const times = await growth(line);
  return times > MOST
    ? `${line.parser}: ${times.toFixed(1)} times: ${line.head}(${line.pump})…${line.tail}`
    : undefined;
}

/** Lines of one case. */
const LINES = 150;
let known: readonly Victim[] | undefined;

/** A line of a sample, made long in many of all possible ways; the file lists the ways. */
export const longLine: Target = {
  name: 'line',
  file: 'lines.json',
  make(random) {
    known ??= victims();
    const all = [...longLines(random.pick(known))];
    return Buffer.from(JSON.stringify(all.length === 0 ? [] : Array.from({ length: LINES }, () => random.pick(all))));
  },
  async check(input) {
    const slow: string[] = [];
    for (const line of JSON.parse(input.toString()) as readonly LongLine[]) {
      const found = await grows(line);
      if (found !== undefined) slow.push(found);
    }
    if (slow.length > 0) throw new Error(slow.join('\n'));
  },
};
