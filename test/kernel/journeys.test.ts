import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyTally, PER_WORLD, runWorld } from './case.js';
import { Lab } from './lab.js';
import { mismatchWords } from './mismatch.js';

/**
 * Random small networks in network namespaces: the kernel is asked where packets go, podtrail is asked what the dumps say.
 * SEED is the first world's, CASES how many packets in all, CASE the only packet of each world (to replay one alone).
 */
const seed = Number(process.env['SEED'] ?? 1);
const cases = Number(process.env['CASES'] ?? process.env['JOURNEYS'] ?? 150);
const only = process.env['CASE'] === undefined ? undefined : Number(process.env['CASE']);
const seeds = Array.from({ length: Math.ceil(cases / PER_WORLD) }, (_, i) => seed + i);

describe('the kernel and the journey agree', () => {
  let lab: Lab;
  const tally = emptyTally();

  beforeAll(() => {
    lab = new Lab();
  });

  afterAll(async () => {
    await lab.close();
    const lines = (counts: ReadonlyMap<string, number>): string =>
      [...counts]
        .sort(([, a], [, b]) => b - a)
        .map(([what, n]) => `  ${n} ${what}\n`)
        .join('');
    process.stdout.write(
      `\nagreed:\n${lines(tally.agreed)}podtrail could not tell:\n${lines(tally.untold)}mismatches: ${tally.mismatches.length}\n`,
    );
  });

  it.each(seeds)('world %i', async (world) => {
    const before = tally.mismatches.length;
    await runWorld(lab, world, only, tally);
    expect(tally.mismatches.slice(before).map(mismatchWords).join('\n\n')).toBe('');
  });
});
