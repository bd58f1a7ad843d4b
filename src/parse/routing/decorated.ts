/** What stands in front of the words of a decorated heading. */
const BEFORE = /^\s*(?:[=#*>+-]+|\[[=#*>+-]*)\s*(?:cmd|command|output of|executing|running)?\s*:?\s*['"`]?/i;
const LABEL = /^\s*(?:command|cmd|executing|running)\s*[:=]\s*['"`]?/i;
const QUOTES = '\'"`';
const RULES = '=#*<]+-';

/** The text without one quoting mark at its end. */
const withoutQuote = (text: string): string =>
  text !== '' && QUOTES.includes(text.at(-1)!) ? text.slice(0, -1) : text;

/** The text without what closes a decoration: a colon, or signs in a row. */
function withoutRule(text: string): string {
  if (text.endsWith(':')) return text.slice(0, -1).trimEnd();
  let end = text.length;
  while (end > 0 && RULES.includes(text[end - 1]!)) end--;
  return text.slice(0, end).trimEnd();
}

/**
 * The words of a decorated heading (`==> ip route <==`, `### ip route ###`, `--- ip route ---`, `+ ip route`, `>>> ip route`);
 * undefined when the line is none. Its end is taken off by hand: a pattern would try it from each character.
 */
export function decorated(line: string): string | undefined {
  const before = BEFORE.exec(line);
  if (before === null) return undefined;
  return withoutQuote(withoutRule(line.slice(before[0].length).trimEnd())).trim();
}

/** The words behind a label: `Command: ip route`, `running = 'ip route'`; undefined when the line has none. */
export function labelled(line: string): string | undefined {
  const label = LABEL.exec(line);
  return label === null ? undefined : withoutQuote(line.slice(label[0].length).trimEnd()).trim();
}
