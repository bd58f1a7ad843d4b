import { wordTable } from '../../../core/word-table.js';
import type { Sight } from '../sight.js';
import type { Cursor } from './tokens.js';

/** A number that a rule computes: `meta mark & 0xff | 0x4000`. */
export type Compute = (sight: Sight) => number;

const OPERATORS = wordTable<(a: number, b: number) => number>({
  '|': (a, b) => a | b,
  or: (a, b) => a | b,
  '&': (a, b) => a & b,
  and: (a, b) => a & b,
  '^': (a, b) => a ^ b,
  xor: (a, b) => a ^ b,
});

export const isOperator = (word: string): boolean => word in OPERATORS;

function operand(cursor: Cursor): Compute | undefined {
  if (cursor.accept('(')) {
    const inner = readNumber(cursor);
    return cursor.accept(')') ? inner : undefined;
  }
  const word = cursor.take();
  if (/^(0x[0-9a-f]+|\d+)$/i.test(word)) {
    const value = Number(word);
    return () => value;
  }
  if (word === 'mark' || (word === 'meta' && cursor.accept('mark'))) return ({ packet }) => packet.mark;
  if (word === 'ct' && cursor.accept('mark')) return ({ packet }) => packet.ct.mark;
  return undefined;
}

/** Reads a computed number, from left to right as nft prints it; undefined when it has something else in it. */
export function readNumber(cursor: Cursor): Compute | undefined {
  let left = operand(cursor);
  while (left !== undefined && isOperator(cursor.peek())) {
    const operator = OPERATORS[cursor.take()]!;
    const first: Compute = left;
    const second = operand(cursor);
    left = second === undefined ? undefined : (sight) => operator(first(sight), second(sight)) >>> 0;
  }
  return left;
}
