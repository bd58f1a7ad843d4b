import { expect, it } from 'vitest';
import { readTar } from '../../src/intake/tar.js';
import { tarOf } from '../fuzz/tar-of.js';

/** An archive that ends anywhere, in whatever pieces it comes: of each member as much as is there, and never an error. */
const SIZES = [4294, 5000] as const;
const TAR = tarOf(SIZES.map((size, i) => ({ name: `${i}.txt`, bytes: Buffer.alloc(size, 97 + i) })));
/** Where the members' bytes begin: behind a header of one block, the first filled up to nine blocks. */
const STARTS = [512, 512 + 4608 + 512] as const;

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function lengths(bytes: Buffer, size: number): Promise<readonly number[]> {
  const read: number[] = [];
  for await (const entry of readTar(inPieces(bytes, size), () => undefined)) {
    let length = 0;
    for await (const chunk of entry.bytes) length += chunk.length;
    read.push(length);
  }
  return read;
}

it.each([64, 200, 700, 1000, 1 << 20])('cut anywhere, in pieces of %d bytes', async (size) => {
  for (let cut = 512; cut < TAR.length; cut += 61) {
    const there = STARTS.flatMap((start, i) => (cut < start ? [] : [Math.min(SIZES[i]!, cut - start)]));
    expect(await lengths(TAR.subarray(0, cut), size), `cut at ${cut}`).toEqual(there);
  }
});
