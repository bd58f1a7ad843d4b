/** What of a line's text is not for parsers. */

/**
 * Terminal sequences (ECMA-48): CSI, OSC and other strings up to their terminator, two-character escapes. An
 * unterminated string loses only its introducer: a stray `ESC ]` must not hide the rest of a line.
 */
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])?/g;

/** Blanks in a row that are kept, in a line longer than twice as many: columns of real tables are narrower. */
const GAP = 4000;

/** The text without the rest of very long gaps. Patterns of parsers try each blank of a gap as the first one: a line of nothing else would keep them busy for minutes. */
export function withoutGaps(text: string): string {
  return hasGap(text) ? text.replace(/\s+/g, (gap) => (gap.length > GAP ? gap.slice(0, GAP) : gap)) : text;
}

/** Looked for first: to replace the blanks of a line of megabytes takes many times its size. */
function hasGap(text: string): boolean {
  if (text.length <= 2 * GAP) return false;
  for (let at = GAP; at < text.length; at += GAP) {
    if (!BLANK.test(text[at]!)) continue;
    let from = at;
    let end = at;
    while (from > 0 && BLANK.test(text[from - 1]!)) from--;
    while (end < text.length && BLANK.test(text[end]!)) end++;
    if (end - from > GAP) return true;
  }
  return false;
}
const BLANK = /\s/;

/** The text without NULs and terminal sequences. */
export function clean(text: string): string {
  let result = text;
  if (result.includes('\0')) result = result.replaceAll('\0', '');
  if (result.includes('\x1b')) result = result.replace(ESCAPES, '');
  return result;
}
