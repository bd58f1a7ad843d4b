import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, peek } from '../../src/intake/bytes.js';
import { decompress, type Encoding } from '../../src/intake/decompress.js';
import { openFile, readHandle } from '../../src/intake/folder.js';
import { Budget, DEFAULT_LIMITS } from '../../src/intake/limits.js';
import { readLines } from '../../src/intake/lines.js';
import { spool } from '../../src/intake/spool.js';
import { readTar } from '../../src/intake/tar.js';
import { borrowed } from '../borrowed.js';
import { plant, shell, workFolder } from './harness.js';

const folder = workFolder();

async function all(source: Bytes): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 700, max: 90_000 })), {
  minLength: 1,
  maxLength: 12,
});

const RUNS = { numRuns: 40 };

const text = Buffer.from(
  Array.from({ length: 6000 }, (_, i) => `${i} ${'x'.repeat((i * 7919) % 97)} SRC=10.0.${i % 250}.1 é\n`).join(''),
);
plant(folder, { text, 'tree/a': text, 'tree/b': 'short\n', 'tree/c': text.subarray(0, 70_000) });
const LONG = 'd/'.repeat(80);
plant(folder, { [`tree/${LONG}e`]: text.subarray(0, 3000) });

const packed: Readonly<Record<Encoding, Buffer>> = {
  stored: text,
  gzip: gzipSync(text),
  deflate: deflateRawSync(text),
  xz: shell(folder, 'xz -c text'),
  zstd: shell(folder, 'zstd -qc text'),
  bzip2: shell(folder, 'bzip2 -1c text'),
};

describe('pieces that are overwritten when the second one after them is asked for give the same', () => {
  it.each(Object.entries(packed) as [Encoding, Buffer][])('decompressed: %s', async (kind, bytes) => {
    await fc.assert(
      fc.asyncProperty(lengths, async (of) => {
        const notes: string[] = [];
        const source = decompress(kind, borrowed(bytes, of), new Budget(DEFAULT_LIMITS), (note) => notes.push(note));
        expect((await all(source)).equals(text)).toBe(true);
        expect(notes).toEqual([]);
      }),
      RUNS,
    );
  });

  it.each(['--format=gnu', '--format=pax'])('members of a tar, %s', async (format) => {
    const tar = shell(folder, `tar cf - ${format} -C tree .`);
    const members = async (source: Bytes): Promise<Map<string, string>> => {
      const found = new Map<string, string>();
      const damaged = (reason: string): void => expect.unreachable(reason);
      for await (const { name, bytes } of readTar(source, damaged)) found.set(name, (await all(bytes)).toString());
      return found;
    };
    const whole = await members(borrowed(tar, [tar.length]));
    expect(whole.get(`./${LONG}e`)).toBe(text.subarray(0, 3000).toString());
    await fc.assert(
      fc.asyncProperty(lengths, async (of) => {
        expect(await members(borrowed(tar, of))).toEqual(whole);
      }),
      RUNS,
    );
  });

  it.each(['utf8', 'utf16le'] as const)('lines in %s', async (encoding) => {
    const bytes = Buffer.from(`\ufeff${text}`, encoding);
    const lines = async (source: Bytes): Promise<string[]> => {
      const found: string[] = [];
      await readLines(source, (line) => found.push(line.text));
      return found;
    };
    const expected = text.toString().trimEnd().split('\n');
    await fc.assert(
      fc.asyncProperty(lengths, async (of) => {
        expect(await lines(borrowed(bytes, of))).toEqual(expected);
      }),
      RUNS,
    );
  });

  it('peeked at, and put into a file', async () => {
    const small = text.subarray(0, 20_000);
    await fc.assert(
      fc.asyncProperty(lengths, fc.integer({ min: 1, max: 5000 }), async (of, want) => {
        const peeked = await peek(borrowed(small, of), want);
        expect(small.subarray(0, want).equals(peeked.head)).toBe(true);
        const { handle, size, remove } = await spool(peeked, folder, Number.POSITIVE_INFINITY);
        expect(size).toBe(small.length);
        expect((await all(readHandle(handle, size, undefined))).equals(small)).toBe(true);
        await remove();
      }),
      RUNS,
    );
  });
});

it('a piece of a file stays as it is until the second one after it is asked for', async () => {
  const large = Buffer.alloc(7 << 20);
  for (let at = 0; at < large.length; at += 4096) large.writeUInt32LE(at, at);
  plant(folder, { large });
  const handle = await openFile(join(folder, 'large'), true);
  const source = readHandle(handle, large.length, undefined);
  let last: Uint8Array | undefined;
  let at = 0;
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    if (last !== undefined) expect(large.subarray(at - last.length, at).equals(last)).toBe(true);
    last = next.value;
    expect(large.subarray(at, at + last.length).equals(last)).toBe(true);
    at += last.length;
  }
  expect(at).toBe(readFileSync(join(folder, 'large')).length);
  await handle.close();
});
