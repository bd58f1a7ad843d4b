import { printable } from '../../core/escape.js';
import { codeBlock, escapeMarkdown, unlinked } from '../../report/markdown-text.js';
import type { Block } from './block.js';

function blockOf(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `### ${escapeMarkdown(block.text)}`;
    case 'text':
      return escapeMarkdown(block.text);
    case 'code':
      return codeBlock(block.lines);
    case 'more':
      return `<details>\n<summary>${html(block.title)}</summary>\n\n${renderBlocks(block.blocks)}\n\n</details>`;
  }
}

/** A summary is HTML, in whose text mentions, references and addresses are looked for all the same. */
const html = (plain: string): string =>
  unlinked(printable(plain)).replace(/[&<>"'`*_[\]!~|\\]/g, (c) => `&#${c.charCodeAt(0)};`);

const renderBlocks = (blocks: readonly Block[]): string => blocks.map(blockOf).join('\n\n');

/** For GitHub, GitLab and Redmine with Markdown. */
export const toMarkdown = renderBlocks;
