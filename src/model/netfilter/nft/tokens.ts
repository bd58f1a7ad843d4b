/** Words of a rule of nft: quoted text without quotes, braces, commas and parentheses apart. */
export interface Token {
  readonly text: string;
  readonly quoted: boolean;
}

/** Splits the rule's text (`nft ` in front already taken off). */
export function nftTokens(text: string): readonly Token[] {
  const found: Token[] = [];
  for (const [word, quoted] of text.matchAll(/"([^"]*)"|[{}(),]|[^\s{}(),"]+/g))
    found.push(quoted === undefined ? { text: word, quoted: false } : { text: quoted, quoted: true });
  return found;
}

/** A place in the words of a rule, moved on as they are read. */
export class Cursor {
  #next = 0;
  constructor(readonly tokens: readonly Token[]) {}

  get done(): boolean {
    return this.#next >= this.tokens.length;
  }

  /** The word `ahead` places on; the empty string behind the end. */
  peek(ahead = 0): string {
    return this.tokens[this.#next + ahead]?.text ?? '';
  }

  take(): string {
    return this.tokens[this.#next++]?.text ?? '';
  }

  /** Takes the next word if it is one of these. */
  accept(...words: readonly string[]): boolean {
    if (this.done || !words.includes(this.peek())) return false;
    this.#next++;
    return true;
  }

  /** Everything from here to the end, taken. */
  rest(): string {
    const words = this.tokens.slice(this.#next).map((token) => token.text);
    this.#next = this.tokens.length;
    return words.join(' ');
  }

  /** Takes `{ … }`, nested or not; its words without the outer braces. */
  braces(): readonly string[] {
    const words: string[] = [];
    let depth = 0;
    do {
      const word = this.take();
      if (word === '{') depth++;
      if (word === '}') depth--;
      if (depth > 0 && !(word === '{' && depth === 1)) words.push(word);
    } while (depth > 0 && !this.done);
    return words;
  }
}
