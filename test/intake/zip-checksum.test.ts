import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { crc32, crc32InSteps } from '../../src/intake/crc32.js';
import { collect, plant, shell, workFolder } from './harness.js';

const folder = workFolder();
const TEXT = 'default via 10.0.0.1 dev eth0\n10.244.1.0/24 via 10.0.0.2 dev eth0\n'.repeat(40);
plant(folder, { 'tree/one.txt': TEXT, 'tree/two.txt': `${TEXT}blackhole 10.1.0.0/16\n` });
const NOTE = 'damaged: its content does not fit its checksum, and was read as it is';

/** How each archive is written; `-fz` makes it zip64, a pipe writes the checksum behind the content. */
const WAYS = {
  stored: 'zip -q -0 ../w.zip one.txt two.txt',
  deflated: 'zip -q -9 ../w.zip one.txt two.txt',
  'zip64, stored': 'zip -q -0 -fz ../w.zip one.txt two.txt',
  'zip64, deflated': 'zip -q -9 -fz ../w.zip one.txt two.txt',
  'written to a pipe': 'zip -q - one.txt two.txt | cat > ../w.zip',
  bzip2: 'zip -q -Z bzip2 ../w.zip one.txt two.txt',
} as const;

function zipped(way: keyof typeof WAYS): Buffer {
  shell(folder, `rm -f w.zip; cd tree; ${WAYS[way]}`);
  return readFileSync(join(folder, 'w.zip'));
}

async function read(zip: Buffer) {
  const path = join(folder, 'read.zip');
  writeFileSync(path, zip);
  const { members, notes } = await collect(path);
  return {
    one: members.get('read.zip!one.txt') ?? members.get('one.txt'),
    members: members.size,
    notes: notes.map(({ file, reason }) => `${file}: ${reason}`),
  };
}

/** Place of the directory's header of the first member (APPNOTE 4.3.12); its checksum stands 16 bytes behind. */
const directory = (zip: Buffer): number => zip.indexOf(Buffer.from('PK\x01\x02', 'latin1'));

describe.each(Object.keys(WAYS) as (keyof typeof WAYS)[])('a zip, %s', (way) => {
  it('gives no note when it is whole', async () => {
    expect(await read(zipped(way))).toEqual({ one: Buffer.from(TEXT), members: 2, notes: [] });
  });

  it('names the member whose content does not fit its checksum, and gives it', async () => {
    const zip = zipped(way);
    const at = directory(zip) + 16;
    zip.writeUInt32LE((zip.readUInt32LE(at) ^ 0x100) >>> 0, at);
    expect(await read(zip)).toEqual({ one: Buffer.from(TEXT), members: 2, notes: [`one.txt: ${NOTE}`] });
  });

  it('says nothing where the writer made no checksum', async () => {
    const zip = zipped(way);
    zip.writeUInt32LE(0, directory(zip) + 16);
    expect((await read(zip)).notes).toEqual([]);
  });

  it('without its directory has its members checked by what stands beside them', async () => {
    const zip = zipped(way);
    const cut = zip.subarray(0, directory(zip));
    const { notes } = await read(cut);
    expect(notes.filter((note) => note.includes('checksum'))).toEqual([]);
    // The local header has the checksum (4.3.7), or what follows the content (4.3.9).
    const descriptor = way === 'written to a pipe' ? cut.indexOf(Buffer.from('PK\x07\x08', 'latin1')) + 4 : 14;
    cut.writeUInt32LE((cut.readUInt32LE(descriptor) ^ 1) >>> 0, descriptor);
    expect((await read(cut)).notes).toContain(`one.txt: ${NOTE}`);
  });
});

it('a bit that flipped in stored data is named, and the line is read as it stands there', async () => {
  const zip = zipped('stored');
  const at = zip.indexOf('10.0.0.1') + 7;
  zip[at] = zip[at]! ^ 2;
  const { one, notes } = await read(zip);
  expect(one!.toString()).toBe(TEXT.replace('10.0.0.1', '10.0.0.3'));
  expect(notes).toEqual([`one.txt: ${NOTE}`]);
});

it('checksums are those of zlib, in whatever pieces the data comes', () => {
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * i * 31) & 255));
  // gzip ends with the checksum and the length (RFC 1952).
  const byZlib = gzipSync(bytes).readUInt32LE(gzipSync(bytes).length - 8);
  for (const sum of [crc32, crc32InSteps]) {
    expect(sum(Buffer.from('123456789'))).toBe(0xcbf43926);
    for (let at = 0; at <= 40; at++) expect(sum(bytes.subarray(at), sum(bytes.subarray(0, at)))).toBe(byZlib);
  }
});
