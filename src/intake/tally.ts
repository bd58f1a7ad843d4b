/** Gathers notes of one kind: a bundle with a thousand links deserves one note, not a thousand. */
import type { Note } from '../core/note.js';

export class Tally {
  readonly #seen = new Map<string, { file: string; count: number }>();

  /** Counts one more; the first file is the one that is named. */
  add(file: string, reason: string): void {
    const known = this.#seen.get(reason);
    if (known === undefined) this.#seen.set(reason, { file, count: 1 });
    else known.count++;
  }

  /** Hands out what was gathered, in order of first sight. */
  flush(note: (note: Note) => void): void {
    for (const [reason, { file, count }] of this.#seen) note({ file, reason, count });
    this.#seen.clear();
  }
}
