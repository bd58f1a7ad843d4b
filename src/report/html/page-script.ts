/** The little of a browser that the page's script uses. Declared here, so that the rest of the program knows no browser. */
interface PageElement {
  hidden: boolean;
  textContent: string | null;
  readonly dataset: Record<string, string | undefined>;
  readonly value?: string;
  readonly checked?: boolean;
  open?: boolean;
  readonly parentElement: PageElement | null;
  readonly style: { top: string; left: string };
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
  closest(selector: string): PageElement | null;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  getBoundingClientRect(): {
    readonly bottom: number;
    readonly top: number;
    readonly left: number;
    readonly width: number;
  };
  cloneNode(deep: boolean): PageElement;
  replaceChildren(...nodes: readonly PageElement[]): void;
  removeAttribute(name: string): void;
  readonly childNodes: Iterable<PageElement>;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
}
interface PageEvent {
  readonly target: PageElement;
  readonly key?: string;
  readonly pointerType?: string;
  preventDefault(): void;
}
declare const document: PageElement & {
  getElementById(id: string): PageElement | null;
  createRange(): { selectNodeContents(node: PageElement): void };
  execCommand(command: string): boolean;
};
declare const window: {
  readonly location: { readonly hash: string };
  addEventListener(type: string, listener: () => void): void;
  getSelection(): { removeAllRanges(): void; addRange(range: unknown): void } | null;
};
declare const navigator: { readonly clipboard?: { writeText(text: string): Promise<void> } };

/**
 * Runs in the reader's browser, from the page itself: copy buttons, the filter of the time line, evidence beside the picture,
 * folded parts that open when a link leads into them or, but for the bulky ones, when the page is printed. It refers to nothing outside of itself, for its
 * text is what the page carries.
 */
export function pageScript(): void {
  const all = (selector: string): PageElement[] => [...document.querySelectorAll(selector)];

  for (const button of all('button.copy')) {
    const code = button.closest('.command')?.querySelector('code');
    if (!code) continue;
    button.hidden = false;
    const told = (text: string): void => {
      button.textContent = text;
      setTimeout(() => {
        button.textContent = 'Copy';
      }, 2000);
    };
    button.addEventListener('click', () => {
      const byHand = (): void => {
        const range = document.createRange();
        range.selectNodeContents(code);
        const selection = window.getSelection();
        selection?.removeAllRanges();
        selection?.addRange(range);
        told(document.execCommand('copy') ? 'Copied' : 'Selected');
      };
      if (navigator.clipboard === undefined) byHand();
      else navigator.clipboard.writeText(code.textContent ?? '').then(() => told('Copied'), byHand);
    });
  }

  for (const filter of all('.filter')) {
    filter.hidden = false;
    const rows = all('#events > li');
    const output = filter.querySelector('output');
    const field = (name: string): PageElement | null => filter.querySelector(`[data-filter="${name}"]`);
    const apply = (): void => {
      const text = (field('text')?.value ?? '').toLowerCase();
      const kind = field('kind')?.value ?? '';
      const node = field('node')?.value ?? '';
      const cited = field('cited')?.checked === true;
      let shown = 0;
      for (const row of rows) {
        const fits =
          (kind === '' || row.dataset['kind'] === kind) &&
          (node === '' || row.dataset['node'] === node) &&
          (!cited || row.getAttribute('class') === 'cited') &&
          (text === '' || (row.textContent ?? '').toLowerCase().includes(text));
        row.hidden = !fits;
        if (fits) shown++;
      }
      if (output)
        output.textContent =
          shown === rows.length ? (output.dataset['shown'] ?? '') : `${shown} of ${rows.length} shown`;
    };
    filter.addEventListener('input', apply);
    filter.addEventListener('change', apply);
  }

  for (const figure of all('figure')) {
    const peek = figure.querySelector('.peek');
    if (!peek) continue;
    const hide = (): void => {
      peek.hidden = true;
    };
    const show = (link: PageElement): void => {
      const item = document.getElementById((link.getAttribute('href') ?? '#').slice(1));
      if (!item) return;
      peek.replaceChildren(...[...item.childNodes].map((child) => child.cloneNode(true)));
      for (const named of peek.querySelectorAll('[id]')) named.removeAttribute('id');
      peek.hidden = false;
      const box = figure.getBoundingClientRect();
      const at = link.getBoundingClientRect();
      peek.style.top = `${at.bottom - box.top + 6}px`;
      peek.style.left = '0';
      peek.style.left = `${Math.max(0, Math.min(at.left - box.left, box.width - peek.getBoundingClientRect().width))}px`;
    };
    let tapped: PageElement | undefined;
    for (const link of figure.querySelectorAll('a')) {
      link.addEventListener('mouseenter', () => show(link));
      link.addEventListener('mouseleave', hide);
      link.addEventListener('focus', () => show(link));
      link.addEventListener('blur', hide);
      // A finger cannot hover: its first tap shows, its second goes there.
      link.addEventListener('click', (event) => {
        if (event.pointerType !== 'touch' || tapped === link) return;
        event.preventDefault();
        tapped = link;
        show(link);
      });
    }
    figure.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') hide();
    });
  }

  const openWay = (): void => {
    const target = window.location.hash.length > 1 ? document.getElementById(window.location.hash.slice(1)) : null;
    for (let at = target?.closest('details'); at; at = at.parentElement?.closest('details')) at.open = true;
  };
  window.addEventListener('hashchange', openWay);
  openWay();

  let opened: PageElement[] = [];
  window.addEventListener('beforeprint', () => {
    opened = all('details:not([open]):not(.bulk)');
    for (const details of opened) details.open = true;
  });
  window.addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
  });
}
