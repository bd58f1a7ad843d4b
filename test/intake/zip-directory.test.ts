import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collect, plant, shell, workFolder } from './harness.js';

/** A zip whose directory lies: what the directory does not give is found by the members' own headers, and is told. */

const folder = workFolder();
const FILES: Readonly<Record<string, string>> = {
  'a/one.txt': 'default via 10.0.0.1 dev eth0\n'.repeat(40),
  'b/two.txt': '10.244.1.0/24 via 10.0.0.2 dev eth0\n'.repeat(40),
  'c/three.txt': '10.244.2.0/24 via 10.0.0.3 dev eth0\n'.repeat(40),
};
plant(join(folder, 'tree'), FILES);
shell(folder, `cd tree && zip -q ../whole.zip ${Object.keys(FILES).join(' ')}`);
const whole = readFileSync(join(folder, 'whole.zip'));

const DIRECTORY_HEADER = Buffer.from('PK\x01\x02', 'latin1');
/** APPNOTE 4.3.16: the number of entries, and where the directory begins. */
const end = whole.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
const directory = whole.readUInt32LE(end + 16);

/** Place of the directory's header of a member. */
function header(index: number): number {
  let at = directory;
  for (let i = 0; i < index; i++) at = whole.indexOf(DIRECTORY_HEADER, at + 1);
  return at;
}

async function read(damage: (zip: Buffer) => Buffer | undefined) {
  const zip = Buffer.from(whole);
  const path = join(folder, 'damaged.zip');
  writeFileSync(path, damage(zip) ?? zip);
  const { members, notes } = await collect(path);
  const texts = Object.fromEntries([...members].map(([name, bytes]) => [name, bytes.toString()]));
  return { texts, notes: notes.map(({ reason }) => reason).join('\n') };
}

describe('a zip whose directory', () => {
  it('is as it should be gives no note', async () => {
    expect(await read(() => undefined)).toEqual({ texts: FILES, notes: '' });
  });

  it('counts too few members gives the others, too, each once', async () => {
    const { texts, notes } = await read((zip) => {
      zip.writeUInt16LE(1, end + 8);
      zip.writeUInt16LE(1, end + 10);
      return undefined;
    });
    expect(texts).toEqual(FILES);
    expect(notes).toContain('lists fewer members than there are');
  });

  it.each([
    ['is damaged in the middle', (zip: Buffer) => zip.writeUInt32LE(0, header(1))],
    ['counts too many members', (zip: Buffer) => zip.writeUInt16LE(9, end + 10)],
    ['begins elsewhere', (zip: Buffer) => zip.writeUInt32LE(1, end + 16)],
    ['begins behind the end', (zip: Buffer) => zip.writeUInt32LE(0x7fffffff, end + 16)],
  ])('%s gives all members, and says so', async (_, damage) => {
    const { texts, notes } = await read((zip) => void damage(zip));
    expect(texts).toEqual(FILES);
    expect(notes).toMatch(/directory is damaged \(.*\): members that it does not list are read one after another/);
  });

  it('is empty, and stands behind a whole archive, gives the members before it', async () => {
    const { texts, notes } = await read((zip) =>
      Buffer.concat([zip, Buffer.from('PK\x05\x06'.padEnd(22, '\0'), 'latin1')]),
    );
    expect(texts).toEqual(FILES);
    expect(notes).toContain('lists fewer members than there are');
  });

  it('puts a member at 2^63 loses that member alone', async () => {
    const { texts, notes } = await read((zip) => {
      const at = header(1);
      const [name, extra] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30)];
      const field = Buffer.alloc(28);
      field.writeUInt16LE(1, 0);
      field.writeUInt16LE(24, 2);
      for (const place of [4, 12, 20]) field.writeBigUInt64LE(2n ** 63n, place);
      for (const place of [20, 24, 42]) zip.writeUInt32LE(0xffffffff, at + place);
      zip.writeUInt16LE(28 + extra, at + 30);
      zip.writeUInt32LE(zip.readUInt32LE(end + 12) + 28, end + 12);
      const behind = at + 46 + name;
      return Buffer.concat([zip.subarray(0, behind), field, zip.subarray(behind)]);
    });
    expect(texts).toEqual({ ...FILES, 'b/two.txt': '' });
    expect(notes).toContain('it would lie behind the archive');
  });

  it('is missing, with rubbish between two members: what follows the rubbish is read', async () => {
    const second = whole.indexOf(Buffer.from('PK\x03\x04', 'latin1'), 4);
    const { texts, notes } = await read((zip) =>
      Buffer.concat([zip.subarray(0, second), Buffer.alloc(700, 0x2a), zip.subarray(second, directory)]),
    );
    expect(texts).toEqual(FILES);
    expect(notes).toContain(`damaged at byte ${second}: the next member was found behind it`);
  });
});
