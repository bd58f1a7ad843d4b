import { printable } from '../../core/escape.js';
import { wordTable } from '../../core/word-table.js';

/** Text that is HTML already. Only `html` makes it, so that nothing of a bundle becomes markup by oversight. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What may stand in a template: text is escaped, markup is taken as it is, lists are joined, what is absent leaves nothing. */
export type Part = string | number | Markup | undefined | false | readonly Part[];

const ENTITIES = wordTable<string>({
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
});

/** Text for element content and for quoted attributes: invisible and directional characters are spelled out. */
export const escapeHtml = (text: string): string => printable(text).replace(/[&<>"']/g, (c) => ENTITIES[c]!);

function textOf(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return part.map(textOf).join('');
}

/** A template of HTML or SVG. Attributes must be quoted in it; what is put in is escaped for both places. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(literals.map((literal, i) => literal + textOf(parts[i])).join(''));
}
