import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

/** Where nothing can be written: a message that names the place, status 2, no hang, and no temporary folder left. */

const BUNDLE = 'samples/bundles/004-missing-pod-route.zip';
const scratch = mkdtempSync(join(tmpdir(), 'podtrail-unwritable-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Killed after a minute: what does not end by itself has no status. */
const run = (command: string, env: NodeJS.ProcessEnv = {}) =>
  spawnSync('sh', ['-c', command.replace(/^podtrail/, `"${process.execPath}" dist/cli/main.js`)], {
    encoding: 'utf8',
    input: '',
    timeout: 60_000,
    killSignal: 'SIGKILL',
    env: { ...process.env, TMPDIR: scratch, ...env },
  });

describe('a place that takes nothing', () => {
  it.each([
    [`podtrail analyze ${BUNDLE} --output /proc/x`, '/proc/x'],
    [`podtrail analyze ${BUNDLE} --output /dev/full`, '/dev/full: ENOSPC'],
    [`podtrail analyze ${BUNDLE} --evidence /proc/x/y`, '/proc/x'],
    [`podtrail analyze ${BUNDLE} --evidence /dev/full`, '/dev/full is no folder'],
    [`podtrail analyze ${BUNDLE} --store /proc/x`, '/proc/x'],
    [`podtrail analyze ${BUNDLE} --store /dev/full`, '/dev/full exists already'],
    [`podtrail batch ${BUNDLE} -o /proc/x`, 'cannot make the folder /proc/x'],
    [`podtrail batch ${BUNDLE} -o /dev/full`, 'ENOTDIR'],
    [`podtrail analyze ${BUNDLE} > /dev/full`, 'cannot write to standard output: ENOSPC'],
    [`podtrail analyze ${BUNDLE} --format html > /dev/full`, 'cannot write to standard output: ENOSPC'],
  ])('%s', (command, words) => {
    const { status, stdout, stderr } = run(command);
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/\n\s+at |unexpected/);
    expect([status, stdout]).toEqual([2, '']);
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('as the temporary folder', () => {
    const { status, stderr } = run(`podtrail analyze ${BUNDLE}`, { TMPDIR: '/proc' });
    expect(stderr).toMatch(/^podtrail: cannot make a temporary folder: .*TMPDIR names where\)\n$/);
    expect(status).toBe(2);
  });

  it('as standard error costs the messages only', () => {
    expect(run('podtrail analyze /no/such/bundle 2> /dev/full').status).toBe(2);
    expect(run(`podtrail analyze ${BUNDLE} 2> /dev/full`).status).toBe(0);
  });
});
