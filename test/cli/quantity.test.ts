import { expect, it } from 'vitest';
import { parseSize } from '../../src/cli/quantity.js';

it.each([
  ['1', 1],
  ['800000', 800_000],
  ['500M', 5e8],
  ['1.5g', 1.5e9],
  ['4 GB', 4e9],
  ['64KiB', 65_536],
  ['2Mi', 2_097_152],
])('%s is %i bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

it.each(['', '0', '-1', 'M', '5x', '1e9', '5ib'])('%j is no size', (text) =>
  expect(() => parseSize(text)).toThrow(/such as/),
);
