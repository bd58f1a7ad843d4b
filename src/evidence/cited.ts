import type { Finding } from '../core/finding.js';

/** A frame or a line that findings cite. */
export interface Cited {
  readonly number: number;
  readonly quote: string;
  /** Findings that cite it, each with the role that it plays there: `unreplied-syn (first try)`. */
  readonly by: readonly string[];
}

/** What findings cite, by file. */
export interface CitedPlaces {
  readonly frames: ReadonlyMap<string, ReadonlyMap<number, Cited>>;
  readonly lines: ReadonlyMap<string, ReadonlyMap<number, Cited>>;
}

/** Collects the places that findings cite, each once; files and places in the order in which they are cited. */
export function citedPlaces(findings: readonly Finding[]): CitedPlaces {
  const frames = new Map<string, Map<number, Cited>>();
  const lines = new Map<string, Map<number, Cited>>();
  for (const { code, evidence } of findings) {
    for (const piece of evidence) {
      if ('absent' in piece) continue;
      const isFrame = 'frame' in piece;
      const number = isFrame ? piece.frame : piece.line;
      const files = isFrame ? frames : lines;
      const places = files.get(piece.file) ?? new Map<number, Cited>();
      const by = places.get(number)?.by ?? [];
      const words = `${code} (${piece.role})`;
      places.set(number, { number, quote: piece.quote, by: by.includes(words) ? by : [...by, words] });
      files.set(piece.file, places);
    }
  }
  return { frames, lines };
}
