import { printable } from '../core/escape.js';
import type { CitedOfFile } from './cited.js';

/** The cited lines as text: by file, each with its number and, below it, the findings that cite it. */
export function linesText(files: ReadonlyMap<string, CitedOfFile>): string {
  const parts = [...files].map(([file, places]) => {
    const cited = [...places.values()].sort((a, b) => a.number - b.number);
    const width = String(cited.at(-1)?.number ?? 0).length;
    const lines = cited.flatMap(({ number, quote, by }) => [
      `${String(number).padStart(width)}: ${printable(quote)}`,
      `${' '.repeat(width)}  ^ ${printable(by.join(', '))}`,
    ]);
    return [`== ${printable(file)}`, ...lines, ''].join('\n');
  });
  return parts.join('\n');
}
