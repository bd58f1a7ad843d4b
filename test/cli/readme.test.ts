import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { truePage } from './page.js';

const { steps } = truePage('README.md');

it('the README shows a verdict and a trace', () => {
  const shown = steps.filter((step) => step.shown !== undefined).map((step) => step.command.split(' ')[1]);
  expect(shown).toEqual(expect.arrayContaining(['analyze', 'trace']));
});

it('the pictures of the README are there, and small', () => {
  const pictures = [...readFileSync('README.md', 'utf8').matchAll(/\]\((docs\/images\/[^)]+)\)/g)].map(
    ([, path]) => path!,
  );
  expect(pictures.length).toBeGreaterThan(1);
  for (const path of pictures) expect(statSync(path).size).toBeLessThan(150_000);
});

it('a clone has the command as the README says', () => {
  expect(readFileSync('README.md', 'utf8')).toContain('`npx podtrail analyze …`');
  const { stdout } = spawnSync('npx', ['--no-install', 'podtrail', '--version'], { encoding: 'utf8' });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
