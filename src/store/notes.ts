import type { Note } from '../core/note.js';
import { MOST_NOTES } from './admission.js';

/** What could not be read: notes of the same file and reason are counted together, and those beyond a bound only counted. */
export class Notes {
  readonly #byReason = new Map<
    string,
    { file: string; reason: string; count: number; firstLine?: number | undefined }
  >();

  add(note: Note): void {
    const key = `${note.file}\0${note.reason}`;
    const known = this.#byReason.get(key);
    if (known !== undefined) known.count += note.count;
    else if (this.#byReason.size < MOST_NOTES) this.#byReason.set(key, { ...note });
    else this.#beyond(note);
  }

  /** In the order in which they were first made. */
  get all(): readonly Note[] {
    return [...this.#byReason.values()];
  }

  #beyond({ file, count }: Note): void {
    const last = this.#byReason.get('');
    const reason = `more than ${MOST_NOTES} notes: others are only counted`;
    if (last === undefined) this.#byReason.set('', { file, reason, count });
    else last.count += count;
  }
}
