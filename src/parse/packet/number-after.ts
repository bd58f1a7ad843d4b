/** The number after a word, or -1. */
export function numberAfter(text: string, word: RegExp): number {
  const m = word.exec(text);
  return m === null ? -1 : Number(m[1]);
}
