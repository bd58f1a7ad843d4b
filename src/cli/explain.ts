import type { Command } from 'commander';
import { CAUSES, SYMPTOMS } from '../core/catalogue.js';
import { printable } from '../core/escape.js';
import { Failure } from '../core/failure.js';
import type { Style } from '../report/style.js';
import { styleFor } from './terminal.js';

const WIDEST = 100;
const NARROWEST = 60;

const isSymptom = (code: string): code is keyof typeof SYMPTOMS => Object.hasOwn(SYMPTOMS, code);
const isCause = (code: string): code is keyof typeof CAUSES => Object.hasOwn(CAUSES, code);
const known = (): string[] => [...Object.keys(SYMPTOMS), ...Object.keys(CAUSES)];

export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('Explain a code of the report; without one, list all.')
    .argument('[code]')
    .action((code: string | undefined) => {
      const terminal = process.stdout.isTTY === true;
      const width = terminal ? Math.max(NARROWEST, Math.min(WIDEST, process.stdout.columns)) : WIDEST;
      const paper = { width, style: styleFor(terminal) };
      process.stdout.write(code === undefined ? list(paper) : page(code.trim().toLowerCase(), paper));
    });
}

/** What a page is printed on. */
export interface Paper {
  readonly width: number;
  readonly style: Style;
}

/** Breaks text at blanks; the first line begins with `head`, the others with as many blanks. */
function wrap(text: string, head: string, width: number): string {
  const lines: string[] = [];
  let line = head;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = ' '.repeat(head.length);
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return `${[...lines, line].join('\n')}\n`;
}

function list({ width, style }: Paper): string {
  const column = Math.max(...known().map((code) => code.length));
  const rows = (texts: Readonly<Record<string, { readonly says: string }>>): string =>
    Object.entries(texts)
      .map(([code, { says }]) => wrap(says.split(/[.:](?= )|\.$/)[0]!, `  ${code.padEnd(column)}  `, width))
      .join('');
  return [
    `${style.bold('Symptoms: what the packets show')}\n${rows(SYMPTOMS)}`,
    `${style.bold('Causes: what somebody can change')}\n${rows(CAUSES)}`,
    'podtrail explain CODE says more about one.\n',
  ].join('\n');
}

/** The page on one code. Throws Failure with suggestions when there is no such code. */
export function page(code: string, { width, style }: Paper): string {
  const prose = (heading: string, text: string): string => `${style.bold(heading)}\n${wrap(text, '  ', width)}`;
  if (isSymptom(code)) {
    const { says, physics, innocent, next } = SYMPTOMS[code];
    const steps = next.map(({ why, command }) => `${wrap(why, '  ', width)}    ${command}\n`).join('');
    return [
      `${style.bold(code)} (symptom)\n`,
      prose('What it says', says),
      prose('Why it happens', physics),
      prose('When it is harmless', innocent),
      `${style.bold('What to look at next')}\n${steps}`,
    ].join('\n');
  }
  if (isCause(code)) {
    const { says, physics, proof, instead, fix } = CAUSES[code];
    return [
      `${style.bold(code)} (cause)\n`,
      prose('What it says', says),
      prose('Why that stops packets', physics),
      prose('What proves it', proof),
      prose('What looks alike', instead),
      `${prose('What to do', fix.words)}${fix.commands.map((command) => `    ${command}\n`).join('')}`,
    ].join('\n');
  }
  const near = suggestions(code);
  throw new Failure(
    `there is no code ${printable(code)}${near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''} (podtrail explain lists all)`,
  );
}

/** Codes that a mistyped one is close to: by letters first, then by a word that both have. */
function suggestions(code: string): string[] {
  const words = code.split(/[^a-z0-9]+/).filter((word) => word.length > 2);
  const byLetters = known()
    .map((other) => ({ other, distance: editDistance(code, other) }))
    .filter(({ distance }) => distance <= 3)
    .sort((a, b) => a.distance - b.distance)
    .map(({ other }) => other);
  const byWord = known().filter((other) => words.some((word) => other.includes(word)));
  return [...new Set([...byLetters, ...byWord])].slice(0, 6);
}

/** How many letters must be put in, taken out or changed (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
