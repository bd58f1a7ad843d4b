import { printable } from '../../core/escape.js';
import type { Block } from './block.js';

function blockOf(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${line(block.text)}\n${'='.repeat(Math.min(line(block.text).length, 72))}`;
    case 'text':
      return line(block.text);
    case 'code':
      return block.lines.map((each) => `    ${line(each)}`).join('\n');
    case 'more':
      return `${line(block.title)}\n\n${toPlainText(block.blocks)}`;
  }
}

const line = (text: string): string => printable(text.replace(/\n/g, ' '));

/** For Request Tracker, whose comments are text. */
export const toPlainText = (blocks: readonly Block[]): string => blocks.map(blockOf).join('\n\n');
