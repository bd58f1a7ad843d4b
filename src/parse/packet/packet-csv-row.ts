/** The cells of one row by field name; a cell holds one value per occurrence, outermost first. */
export class Row {
  constructor(
    private readonly columns: readonly string[],
    private readonly cells: readonly string[],
  ) {}

  text(name: string): string {
    const at = this.columns.indexOf(name);
    return at < 0 ? '' : (this.cells[at] ?? '').trim();
  }

  all(name: string): string[] {
    const text = this.text(name);
    return text === '' ? [] : text.split(/[,;|]/).map((value) => value.trim());
  }

  /** Decimal, hexadecimal, or True/False of newer versions; -1 when absent. */
  static number(text: string | undefined): number {
    if (text === undefined || text === '') return -1;
    if (/^(?:0x[0-9a-f]+|\d+)$/i.test(text)) return Number(text);
    return text === 'True' ? 1 : text === 'False' ? 0 : -1;
  }

  first(...names: readonly string[]): number {
    for (const name of names) {
      const value = Row.number(this.all(name)[0]);
      if (value >= 0) return value;
    }
    return -1;
  }

  /** The occurrence that belongs to the packet itself: the last one, or the first where a copy follows. */
  own(error: boolean, ...names: readonly string[]): number {
    for (const name of names) {
      const values = this.all(name);
      const value = Row.number(error ? values[0] : values.at(-1));
      if (value >= 0) return value;
    }
    return -1;
  }
}
