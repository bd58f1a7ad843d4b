/** One mark of a quoting mail or forum, with its blank. */
const MARK = /^[ \t]{0,3}>(?: |$)/;

/** How often a line is quoted: the marks of a mail or forum before it, `> ` each. A `>` with something right behind it is a prompt's. */
export function quotedDepth(text: string): number {
  let depth = 0;
  for (let rest = text; depth < 20 && MARK.test(rest); depth++) rest = rest.replace(MARK, '');
  return depth;
}

/** The line without that many marks, and with all else that stands before its first word. */
export function unquoted(text: string, depth: number): string {
  let rest = text;
  for (let i = 0; i < depth && MARK.test(rest); i++) rest = rest.replace(MARK, '');
  return rest;
}
