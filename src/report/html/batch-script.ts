/** The little of a browser that the script of the index uses. */
interface Element {
  hidden: boolean;
  textContent: string | null;
  readonly dataset: Record<string, string | undefined>;
  readonly value: string;
  readonly checked: boolean;
  readonly cells: ArrayLike<Element>;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
  setAttribute(name: string, value: string): void;
  getAttribute(name: string): string | null;
  removeAttribute(name: string): void;
  append(...nodes: readonly Element[]): void;
  replaceChildren(...nodes: readonly Element[]): void;
  addEventListener(type: string, listener: () => void): void;
}
declare const document: Element & { createElement(tag: string): Element };

/** Runs in the reader's browser: sorting by column, the filter, and grouping. What it needs stands within it. */
export function batchScript(): void {
  const table = document.querySelector('table');
  const filter = document.querySelector('.filter');
  if (!table || !filter) return;
  const groups = [...table.querySelectorAll('tbody')].map((body) => ({
    body,
    title: body.querySelector('.group'),
    rows: [...body.querySelectorAll('tr:not(.group)')],
  }));
  const rows = groups.flatMap((group) => group.rows);
  const heads = [...table.querySelectorAll('thead th')];
  const flat = document.createElement('tbody');
  const text = filter.querySelector('[data-filter="text"]');
  const grouped = filter.querySelector('[data-filter="grouped"]');
  const output = filter.querySelector('output');
  let sorted = { column: -1, down: false };

  const compare = (a: Element, b: Element): number => {
    const [x, y] = [a, b].map((row) => row.cells[sorted.column]?.dataset['sort'] ?? '');
    const numbers = heads[sorted.column]?.getAttribute('class') === 'number';
    const order = numbers ? Number(x) - Number(y) : (x ?? '').localeCompare(y ?? '', undefined, { numeric: true });
    return sorted.down ? -order : order;
  };
  const inOrder = (list: readonly Element[]): readonly Element[] =>
    sorted.column < 0 ? list : [...list].sort(compare);

  const show = (): void => {
    const wanted = (text?.value ?? '').toLowerCase();
    let shown = 0;
    for (const row of rows) {
      row.hidden = !(row.textContent ?? '').toLowerCase().includes(wanted);
      if (!row.hidden) shown++;
    }
    if (output)
      output.textContent = shown === rows.length ? (output.dataset['shown'] ?? '') : `${shown} of ${rows.length} shown`;
    if (grouped?.checked === false) {
      for (const { body } of groups) body.hidden = true;
      flat.hidden = false;
      flat.append(...inOrder(rows));
      table.append(flat);
      return;
    }
    flat.hidden = true;
    for (const group of groups) {
      group.body.replaceChildren(...(group.title ? [group.title] : []), ...inOrder(group.rows));
      group.body.hidden = group.rows.every((row) => row.hidden);
    }
  };

  for (const [column, head] of heads.entries()) {
    const button = document.createElement('button');
    button.setAttribute('type', 'button');
    button.textContent = head.textContent;
    button.addEventListener('click', () => {
      sorted = { column, down: sorted.column === column && !sorted.down };
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', sorted.down ? 'descending' : 'ascending');
      show();
    });
    head.replaceChildren(button);
  }
  text?.addEventListener('input', show);
  grouped?.addEventListener('change', show);
  filter.hidden = false;
}
