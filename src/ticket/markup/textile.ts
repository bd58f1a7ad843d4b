import { printable } from '../../core/escape.js';
import type { Block } from './block.js';

/**
 * Textile knows no escape for single characters: each mark is followed by a zero-width space, so that it begins nothing. Links, images
 * and Redmine's own `#123`, `r12` and macros `{{…}}` are broken up the same way.
 */
const inert = (text: string): string =>
  printable(text)
    .replace(/\n/g, ' ')
    .replace(/[*_+\-@%!"^~|[{<>&#?=:]/g, '$&\u200b')
    .replace(/^(\s*)(h\d|bq|fn\d|p|notextile|table)(?=[.(])/i, '$1$2\u200b');

/** Inside `<pre>` only its own end means something. */
const raw = (lines: readonly string[]): string =>
  `<pre>\n${lines.map((line) => printable(line).replaceAll('<', '<\u200b')).join('\n')}\n</pre>`;

function blockOf(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `h3. ${inert(block.text)}`;
    case 'text':
      return inert(block.text);
    case 'code':
      return raw(block.lines);
    case 'list':
      return block.items.map((item) => `* ${inert(item)}`).join('\n');
    case 'more':
      return `${inert(block.title)}\n\n${toTextile(block.blocks)}`;
  }
}

/** For Redmine with Textile. */
export const toTextile = (blocks: readonly Block[]): string => blocks.map(blockOf).join('\n\n');
