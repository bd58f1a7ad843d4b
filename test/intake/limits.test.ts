import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatBytes } from '../../src/intake/limits.js';
import { collect, plant, reasons, shell, workFolder } from './harness.js';

const folder = workFolder();
plant(join(folder, 'tree'), { 'a.log': 'a'.repeat(5000), 'b.log': 'b'.repeat(5000), 'c/d/e.log': 'e'.repeat(5000) });
shell(folder, 'tar czf tree.tgz -C tree . && cd tree && zip -qr ../tree.zip .');
const MEBI = 1024 * 1024;

describe('limits', () => {
  it.each(['tree', 'tree.tgz', 'tree.zip'])('members of %s', async (name) => {
    const got = await collect(join(folder, name), { limits: { members: 2 } });
    expect(got.members.size).toBeLessThanOrEqual(2);
    expect(reasons(got)).toMatch(/more than 2 members: the rest was left out/);
  });

  it.each(['tree', 'tree.tgz', 'tree.zip'])('size of a member of %s', async (name) => {
    const got = await collect(join(folder, name), { limits: { memberBytes: 1000 } });
    expect([...got.members.values()].map((bytes) => bytes.length)).toEqual([1000, 1000, 1000]);
    expect(reasons(got).match(/larger than 1000 bytes: only that much was read/g)).toHaveLength(3);
  });

  it.each(['tree.tgz', 'tree.zip'])('bytes of %s in all', async (name) => {
    const got = await collect(join(folder, name), { limits: { totalBytes: 6000 } });
    expect(reasons(got)).toMatch(/more than 5.9 KiB were decompressed in all: the rest was left out/);
    expect(Buffer.concat([...got.members.values()]).length).toBeLessThanOrEqual(6000);
  });

  it('depth', async () => {
    shell(folder, 'cp tree.tgz 1.tgz; for i in 2 3 4 5 6 7; do tar czf $i.tgz $((i - 1)).tgz; done');
    const within = await collect(join(folder, '5.tgz'));
    expect([...within.members.keys()]).toContain('4.tgz!3.tgz!2.tgz!1.tgz!a.log');
    const beyond = await collect(join(folder, '7.tgz'));
    expect(beyond.members.size).toBe(0);
    expect(reasons(beyond)).toBe('6.tgz!5.tgz!4.tgz!3.tgz!2.tgz: packed more than 5 times in each other: left out (1)');
    shell(folder, 'cp tree/a.log q; for i in 1 2 3 4 5 6 7; do gzip q; mv q.gz q; done');
    expect(reasons(await collect(join(folder, 'q')))).toMatch(/packed more than 5 times/);
  });

  it('length of a path', async () => {
    const got = await collect(join(folder, 'tree.tgz'), { limits: { pathLength: 5 } });
    expect([...got.members.keys()].sort()).toEqual(['a.log', 'b.log']);
    expect(reasons(got)).toMatch(/path longer than 5 characters: left out/);
  });

  it('a zip from a stream', async () => {
    shell(folder, 'tar cf zips.tar tree.zip');
    const got = await collect(join(folder, 'zips.tar'), { limits: { spoolBytes: 200 } });
    expect(reasons(got)).toMatch(/tree.zip: larger than 200 bytes: only that much was read/);
    expect([...got.members.keys()][0]).toMatch(/^tree\.zip![ab]\.log$/);
  });
});

describe('bombs of zeros', () => {
  it.each([
    ['gzip', 'gzip'],
    ['xz', 'xz -1'],
    ['zstd', 'zstd'],
    ['bzip2', 'bzip2'],
    ['zip', 'zip -q - -'],
  ])('%s', async (name, tool) => {
    shell(folder, `head -c ${100 * MEBI} /dev/zero | ${tool} > bomb.${name}`);
    const got = await collect(join(folder, `bomb.${name}`), { limits: { ratioAfter: 8 * MEBI }, chunks: 1 });
    expect(got.members.size).toBe(1);
    const read = await collect(join(folder, `bomb.${name}`), { limits: { ratioAfter: 8 * MEBI } });
    expect(reasons(read)).toMatch(/grew more than 200 times to over 8 MiB: the rest was left out/);
    expect([...read.members.values()][0]!.length).toBeLessThan(9 * MEBI);
  });

  it('many small bombs in one archive end it together', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `small-${i}.gz`);
    shell(
      folder,
      `for f in ${names.join(' ')}; do head -c ${6 * MEBI} /dev/zero | gzip > $f; done; tar cf small.tar small-*.gz`,
    );
    const limits = { ratioAfter: 8 * MEBI, ratioAfterAll: 64 * MEBI };
    const got = await collect(join(folder, 'small.tar'), { limits });
    expect(reasons(got)).toMatch(/packed data grew more than 200 times to over 64 MiB in all: the rest was left out/);
    const bytes = [...got.members.values()].reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThan(70 * MEBI);
    expect((await collect(join(folder, 'small.tar'))).notes).toEqual([]);
  });

  it('a very regular log is no bomb', async () => {
    shell(folder, `yes 'Aug 18 15:51:00 node-1 kernel: martian source' | head -c ${20 * MEBI} | xz > regular.xz`);
    const got = await collect(join(folder, 'regular.xz'));
    expect(got.notes).toEqual([]);
    expect([...got.members.values()][0]!.length).toBe(20 * MEBI);
  });
});

it('numbers of bytes for people', () => {
  expect([0, 512, 1024, 1536, 64 * MEBI, 2 ** 40].map(formatBytes)).toEqual([
    '0 bytes',
    '512 bytes',
    '1 KiB',
    '1.5 KiB',
    '64 MiB',
    '1 TiB',
  ]);
});
