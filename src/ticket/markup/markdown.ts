import { printable } from '../../core/escape.js';
import { codeBlock, escapeMarkdown } from '../../report/markdown.js';
import type { Block } from './block.js';

/** A line that begins with a slash is a command to GitLab. */
const text = (plain: string): string => escapeMarkdown(plain).replace(/^(\s*)\//, '$1\\/');

function blockOf(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `### ${text(block.text)}`;
    case 'text':
      return text(block.text);
    case 'code':
      return codeBlock(block.lines);
    case 'list':
      return block.items.map((item) => `- ${text(item)}`).join('\n');
    case 'more':
      return `<details>\n<summary>${html(block.title)}</summary>\n\n${renderBlocks(block.blocks)}\n\n</details>`;
  }
}

/** A summary is HTML in which Markdown, mentions, references and addresses are looked for all the same. */
const html = (plain: string): string =>
  printable(plain)
    .replace(/@|#|:(?=\/\/)/g, '$&\u200b')
    .replace(/[&<>"'`*_[\]!~|\\]/g, (c) => `&#${c.charCodeAt(0)};`);

const renderBlocks = (blocks: readonly Block[]): string => blocks.map(blockOf).join('\n\n');

/** For GitHub, GitLab and Redmine with Markdown. */
export const toMarkdown = renderBlocks;
