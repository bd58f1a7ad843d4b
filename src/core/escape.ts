/**
 * Makes text from a bundle harmless to show. A bundle is written by strangers: a file name or a log line may carry
 * terminal escapes that rewrite the screen, or Unicode overrides that make a text read as another one
 * (CVE-2021-42574, "Trojan Source"; Unicode TR 36 and TR 55).
 */

/**
 * What may not reach a terminal or a report as it is: C0 (without tab) and DEL, C1, the zero-width and directional
 * marks, line and paragraph separator, byte order mark, and halves of surrogate pairs.
 */
const HARMFUL =
  /[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Any value as JSON whose strings hold nothing harmful as it is: `\\u` and four digits mean the same to every reader. */
export function harmlessJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(HARMFUL, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function visible(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/**
 * The text with control characters, terminal escapes and invisible or directional marks spelled out: ESC becomes the
 * four characters `\x1b`, U+202E becomes `\u202e`. Tabs stay. Backslashes are not doubled, so that an ordinary quote stays verbatim.
 */
export function printable(text: string): string {
  return text.replace(HARMFUL, visible);
}
