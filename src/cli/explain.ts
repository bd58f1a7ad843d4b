import type { Command } from 'commander';
import { CAUSES, SYMPTOMS } from '../core/catalogue.js';
import { Failure } from '../core/failure.js';

const isSymptom = (code: string): code is keyof typeof SYMPTOMS => Object.hasOwn(SYMPTOMS, code);
const isCause = (code: string): code is keyof typeof CAUSES => Object.hasOwn(CAUSES, code);

/** Codes that a mistyped one is close to: a shared word or beginning. */
function suggestions(code: string): string[] {
  const words = code
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 2);
  return [...Object.keys(SYMPTOMS), ...Object.keys(CAUSES)]
    .filter((known) => words.some((word) => known.includes(word)))
    .slice(0, 8);
}

export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('Explain a code of the report; without one, list all.')
    .argument('[code]')
    .action((code: string | undefined) => {
      process.stdout.write(code === undefined ? list() : page(code.trim().toLowerCase()));
    });
}

function list(): string {
  const width = Math.max(...[...Object.keys(SYMPTOMS), ...Object.keys(CAUSES)].map((code) => code.length));
  const rows = (texts: Readonly<Record<string, { readonly says: string }>>): string =>
    Object.entries(texts)
      .map(([code, { says }]) => `  ${code.padEnd(width)}  ${says.split(/[.;:]/)[0]!.slice(0, 90)}\n`)
      .join('');
  return `Symptoms: what the packets show\n${rows(SYMPTOMS)}\nCauses: what somebody can change\n${rows(CAUSES)}\npodtrail explain CODE says more about one.\n`;
}

function page(code: string): string {
  if (isSymptom(code)) {
    const { says, not } = SYMPTOMS[code];
    return `${code} (symptom)\n\nWhat it says\n  ${says}\n${not === '' ? '' : `\nNot when\n  ${not}\n`}`;
  }
  if (isCause(code)) {
    const { says, proof, instead } = CAUSES[code];
    return `${code} (cause)\n\nWhat it says\n  ${says}\n${proof === '' ? '' : `\nWhat proves it\n  ${proof}\n`}${instead === '' ? '' : `\nWhat it is not\n  ${instead}\n`}`;
  }
  const near = suggestions(code);
  throw new Failure(
    `there is no code ${code}${near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''} (podtrail explain lists all)`,
  );
}
