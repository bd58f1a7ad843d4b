import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { tarOf } from '../fuzz/tar-of.js';
import { collect, workFolder } from './harness.js';

/** Archives written one behind the other, as `cat a.tar b.tar` and `tar --append` on a tape make them. */

const folder = workFolder();
const member = (name: string, text: string | Buffer) => ({ name, bytes: Buffer.from(text) });
const first = tarOf([member('a.txt', 'first\n'), member('zeros.bin', Buffer.alloc(700_000))]);
const second = tarOf([member('b.txt', 'second\n'), member('long.txt', 'x'.repeat(300_000))]);
const ALL = ['a.txt', 'b.txt', 'long.txt', 'zeros.bin'];

async function read(name: string, bytes: Buffer) {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  const { members, notes } = await collect(path);
  return { names: [...members.keys()].sort(), members, notes: notes.map(({ reason }) => reason) };
}

describe('tar archives one behind the other', () => {
  it.each([
    ['end to end', Buffer.concat([first, second])],
    ['with a tape record of zeros between them', Buffer.concat([first, Buffer.alloc(10_240), second])],
    ['with more zeros than are read at once', Buffer.concat([first, Buffer.alloc(600 * 1024), second])],
    ['each compressed', Buffer.concat([gzipSync(first), gzipSync(second)])],
  ])('%s give the members of both, whole', async (_, bytes) => {
    const { names, members, notes } = await read('joined.tar', bytes);
    expect(names).toEqual(ALL);
    expect(members.get('zeros.bin')!.length).toBe(700_000);
    expect(members.get('long.txt')!.length).toBe(300_000);
    expect(notes).toEqual([]);
  });

  it('the second of them cut: what there is of it, and a note', async () => {
    const { names, notes } = await read('cut.tar', Buffer.concat([first, second.subarray(0, 5000)]));
    expect(names).toEqual(ALL);
    expect(notes).toEqual([expect.stringContaining('the archive ends in this member')]);
  });

  it('rubbish behind the end is left out, and named', async () => {
    const { names, notes } = await read('rubbish.tar', Buffer.concat([first, Buffer.from('rubbish\n'.repeat(200))]));
    expect(names).toEqual(['a.txt', 'zeros.bin']);
    expect(notes).toEqual([expect.stringContaining('something that is no archive follows the end')]);
  });

  it('zeros behind the end are nothing', async () => {
    expect((await read('zeros.tar', Buffer.concat([first, Buffer.alloc(1 << 20)]))).notes).toEqual([]);
  });
});
