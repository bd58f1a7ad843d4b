import type { Block } from './block.js';

/** How a wiki's markup keeps the text of a sentence, and lines of code, from being markup. */
export interface Wiki {
  readonly inert: (text: string) => string;
  readonly raw: (lines: readonly string[]) => string;
}

/** Textile, and Jira's markup that came of it: they have the same blocks. Neither can fold. */
export function toWiki(blocks: readonly Block[], { inert, raw }: Wiki): string {
  const blockOf = (block: Block): string => {
    switch (block.kind) {
      case 'heading':
        return `h3. ${inert(block.text)}`;
      case 'text':
        return inert(block.text);
      case 'code':
        return raw(block.lines);
      case 'more':
        return `${inert(block.title)}\n\n${block.blocks.map(blockOf).join('\n\n')}`;
    }
  };
  return blocks.map(blockOf).join('\n\n');
}
