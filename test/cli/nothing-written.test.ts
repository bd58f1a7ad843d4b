import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { damage, several } from '../fuzz/mutate.js';
import { Random } from '../fuzz/random.js';
import { membersOf, tarOf } from '../fuzz/tar-of.js';

/**
 * Nothing is written outside the temporary folder: every other place of the machine is mounted read-only, in a namespace of
 * the command's own, and the report is the same. Needs root.
 */

const scratch = mkdtempSync(join(tmpdir(), 'podtrail-written-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
for (const folder of ['home', 'temp', 'work']) mkdirSync(join(scratch, folder));

const BUNDLE = 'samples/bundles/000-pod-cidr-mismatch.tar.gz';
const whole = readFileSync(BUNDLE);
const hostile = membersOf(whole).flatMap(({ name, bytes }) => [
  { name, bytes },
  { name: `../../../../../../${scratch}/work/${name.replaceAll('/', '-')}`, bytes },
  { name: `/${scratch}/home/${name.replaceAll('/', '-')}`, bytes },
]);

const INPUTS: Readonly<Record<string, Buffer>> = {
  whole,
  'names that lead out': gzipSync(tarOf(hostile)),
  cut: whole.subarray(0, whole.length / 2),
  ...Object.fromEntries(
    [1, 2, 3, 4].map((seed) => [`damaged ${seed}`, several(damage, whole, whole, new Random(seed))]),
  ),
};

const READ_ONLY = `mount --make-rprivate /
mount -t tmpfs none "$1/temp"
cut -d' ' -f2 /proc/mounts | grep -v "^$1/temp$" | while read -r place; do mount -o remount,bind,ro "$place" 2>/dev/null || true; done
if touch "$1/work/proof" 2>/dev/null; then echo "not read-only" >&2; exit 99; fi
cd "$1/work" && HOME="$1/home" TMPDIR="$1/temp" "$2" "$3" analyze ../input.tgz --format json; status=$?
ls -A "$1/temp" >&2; exit $status`;

const main = join(process.cwd(), 'dist/cli/main.js');

describe.skipIf(process.getuid?.() !== 0)('a machine that can be written to nowhere but in TMPDIR', () => {
  it.each(Object.keys(INPUTS))('%s', (name) => {
    writeFileSync(join(scratch, 'input.tgz'), INPUTS[name]!);
    const free = spawnSync(process.execPath, [main, 'analyze', '../input.tgz', '--format', 'json'], {
      cwd: join(scratch, 'work'),
      encoding: 'utf8',
      env: { ...process.env, HOME: join(scratch, 'home'), TMPDIR: join(scratch, 'temp') },
    });
    const argv = ['--mount', 'sh', '-c', READ_ONLY, 'sh', scratch, process.execPath, main];
    const bound = spawnSync('unshare', argv, { encoding: 'utf8' });
    expect([bound.status, bound.stdout, bound.stderr]).toEqual([free.status, free.stdout, free.stderr]);
    for (const folder of ['home', 'temp', 'work']) expect(readdirSync(join(scratch, folder))).toEqual([]);
  });
});
