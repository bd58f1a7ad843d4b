import { printable } from '../../core/escape.js';
import type { Block } from './block.js';
import { toWiki } from './wiki.js';

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

/** For Jira Server and Data Center (interface version 2). */
export const toJiraWiki = (blocks: readonly Block[]): string => toWiki(blocks, { inert, raw });
