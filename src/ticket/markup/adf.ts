import { printable } from '../../core/escape.js';
import type { Block } from './block.js';

/** Atlassian's document format, as far as it is used here; a text node is never markup. */
export type AdfNode =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'heading'; readonly attrs: { readonly level: number }; readonly content: readonly AdfNode[] }
  | { readonly type: 'codeBlock'; readonly attrs: { readonly language: string }; readonly content: readonly AdfNode[] }
  | { readonly type: 'expand'; readonly attrs: { readonly title: string }; readonly content: readonly AdfNode[] }
  | { readonly type: 'paragraph'; readonly content: readonly AdfNode[] };

export interface AdfDocument {
  readonly type: 'doc';
  readonly version: 1;
  readonly content: readonly AdfNode[];
}

/** A text node must not be empty. */
const text = (plain: string): readonly AdfNode[] => (plain === '' ? [] : [{ type: 'text', text: printable(plain) }]);

const paragraph = (plain: string): AdfNode => ({ type: 'paragraph', content: text(plain.replace(/\n/g, ' ')) });

function nodeOf(block: Block): AdfNode {
  switch (block.kind) {
    case 'heading':
      return { type: 'heading', attrs: { level: 3 }, content: text(block.text) };
    case 'text':
      return paragraph(block.text);
    case 'code':
      return {
        type: 'codeBlock',
        attrs: { language: 'text' },
        content: [{ type: 'text', text: block.lines.map((line) => printable(line)).join('\n') }],
      };
    case 'more':
      return { type: 'expand', attrs: { title: printable(block.title) }, content: block.blocks.map(nodeOf) };
  }
}

/** For Jira Cloud (interface version 3). */
export const toAdf = (blocks: readonly Block[]): AdfDocument => ({
  type: 'doc',
  version: 1,
  content: blocks.map(nodeOf),
});

/** The words of a document that somebody else wrote, one block a line. */
export function adfText(node: unknown, depth = 0): string {
  if (node === null || typeof node !== 'object' || depth > 50) return '';
  const { text: own, content } = node as { readonly text?: unknown; readonly content?: unknown };
  if (typeof own === 'string') return own;
  if (!Array.isArray(content)) return '';
  const inline = content.every((child) => (child as { type?: unknown } | null)?.type === 'text');
  return content.map((child) => adfText(child, depth + 1)).join(inline ? '' : '\n');
}
