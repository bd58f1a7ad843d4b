/** What could not be read, and where. Bad input is data: it becomes a note and the rest is still analysed. */
export interface Note {
  /** Path inside the bundle. */
  readonly file: string;
  /** One sentence for the reader: what was wrong and what was left out. */
  readonly reason: string;
  /** How many lines, frames or members it concerns. */
  readonly count: number;
  /** First line or frame, 1-based. */
  readonly firstLine?: number | undefined;
}

/** What intake says of an archive of which the end is missing. One without an end mark alone may be whole: some tools write none. */
const ENDS_EARLY =
  /^the archive (?:ends in this member|is cut)|^the zip archive (?:has no directory at its end|ends in )/;
/** The same of compressed data, which need not be an archive. */
const DATA_CUT = / data is cut or damaged: /;
const NO_END = /^the archive has no end mark/;

/** The archive of a bundle that ends in the middle of a member, as its notes tell; in the order of the notes. */
export const endsEarly = (notes: readonly Note[]): readonly Note[] =>
  notes.filter(
    (note) =>
      ENDS_EARLY.test(note.reason) ||
      (NO_END.test(note.reason) && notes.some((other) => other.file === note.file && DATA_CUT.test(other.reason))),
  );
