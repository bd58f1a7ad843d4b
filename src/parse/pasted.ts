/** Terminal colours (`ip -c`, `dmesg --color`), as escape sequences. */
const COLOUR = /\u001b\[[0-9;]*[A-Za-z]/g;
/** Mail and forum quoting in front of a pasted line. */
const QUOTING = /^(?:\s*> )+/;

/** What was made of the line that was asked for last: a dozen parsers ask for the same one, to see whether it is theirs. */
const ofLast = <T>(make: (text: string) => T): ((text: string) => T) => {
  let last: { readonly text: string; readonly made: T } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, made: make(text) };
    return last.made;
  };
};

/** A line as the tool printed it: without terminal colours, quoting marks of a paste, and non-breaking spaces. */
export const asPrinted: (text: string) => string = ofLast(printedOf);

/** The words of a line as the tool printed it; none for a blank line. */
export const wordsOf: (text: string) => readonly string[] = ofLast((text) => {
  const line = asPrinted(text).trim();
  return line === '' ? [] : line.split(/\s+/);
});

function printedOf(text: string): string {
  const plain = text.includes('\u001b') ? text.replace(COLOUR, '') : text;
  const unquoted = plain.includes('> ') ? plain.replace(QUOTING, '') : plain;
  return unquoted.includes('\u00a0') ? unquoted.replaceAll('\u00a0', ' ') : unquoted;
}
