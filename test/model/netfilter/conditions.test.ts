import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ALWAYS,
  allHold,
  assumptionsOf,
  type Conditions,
  type Literal,
  oneFails,
  or,
} from '../../../src/model/netfilter/conditions.js';

const ask = (id: string, yes = true): Literal => ({ id, yes, missing: { what: id, collect: '' }, choice: false });
const [a, b] = [ask('a'), ask('b')];

describe('conditions', () => {
  it('a question whose answer makes no difference vanishes', () => {
    expect(or(allHold(ALWAYS, [a]), oneFails(ALWAYS, [a]))).toEqual(ALWAYS);
    expect(or(allHold(ALWAYS, [a, b]), oneFails(ALWAYS, [a, b]))).toEqual(ALWAYS);
  });
  it('what excludes itself is never', () => {
    expect(allHold(allHold(ALWAYS, [a]), [ask('a', false)])).toEqual([]);
    expect(oneFails(allHold(ALWAYS, [a]), [a])).toEqual([]);
  });
  it('a or (not a and b) hangs on both', () => {
    const both = or(allHold(ALWAYS, [a]), allHold(oneFails(ALWAYS, [a]), [b]));
    expect(assumptionsOf(both).map((one) => one.what)).toEqual(['a', 'b']);
  });

  const holds = (conditions: Conditions, world: Readonly<Record<string, boolean>>): boolean =>
    conditions.some((clause) => clause.every((literal) => world[literal.id] === literal.yes));
  const literals = fc.array(fc.record({ id: fc.constantFrom('a', 'b', 'c'), yes: fc.boolean() }), { maxLength: 3 });
  const worlds = fc.record({ a: fc.boolean(), b: fc.boolean(), c: fc.boolean() });

  it('says the same as logic does, in every world', () => {
    fc.assert(
      fc.property(literals, literals, literals, worlds, (first, second, third, world) => {
        const of = (given: readonly { id: string; yes: boolean }[]) => given.map((one) => ask(one.id, one.yes));
        const all = (given: readonly { id: string; yes: boolean }[]) =>
          given.every((one) => world[one.id as 'a'] === one.yes);
        const one = allHold(ALWAYS, of(first));
        const other = oneFails(one, of(second));
        expect(holds(one, world)).toBe(all(first));
        expect(holds(other, world)).toBe(all(first) && !all(second));
        const third_ = oneFails(ALWAYS, of(third));
        expect(holds(or(other, third_), world)).toBe((all(first) && !all(second)) || !all(third));
      }),
      { numRuns: 500 },
    );
  });
});
