import { expect, it } from 'vitest';
import { harmlessJson, printable } from '../../src/core/escape.js';

it('JSON says the same, with nothing in it that acts on a terminal or turns text round', () => {
  const value = { quote: 'a\x9b31m \u202eevil\u2066 \u200b\x7f\x1b[2J\ufeff 節', list: ['\n', '\ud800'] };
  for (const indent of [undefined, 2]) {
    const text = harmlessJson(value, indent);
    expect(JSON.parse(text)).toEqual(value);
    for (const line of text.split('\n')) expect(printable(line)).toBe(line);
  }
});
