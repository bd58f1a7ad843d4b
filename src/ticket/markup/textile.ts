import { printable } from '../../core/escape.js';
import { unlinked } from '../../report/markdown-text.js';
import type { Block } from './block.js';
import { toWiki } from './wiki.js';

/**
 * A sentence in which nothing is markup to Redmine's Textile (RedCloth 3). It knows no escape for single characters, so a zero-width space
 * stands where a mark would begin; inside of words marks mean nothing, and stay as they are, to be searched for.
 */
const inert = (text: string): string => {
  const line = unlinked(printable(text).trim().replace(/\n/g, ' '))
    .replace(/&(?=#?\w+;)/g, '&\u200b')
    // Code is looked for between any two of them.
    .replace(/@/g, '&#64;')
    .replace(/(?<=[\s>(])[*_+\-%^~?!"|](?=\S)/g, '\u200b$&')
    .replace(/"(?=:)|\[(?=\[)|\{(?=\{)|\](?=\()|</g, '$&\u200b')
    // An abbreviation with its meaning.
    .replace(/[A-Z0-9](?=\()/g, '$&\u200b');
  return /^(?:[^A-Za-z0-9]|(?:p|bq|h\d|fn\d+|table|notextile)(?!\w))/i.test(line) ? `\u200b${line}` : line;
};

/** Inside `<pre>` only its own end means something. */
const raw = (lines: readonly string[]): string =>
  `<pre>\n${lines.map((line) => printable(line).replaceAll('<', '<\u200b')).join('\n')}\n</pre>`;

/** For Redmine with Textile. */
export const toTextile = (blocks: readonly Block[]): string => toWiki(blocks, { inert, raw });
