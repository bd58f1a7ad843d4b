import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collect, plant, shell, workFolder } from './harness.js';

const folder = workFolder();

/** Text that compresses as logs do. */
function log(seed: number, length: number): string {
  let state = seed;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    text += `[${state % 100000}.${state % 997}] IN=eth${state % 3} SRC=10.42.${state % 255}.${(state >>> 8) % 255} LEN=60\n`;
  }
  return text;
}

const FILES: Readonly<Record<string, string>> = {
  'a/one.log': log(1, 30_000),
  'b/two.log': log(2, 200_000),
  'c/three.txt': log(3, 2000),
  'd/four.log': log(4, 70_000),
};
plant(join(folder, 'tree'), FILES);
const ORDER = Object.keys(FILES);

const KINDS: Readonly<Record<string, string>> = {
  tar: `tar cf k.tar -C tree ${ORDER.join(' ')}`,
  'tar.gz': `tar czf k.tar.gz -C tree ${ORDER.join(' ')}`,
  'tar.xz': `tar cJf k.tar.xz -C tree ${ORDER.join(' ')}`,
  'tar.zst': `tar --zstd -cf k.tar.zst -C tree ${ORDER.join(' ')}`,
  'tar.bz2': `tar cf - -C tree ${ORDER.join(' ')} | bzip2 -1 > k.tar.bz2`,
  zip: `cd tree && zip -q ../k.zip ${ORDER.join(' ')}`,
  'streamed.zip': `cd tree && zip -q - ${ORDER.join(' ')} > ../k.streamed.zip`,
  'stored.zip': `cd tree && zip -0q ../k.stored.zip ${ORDER.join(' ')}`,
};

/** What must hold of every cut: nothing that was not there, whole members first, then one that is cut, and a word about it. */
async function survives(path: string, whole: boolean): Promise<number> {
  const got = await collect(path);
  const names = [...got.members.keys()];
  let bytes = 0;
  names.forEach((name, i) => {
    const text = got.members.get(name)!.toString();
    if (name !== ORDER[i]) return;
    expect(FILES[name]!.startsWith(text), `${name} is a beginning`).toBe(true);
    if (i < names.length - 1) expect(text.length, `${name} is whole`).toBe(FILES[name]!.length);
    bytes += text.length;
  });
  const complete = names.length === ORDER.length && bytes === Object.values(FILES).join('').length;
  if (!whole && !complete) expect(got.notes.length + (names[0] === ORDER[0] ? 0 : 1)).toBeGreaterThan(0);
  return bytes;
}

describe.each(Object.keys(KINDS))('%s', (kind) => {
  const path = join(folder, `k.${kind}`);
  shell(folder, KINDS[kind]!);
  const size = statSync(path).size;

  it('is whole to begin with', async () => {
    expect(await survives(path, true)).toBe(Object.values(FILES).join('').length);
    expect((await collect(path)).notes).toEqual([]);
  });

  it('cut anywhere, gives what comes before the cut', async () => {
    const cut = join(folder, `cut.${kind}`);
    writeFileSync(cut, readFileSync(path));
    let before = Number.POSITIVE_INFINITY;
    const cuts = new Set([
      size - 1,
      size - 2,
      size - 9,
      ...Array.from({ length: 60 }, (_, i) => Math.floor((size * (60 - i)) / 61)),
      600,
      512,
      511,
      100,
      10,
      5,
      3,
      1,
    ]);
    for (const length of [...cuts].sort((a, b) => b - a)) {
      truncateSync(cut, length);
      const bytes = await survives(cut, false);
      expect(bytes, 'a longer piece gives no less').toBeLessThanOrEqual(before);
      before = bytes;
    }
  });

  it('half of it gives the first member', async () => {
    const half = join(folder, `half.${kind}`);
    writeFileSync(half, readFileSync(path).subarray(0, size / 2));
    expect((await collect(half)).members.get('a/one.log')?.toString()).toBe(FILES['a/one.log']);
  });

  it('with bytes changed, never throws', async () => {
    const good = readFileSync(path);
    const bad = join(folder, `bad.${kind}`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: size - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 }),
        async (changes) => {
          const bytes = Buffer.from(good);
          for (const [at, value] of changes) bytes[at] = value;
          writeFileSync(bad, bytes);
          await collect(bad);
        },
      ),
      { numRuns: 40 },
    );
  });
});

it('a small gzip file with a wrong checksum gives all its text, and a note', async () => {
  const bytes = shell(folder, 'gzip -c tree/a/one.log');
  bytes[bytes.length - 6]! ^= 1;
  writeFileSync(join(folder, 'sum.gz'), bytes);
  const got = await collect(join(folder, 'sum.gz'));
  expect(got.members.get('sum.gz')?.toString()).toBe(FILES['a/one.log']);
  expect(got.notes.map((note) => note.reason)).toEqual(['gzip data is cut or damaged: 29.3 KiB could be decompressed']);
});

it('a damaged tar.gz, whose last bytes come one by one, piles up no listeners', async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error) => void warnings.push(warning);
  process.on('warning', warned);
  // After all that there is, a block of a type that deflate does not have (RFC 1951, 3.2.3).
  const packed = gzipSync(readFileSync(join(folder, 'k.tar')), { finishFlush: constants.Z_FULL_FLUSH });
  writeFileSync(join(folder, 'one-by-one.tar.gz'), Buffer.concat([packed, Buffer.from([7, 0, 0, 0])]));
  const got = await collect(join(folder, 'one-by-one.tar.gz'));
  expect(got.notes.map(({ reason }) => reason).join()).toMatch(/cut or damaged/);
  expect(got.members.get('d/four.log')?.toString()).toBe(FILES['d/four.log']);
  await new Promise((done) => setImmediate(done));
  process.off('warning', warned);
  expect(warnings).toEqual([]);
});

it('nothing that is no archive throws', async () => {
  const path = join(folder, 'rubbish');
  const magics = [
    '',
    '\x1f\x8b\x08',
    '\xfd7zXZ\0',
    '\x28\xb5\x2f\xfd',
    '\x50\x2a\x4d\x18',
    'BZh91AY&SY',
    'PK\x03\x04',
    'PK\x05\x06',
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 6000 }), async (magic, rest) => {
      writeFileSync(path, Buffer.concat([Buffer.from(magic, 'latin1'), rest]));
      await collect(path);
    }),
    { numRuns: 200 },
  );
});
