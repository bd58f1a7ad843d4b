import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gunzip } from '../../src/intake/gzip.js';

const MEBI = 1024 * 1024;

async function* inSlices(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What can be decompressed, and how it ends. */
async function readAll(packed: Uint8Array): Promise<{ readonly bytes: Buffer; readonly error: unknown }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of gunzip(inSlices(packed, 300_000))) chunks.push(chunk);
  } catch (error) {
    return { bytes: Buffer.concat(chunks), error };
  }
  return { bytes: Buffer.concat(chunks), error: undefined };
}

/** Lines that say something new each time, as a log's do: 30 MiB of them take more than 3 MiB packed. */
function log(): Buffer {
  const lines: string[] = [];
  let state = 7;
  for (let length = 0; length < 30 * MEBI; length += lines.at(-1)!.length) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    lines.push(
      `[${state % 1_000_000}] kernel: IN=cni0 SRC=10.1.${(state >>> 8) % 255}.${(state >>> 16) % 255} ID=${state}\n`,
    );
  }
  return Buffer.from(lines.join(''));
}

describe('a large gzip file', () => {
  const text = log();
  const packed = gzipSync(text);
  const middle = Math.floor(packed.length / 2);

  it('is given whole', async () => {
    const { bytes, error } = await readAll(packed);
    expect(error).toBeUndefined();
    expect(bytes.equals(text)).toBe(true);
  });

  it('that is cut gives all that comes before the cut', async () => {
    const { bytes, error } = await readAll(packed.subarray(0, middle));
    expect(error).toBeInstanceOf(Error);
    expect(bytes.equals(text.subarray(0, bytes.length))).toBe(true);
    expect(bytes.length).toBeGreaterThan(text.length * 0.49);
  });

  it('that is damaged gives what comes before the damage but for the last mebibyte', async () => {
    const damaged = Buffer.from(packed);
    damaged.fill(0xff, middle, middle + 2000);
    const upToDamage = (await readAll(packed.subarray(0, middle))).bytes.length;
    const { bytes, error } = await readAll(damaged);
    expect(error).toBeInstanceOf(Error);
    expect(bytes.length).toBeGreaterThan(upToDamage - MEBI);
    expect(bytes.subarray(0, upToDamage).equals(text.subarray(0, Math.min(bytes.length, upToDamage)))).toBe(true);
  });
});

it('holds little of a bomb while its reader is busy', async () => {
  const bomb = gzipSync(Buffer.alloc(500 * MEBI), { chunkSize: MEBI });
  const before = process.memoryUsage().arrayBuffers;
  const source = gunzip(inSlices(bomb, MEBI));
  await source.next();
  await pause(300);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MEBI);
  await source.return(undefined);
});

it('works on while its reader does', async () => {
  const source = gunzip(inSlices(gzipSync(Buffer.alloc(8 * MEBI)), 16 * 1024));
  await source.next();
  // Long enough for the next chunk to be made: then it comes without another thread having to be waited for.
  await pause(300);
  let waited = true;
  const next = source.next().finally(() => {
    waited = false;
  });
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  expect(waited).toBe(false);
  await next;
  await source.return(undefined);
});
