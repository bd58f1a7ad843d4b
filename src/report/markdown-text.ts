import { printable } from '../core/escape.js';

/** Text from a bundle inside Markdown. */

/** What CommonMark and GitHub's additions to it give a meaning anywhere in a line; a backslash takes it away. */
const MARKS = /[\\`*_{}[\]<>#|~$!]|&(?=#?\w+;)/g;

/** Emoji whose names are hexadecimal digits, so that an IPv6 address may hold one: `fd00:100:…` (GitHub's list, gemoji). */
const HEXADECIMAL_EMOJI = '100|1234|a|ab|abc|abcd|b|bee|cd|de';
const EMOJI = new RegExp(`:(?=(?:[a-f0-9]*[g-z_+-][a-z0-9_+-]*|${HEXADECIMAL_EMOJI}):)`, 'gi');

/** What Redmine makes a link of when such a thing is there: `source:FILE`, `user:LOGIN`, `r12` (LINKS_RE of its ApplicationHelper). */
const REDMINE =
  /\b(?:attachment|document|version|forum|news|message|project|commit|source|export|user)(?=:\S)|\br(?=\d+\b)/g;

/**
 * Parts what GitHub, GitLab and Redmine look for in the text that was rendered already, where no backslash is left to see: mentions,
 * references (`#1`, `GH-1`, `!1`, `%1` …), bare addresses and emoji. A zero-width space stands between.
 */
export const unlinked = (text: string): string =>
  text
    .replace(/@|:(?=\/\/)|[#!$~%&](?=\d)|\bGH-(?=\d)|\bwww(?=\.)/gi, '$&\u200b')
    .replace(REDMINE, '$&\u200b')
    .replace(EMOJI, ':\u200b');

/** Nothing of the text becomes markup, a link, a mention, a heading, a list or a command to GitLab, wherever in a line it stands. */
export const escapeMarkdown = (text: string): string =>
  unlinked(
    printable(text)
      .trim()
      .replace(/\n/g, ' ')
      .replace(MARKS, '\\$&')
      .replace(/^[-+=/]/, '\\$&')
      .replace(/^(\d{1,9})(?=[.)](?:\s|$))/, '$1\\'),
  );

/** A quote as a code block whose fence is longer than any run of backticks in it. */
export function codeBlock(lines: readonly string[]): string {
  const text = lines.map((line) => printable(line)).join('\n');
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}
