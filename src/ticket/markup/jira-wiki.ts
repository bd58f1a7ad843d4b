import { printable } from '../../core/escape.js';
import type { Block } from './block.js';

/** A backslash takes a mark's meaning; two backslashes in a row would be a line break. */
const inert = (text: string): string =>
  printable(text)
    .replace(/\n/g, ' ')
    .replace(/\\/g, '\u2216')
    .replace(/[{}[\]*_!|+^~?@#(]/g, '\\$&')
    .replace(/-/g, '\\-')
    .replace(/^(\s*)(h[1-6]|bq)\./, '$1$2\\.')
    .replace(/(https?|ftp|file|mailto):/gi, '$1\u200b:');

const raw = (lines: readonly string[]): string =>
  `{noformat}\n${lines.map((line) => printable(line).replace(/\{(?=noformat)/gi, '{\u200b')).join('\n')}\n{noformat}`;

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
      return `${inert(block.title)}\n\n${toJiraWiki(block.blocks)}`;
  }
}

/** For Jira Server and Data Center (interface version 2). */
export const toJiraWiki = (blocks: readonly Block[]): string => blocks.map(blockOf).join('\n\n');
