import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';

/**
 * Markdown as GitHub shows it: micromark follows CommonMark and GitHub's additions (tables, strikethrough, task lists, links from bare
 * addresses, footnotes). Raw HTML is let through, so that a test sees it.
 */
export const rendered = (markdown: string): string =>
  micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });

const plain = (html: string): string =>
  html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&amp;', '&');

const CODE = /<pre>\n?(?:<code[^>]*>)?([\s\S]*?)(?:<\/code>)?<\/pre>/g;

/** What stands in code blocks, to the byte, without the line end that a block has at its end. */
export const codeBlocks = (html: string): readonly string[] =>
  [...html.matchAll(CODE)].map(([, text]) => plain(text!).replace(/\n$/, ''));

/** Names of the elements outside code blocks, each once. */
export const elements = (html: string): readonly string[] =>
  [...new Set([...html.replaceAll(CODE, '').matchAll(/<([a-z][a-z0-9]*)/gi)].map(([, name]) => name!))].sort();

/** The text outside code blocks, as a reader sees it, one block a line. */
export const prose = (html: string): string =>
  plain(
    html
      .replaceAll(CODE, '')
      .replace(/<!--[\s\S]*?-->/g, '')
      .replace(/<\/?[a-z][^>]*>/gi, ''),
  );
