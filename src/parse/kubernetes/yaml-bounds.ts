/** Levels of a document that are read: real objects have some twenty. */
const MOST = 100;
const [TAB, NEWLINE, BLANK, QUOTE, APOSTROPHE] = [9, 10, 32, 34, 39];
const [COMMA, DASH, COLON, ASK, OPEN, CLOSE, BEGIN, END] = [44, 45, 58, 63, 91, 93, 123, 125];

const isGap = (c: number): boolean => c === BLANK || c === TAB || c === NEWLINE || Number.isNaN(c);

/**
 * Does a YAML text nest deeper than any real one? The library goes down by recursion; near the end of the stack it may compile a
 * regular expression, and then V8 ends the whole process. Counts from above: indentation, open brackets, and indicators in a row
 * (`- - -`, `a: b: c:`), also where they stand in text. One pass (YAML 1.2, chapters 6.1, 7.4 and 8.2).
 */
export function nestsDeeply(text: string): boolean {
  const indents: number[] = [];
  let column = 0;
  let leading = true;
  let open = 0;
  let signs = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === NEWLINE) {
      column = 0;
      leading = true;
      if (open === 0) signs = 0;
      continue;
    }
    if (leading) {
      if (c === BLANK || c === TAB) {
        column++;
        continue;
      }
      leading = false;
      while (indents.length > 0 && indents.at(-1)! >= column) indents.pop();
      indents.push(column);
    }
    if (c === OPEN || c === BEGIN) {
      open++;
      signs = 0;
    } else if (c === CLOSE || c === END) {
      open = Math.max(0, open - 1);
      signs = 0;
    } else if (c === COMMA) signs = 0;
    else if (c === DASH || c === ASK) signs += isGap(text.charCodeAt(i + 1)) ? 1 : 0;
    else if (c === COLON) {
      const next = text.charCodeAt(i + 1);
      signs += isGap(next) || next === QUOTE || next === APOSTROPHE ? 1 : 0;
    } else continue;
    if (indents.length + open + signs > MOST) return true;
  }
  return indents.length > MOST;
}

/**
 * Signs and line ends that a document may have; a line end counts three times. The library keeps 250 to 500 bytes for each of them, and an
 * error for each odd one: 16 million brackets take 4 GB. An object that etcd takes has a quarter of that, a script of a megabyte in
 * a config map, too.
 */
const MOST_SIGNS = 400_000;
const LINE_END = 3;

/** Digits, letters, blanks and what stands within words; all else may be a token of its own (YAML 1.2, chapter 5). */
const isWord = (c: number): boolean =>
  (c >= 97 && c <= 122) || (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || c === BLANK || c === 46 || c > 127;

/** Has a YAML text more in it than any real one? */
export function isOverlong(text: string): boolean {
  let signs = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (!isWord(c)) signs += c === NEWLINE ? LINE_END : 1;
  }
  return signs > MOST_SIGNS;
}
