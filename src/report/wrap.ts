import { printable } from '../core/escape.js';

/** Where lines begin and end, in columns. */
export interface Margins {
  readonly indent: string;
  /** Indent of the lines after the first; the same when absent. */
  readonly hanging?: string | undefined;
  readonly width: number;
}

/** Breaks text at its blanks; a word that is wider than a line stays whole. */
export function wrapped(text: string, { indent, hanging = indent, width }: Margins): string {
  const lines: string[] = [];
  let line = indent;
  let empty = true;
  for (const word of printable(text).split(' ')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = hanging;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  lines.push(line);
  return lines.join('\n');
}
