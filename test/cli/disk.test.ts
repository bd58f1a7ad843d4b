import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.js';
import { crashed } from '../../src/diagnosis/look.js';

// A small disk is mounted in a namespace of its own, so this needs root: `npm test` says when it leaves it out.
const scratch = mkdtempSync(join(tmpdir(), 'podtrail-disk-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const log = join(scratch, 'kern.log');
const line = (i: number) =>
  `[${i}.100000] DROP: IN=cni0 OUT=eth0 SRC=10.42.0.${i % 250} DST=10.43.${i % 256}.10 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=${i % 65000} DF PROTO=TCP SPT=${1024 + (i % 60000)} DPT=53 WINDOW=64240 RES=0x00 SYN URGP=0`;
writeFileSync(log, Array.from({ length: 200_000 }, (_, i) => line(i)).join('\n'));

/** Analyses with the temporary folder on a disk of its own; `status` and what is left there come last. */
function onDisk(size: string, more = '') {
  const disk = join(scratch, `disk-${size}`);
  const script = `mkdir "$1" && mount -t tmpfs -o size=${size} none "$1" && TMPDIR="$1" "$2" dist/cli/main.js analyze "$3" ${more}; echo "status $?"; ls -A "$1"`;
  const argv = ['--mount', 'sh', '-c', script, 'sh', disk, process.execPath, log];
  const { stdout, stderr } = spawnSync('unshare', argv, { encoding: 'utf8' });
  return { disk, stdout, stderr };
}

describe('a temporary folder on a full disk', () => {
  // The database's first page, its tables, the rows of packets and lines, and what queries put there when memory is short.
  it.each(['100k', '1m', '40m'])(
    'of %s is said, with what to do, and is emptied',
    (size) => {
      const { disk, stdout, stderr } = onDisk(size);
      // How much a query needs is the database's business: where it is enough, no check may have failed.
      if (stdout.endsWith('status 0\n')) expect(stdout).not.toContain('a bug in podtrail');
      else {
        expect(stderr).toBe(
          `podtrail: the event store cannot be written: no space is left in ${disk}: free some there, or set TMPDIR to a folder on a larger disk\n`,
        );
        expect(stdout).toBe('status 2\n');
      }
    },
    240_000,
  );

  it('of 2m holds no --store either, and the message names its folder', () => {
    const kept = join(scratch, 'disk-2m');
    const { stdout, stderr } = onDisk('2m', '--store "$1/case.duckdb"');
    expect(stderr).toContain(`no space is left in ${kept}: free some there, or `);
    expect(stdout).toBe('status 2\n');
  });
});

it('a full disk is no fault of the check that met it', () => {
  expect(() => crashed('unreplied-syn', new Failure('no space is left'))).toThrow('no space is left');
  expect(crashed('unreplied-syn', new Error('ours')).detail).toBe('a bug in podtrail: ours');
});
