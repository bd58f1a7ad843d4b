/**
 * The shell-like words of iptables-save (`xtables_save_string` in libxtables): a value is double-quoted unless it is
 * made of letters, digits, `_` and `-`; inside quotes `\"`, `\\` and `\'` are escaped.
 */

/** Splits a rule into its words. `open` is true when a quote was never closed: the line goes on below. */
export function ruleWords(text: string): { readonly words: string[]; readonly open: boolean } {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quote !== '') {
      if (c === quote) quote = '';
      else if (c === '\\' && quote === '"' && i + 1 < text.length) word += text[++i]!;
      else word += c;
    } else if (c === '"' || (c === "'" && word === undefined)) {
      quote = c;
      word ??= '';
    } else if (c === ' ' || c === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + c;
  }
  if (word !== undefined) words.push(word);
  return { words, open: quote !== '' };
}
