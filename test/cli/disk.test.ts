import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

// A small disk is mounted in a namespace of its own, so this needs root: `npm test` says when it leaves it out.
const scratch = mkdtempSync(join(tmpdir(), 'podtrail-disk-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it('a temporary folder on a full disk is said, blames no parser, and is emptied', () => {
  const log = join(scratch, 'kern.log');
  const line = (i: number) =>
    `[${i}.${i % 997}] DROP: IN=cni0 OUT=eth0 SRC=10.42.0.${i % 250} DST=10.43.${i % 256}.10 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=${i % 65000} DF PROTO=TCP SPT=${1024 + (i % 60000)} DPT=53 WINDOW=64240 RES=0x00 SYN URGP=0`;
  writeFileSync(log, Array.from({ length: 200_000 }, (_, i) => line(i)).join('\n'));
  const disk = join(scratch, 'disk');
  const script =
    'mkdir "$1" && mount -t tmpfs -o size=1m none "$1" && TMPDIR="$1" "$2" dist/cli/main.js analyze "$3"; echo "status $?"; ls -A "$1"';
  const { stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', disk, process.execPath, log], {
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/^podtrail: the event store cannot be written: .*No space left on device\n$/);
  expect(stdout).toBe('status 2\n');
});
