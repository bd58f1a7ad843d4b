import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const dir = mkdtempSync(join(tmpdir(), 'podtrail-start-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const node = (args: readonly string[], cwd = process.cwd()): string =>
  execFileSync(process.execPath, args, { encoding: 'utf8', cwd });
const HOW = "import { load } from './dist/start/load.js'; console.log(load().codeCache)";

describe('the program', () => {
  it.each([
    ['of itself', []],
    ['with a bound on its heap, as a worker is', ['--max-old-space-size=700']],
  ])('is started with the code that V8 made when it was built: %s', (_how, flags) => {
    expect(node([...flags, '--input-type=module', '-e', HOW])).toBe('used\n');
  });

  it('keeps that bound', () => {
    const limit =
      "import { load } from './dist/start/load.js'; import v8 from 'node:v8'; load(); console.log(v8.getHeapStatistics().heap_size_limit)";
    const of = (mb: number) => Number(node([`--max-old-space-size=${mb}`, '--input-type=module', '-e', limit]));
    expect(of(700) - of(300)).toBe(400 * 2 ** 20);
  });

  it.each([
    ['is not there', (cache: string) => rmSync(cache)],
    ['is of another program', (cache: string) => cpSync('package.json', cache)],
  ])('starts when that code %s', (_what, spoil) => {
    const copy = mkdtempSync(join(dir, 'copy-'));
    cpSync('dist', join(copy, 'dist'), { recursive: true });
    cpSync('package.json', join(copy, 'package.json'));
    symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
    const cache = readdirSync(join(copy, 'dist/program')).find((name) => name.endsWith('.cache'));
    spoil(join(copy, 'dist/program', cache!));
    expect(node(['--input-type=module', '-e', HOW], copy)).toBe('without\n');
    const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/cli/main.js', '--version'], {
      cwd: copy,
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });

  it('gives other programs what the sources export', async () => {
    const built = Object.keys((await import(resolve('dist/index.js'))) as object);
    const source = Object.keys(await import('../../src/index.js'));
    expect(built.sort()).toEqual(source.sort());
  });

  it('comes with the licences of the packages within', () => {
    const program = readFileSync('dist/program/podtrail.cjs', 'utf8');
    const licences = readFileSync('dist/program/LICENCES.txt', 'utf8');
    for (const name of ['@duckdb/node-api', 'tar', 'yaml', 'pino', 'commander'])
      expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'));
    expect(program).not.toMatch(/require\("(?:tar|yaml|pino|commander)"\)/);
  });
});
