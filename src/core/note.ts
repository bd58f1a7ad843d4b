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
