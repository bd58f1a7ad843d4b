import { expect, it } from 'vitest';
import type { Tap } from '../../src/core/tap.js';
import { TapNumbers } from '../../src/parse/tap-numbers.js';

const tap = (prefix: string): Tap => ({ kind: 'log', timeKind: 'epoch', direction: 'unknown', prefix });

it('gives each tap a number, and those beyond a limit one together, with a note for each packet', () => {
  const made: Tap[] = [];
  const notes: string[] = [];
  const sink = { tap: (one: Tap) => made.push(one), note: (reason: string) => void notes.push(reason) };
  const taps = new TapNumbers();
  expect([taps.of(tap('a'), sink), taps.of(tap('b'), sink), taps.of(tap('a'), sink)]).toEqual([1, 2, 1]);
  expect(taps.of(tap('a'), sink, 'another-host')).toBe(3);
  for (let i = 0; i < 10_000; i++) taps.of(tap(`prefix ${i}`), sink);
  expect(made).toHaveLength(4097);
  expect(made.at(-1)).toEqual({ kind: 'log', timeKind: 'epoch', direction: 'unknown' });
  expect(notes).toHaveLength(10_000 - 4096 + 3);
  expect(taps.of(tap('a'), sink)).toBe(1);
});
