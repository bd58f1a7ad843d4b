import type { Finding } from '../core/finding.js';

/** A frame or a line that findings cite. */
export interface Cited {
  readonly number: number;
  readonly quote: string;
  /** Findings that cite it, each with the role that it plays there: `unreplied-syn (first try)`. */
  readonly by: readonly string[];
}

/** What is cited of one file. */
export type CitedOfFile = ReadonlyMap<number, Cited> | ReadonlyMap<string, Cited>;

/** What findings cite, by file. */
export interface CitedPlaces {
  readonly frames: ReadonlyMap<string, ReadonlyMap<number, Cited>>;
  /** By number and quote: of a long line of JSON, findings cite several objects. */
  readonly lines: ReadonlyMap<string, ReadonlyMap<string, Cited>>;
}

/** Collects the places that findings cite, each once; files and places in the order in which they are cited. */
export function citedPlaces(findings: readonly Finding[]): CitedPlaces {
  const frames = new Map<string, Map<number, Cited>>();
  const lines = new Map<string, Map<string, Cited>>();
  for (const { code, evidence } of findings) {
    for (const piece of evidence) {
      if ('absent' in piece) continue;
      const words = `${code} (${piece.role})`;
      if ('frame' in piece) cite(frames, piece.file, piece.frame, { number: piece.frame, quote: piece.quote }, words);
      else {
        const { file, line, quote } = piece;
        cite(lines, file, `${line} ${quote}`, { number: line, quote }, words);
      }
    }
  }
  return { frames, lines };
}

function cite<Key>(
  files: Map<string, Map<Key, Cited>>,
  file: string,
  key: Key,
  place: Omit<Cited, 'by'>,
  words: string,
): void {
  const places = files.get(file) ?? new Map<Key, Cited>();
  const by = places.get(key)?.by ?? [];
  places.set(key, { ...place, by: by.includes(words) ? by : [...by, words] });
  files.set(file, places);
}
