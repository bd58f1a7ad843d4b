import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { bothOf, sideBySide } from '../../src/core/side-by-side.js';

it('keeps the order of the items, and to its lanes', async () => {
  let under = 0;
  let most = 0;
  const results = await sideBySide([30, 1, 20, 5, 10], 2, async (ms) => {
    most = Math.max(most, ++under);
    await wait(ms);
    under--;
    return ms;
  });
  expect(results).toEqual([30, 1, 20, 5, 10]);
  expect(most).toBe(2);
});

it('begins nothing after an error, and throws it when what was begun has ended', async () => {
  const done: number[] = [];
  const work = sideBySide([1, 2, 3, 4], 2, async (n) => {
    if (n === 1) throw new Error('the first');
    await wait(10);
    done.push(n);
    return n;
  });
  await expect(work).rejects.toThrow('the first');
  expect(done).toEqual([2]);
});

it('waits for both, also when one has failed', async () => {
  let ended = false;
  const slow = wait(10).then(() => {
    ended = true;
  });
  await expect(bothOf(Promise.reject(new Error('no')), slow)).rejects.toThrow('no');
  expect(ended).toBe(true);
  expect(await bothOf(Promise.resolve(1), Promise.resolve('a'))).toEqual([1, 'a']);
});
