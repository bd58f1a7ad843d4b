import type { Line } from '../../core/sink.js';
import { asPrinted } from '../pasted.js';

/** A row of a table drawn with `+---+` and `|`, with the line it begins on; cells by upper-case heading. */
export interface BoxRow {
  readonly cells: ReadonlyMap<string, string>;
  readonly at: Line;
}

/**
 * Tables of the Go library tablewriter, as calicoctl draws them. A cell that was too long goes on in rows whose first cell is
 * empty; a row therefore is given when the next one begins, or the table ends. Pastes lose borders or turn dashes into `—`.
 */
export class BoxTable {
  #headings: readonly string[] | undefined;
  #row: { readonly cells: string[]; readonly at: Line } | undefined;

  constructor(private readonly give: (row: BoxRow) => void) {}

  /** Takes a line of a table; false for any other line, which ends the table. */
  line(at: Line): boolean {
    const text = asPrinted(at.text).trim();
    if (/^[+|]?[-—─+=|]{8,}$/.test(text)) return true;
    const cells = /^\|.*\|$/.test(text)
      ? text
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim())
      : undefined;
    if (cells === undefined) {
      this.end();
      return false;
    }
    if (cells.every((cell) => cell === '' || /^[A-Z][A-Z \-()]*$/i.test(cell)) && isHeading(cells)) {
      this.end();
      this.#headings = cells.map((cell) => cell.toUpperCase());
    } else if (this.#headings === undefined) return false;
    else if (cells[0] === '' && this.#row !== undefined)
      cells.forEach((cell, i) => {
        if (cell !== '') this.#row!.cells[i] = `${this.#row!.cells[i] ?? ''} ${cell}`.trim();
      });
    else {
      this.#flush();
      this.#row = { cells, at };
    }
    return true;
  }

  end(): void {
    this.#flush();
    this.#headings = undefined;
  }

  #flush(): void {
    const row = this.#row;
    this.#row = undefined;
    if (row === undefined || this.#headings === undefined) return;
    this.give({ cells: new Map(this.#headings.map((name, i) => [name, row.cells[i] ?? ''])), at: row.at });
  }
}

/** The headings of calicoctl's tables. */
function isHeading(cells: readonly string[]): boolean {
  return /^(?:PEER ADDRESS|GROUPING|PROPERTY|NAME|IP)$/i.test(cells[0] ?? '') && cells.length > 1;
}
