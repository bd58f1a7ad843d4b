/** Terminal colours (`ip -c`, `dmesg --color`), as escape sequences. */
const COLOUR = /\u001b\[[0-9;]*[A-Za-z]/g;
/** Mail and forum quoting in front of a pasted line. */
const QUOTING = /^(?:\s*> )+/;

/** The line that was asked for last: a dozen parsers ask for the same one, to see whether it is theirs. */
let last = { text: '', printed: '' };

/** A line as the tool printed it: without terminal colours, quoting marks of a paste, and non-breaking spaces. */
export function asPrinted(text: string): string {
  if (text !== last.text) last = { text, printed: printedOf(text) };
  return last.printed;
}

function printedOf(text: string): string {
  const plain = text.includes('\u001b') ? text.replace(COLOUR, '') : text;
  const unquoted = plain.includes('> ') ? plain.replace(QUOTING, '') : plain;
  return unquoted.includes('\u00a0') ? unquoted.replaceAll('\u00a0', ' ') : unquoted;
}

/** The words of a line as the tool printed it; empty for a blank line. */
export function wordsOf(text: string): string[] {
  const line = asPrinted(text).trim();
  return line === '' ? [] : line.split(/\s+/);
}
