import { printable } from '../../core/escape.js';
import { codeBlock, escapeMarkdown, unlinked } from '../../report/markdown-text.js';
import type { Block } from './block.js';

type Fenced = (lines: readonly string[]) => string;

function write(blocks: readonly Block[], fenced: Fenced): string {
  const blockOf = (block: Block): string => {
    switch (block.kind) {
      case 'heading':
        return `### ${escapeMarkdown(block.text)}`;
      case 'text':
        return escapeMarkdown(block.text);
      case 'code':
        return fenced(block.lines);
      case 'more':
        return `<details>\n<summary>${html(block.title)}</summary>\n\n${write(block.blocks, fenced)}\n\n</details>`;
    }
  };
  return blocks.map(blockOf).join('\n\n');
}

/** A summary is HTML, in whose text mentions, references and addresses are looked for all the same. */
const html = (plain: string): string =>
  unlinked(printable(plain)).replace(/[&<>"'`*_[\]!~|\\]/g, (c) => `&#${c.charCodeAt(0)};`);

/** For GitHub and GitLab. */
export const toMarkdown = (blocks: readonly Block[]): string => write(blocks, codeBlock);

/**
 * Redmine mails those whom a note mentions, and takes for code, where it does not look, what stands between any two runs of three backticks or tildes
 * (Redmine::Acts::Mentionable). So there are no others than those of the fences.
 */
const shortFence: Fenced = (lines) =>
  `\`\`\`text\n${lines.map((line) => printable(line).replace(/([`~])(?=\1\1)/g, '$1\u200b')).join('\n')}\n\`\`\``;

/** For Redmine with Markdown. */
export const toRedmineMarkdown = (blocks: readonly Block[]): string => write(blocks, shortFence);
