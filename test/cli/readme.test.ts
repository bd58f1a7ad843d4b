import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { truePage } from './page.js';

const { steps, reader } = await truePage('README.md');

it('the README shows a verdict and a trace', () => {
  const shown = steps.filter((step) => step.shown !== undefined).map((step) => step.command.split(' ')[1]);
  expect(shown).toEqual(expect.arrayContaining(['analyze', 'trace']));
});

it('all its blocks of commands were typed', () => {
  const typed = steps.map((step) => step.command).join('\n');
  for (const [, block] of readFileSync('README.md', 'utf8').matchAll(/^```sh\n(.*?)^```/gms))
    expect(typed).toContain(block!.trim());
  for (const word of ['serve', 'batch', 'ticket attach', 'trace', 'query', 'explain'])
    expect(typed).toMatch(new RegExp(`^podtrail ${word} `.replace(/serve $/, 'serve'), 'm'));
});

/** `podtrail analyze PATH…` is a pattern, and says so by its capitals; a name in small letters would be taken for a file that is there. */
it('a file that a command in the text names is there, once the commands above are typed', () => {
  const text = readFileSync('README.md', 'utf8').replace(/^```.*?^```/gms, '');
  const named = [...text.matchAll(/`((?:podtrail|npx|--[a-z])[^`]*)`/g)].flatMap(([, command]) =>
    command!.split(/[\s'"]+/).filter((word) => /^[a-z0-9][\w.*/-]*(?:\/|\.[a-z]+)$/.test(word)),
  );
  expect(named.filter((file) => !existsSync(join(reader.folder, file)))).toEqual([]);
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
