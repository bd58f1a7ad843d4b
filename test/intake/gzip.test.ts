import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gunzip, inflated } from '../../src/intake/gzip.js';
import { type Inflating, Pulled } from '../../src/intake/inflating.js';
import { Aside, ThreadLost } from '../../src/intake/inflating-aside.js';

const MEBI = 1024 * 1024;

async function* inSlices(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const THREAD = pathToFileURL(resolve('dist/intake/inflate-thread.js'));
const WAYS: readonly { readonly way: string; readonly create: () => Inflating }[] = [
  { way: 'read by its thread', create: () => new Pulled('gzip') },
  { way: 'with a thread of its own', create: () => new Aside('gzip', THREAD) },
];

/** What can be decompressed, and how it ends. Pieces are copied: they are the reader's for a while only. */
async function readAll(
  packed: Uint8Array,
  create: () => Inflating,
): Promise<{ readonly bytes: Buffer; readonly error: unknown }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of inflated(inSlices(packed, 300_000), 'gzip', create)) chunks.push(Uint8Array.from(chunk));
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

const text = log();
const packed = gzipSync(text);

describe.each(WAYS)('a large gzip file, $way', ({ create }) => {
  const middle = Math.floor(packed.length / 2);

  it('is given whole', async () => {
    const { bytes, error } = await readAll(packed, create);
    expect(error).toBeUndefined();
    expect(bytes.equals(text)).toBe(true);
  });

  it('that is cut gives all that comes before the cut', async () => {
    const { bytes, error } = await readAll(packed.subarray(0, middle), create);
    expect(error).toBeInstanceOf(Error);
    expect(bytes.equals(text.subarray(0, bytes.length))).toBe(true);
    expect(bytes.length).toBeGreaterThan(text.length * 0.49);
  });

  it('that is damaged gives what comes before the damage but for the last half a mebibyte', async () => {
    const damaged = Buffer.from(packed);
    damaged.fill(0xff, middle, middle + 2000);
    const upToDamage = (await readAll(packed.subarray(0, middle), create)).bytes.length;
    const { bytes, error } = await readAll(damaged, create);
    expect(error).toBeInstanceOf(Error);
    expect(bytes.length).toBeGreaterThan(upToDamage - MEBI / 2);
    expect(bytes.subarray(0, upToDamage).equals(text.subarray(0, Math.min(bytes.length, upToDamage)))).toBe(true);
  });

  it('is given whole when members and zeros follow each other, and rubbish', async () => {
    const two = Buffer.concat([gzipSync(text.subarray(0, 5000)), packed, Buffer.alloc(3000)]);
    for (const behind of [Buffer.alloc(0), Buffer.from('no gzip'.repeat(3000))]) {
      const { bytes, error } = await readAll(Buffer.concat([two, behind]), create);
      expect(bytes.length).toBe(5000 + text.length);
      expect(bytes.subarray(5000).equals(text)).toBe(true);
      expect(error).toBeUndefined();
    }
  });

  it('may be left in its middle, and ends what it began', async () => {
    const source = inflated(inSlices(packed, 300_000), 'gzip', create);
    await source.next();
    await source.return(undefined);
    expect(await source.next()).toEqual({ done: true, value: undefined });
  });
});

it('a small damaged gzip file gives the same with a thread of its own', async () => {
  const small = gzipSync(text.subarray(0, 15_000));
  for (let at = 5; at < small.length; at += 97) {
    const damaged = Buffer.from(small);
    damaged[at]! ^= 0x55;
    const [one, other] = [await readAll(damaged, WAYS[0]!.create), await readAll(damaged, WAYS[1]!.create)];
    expect(other.bytes.equals(one.bytes), `byte ${at}`).toBe(true);
    expect(String(other.error)).toBe(String(one.error));
  }
});

it('does without a thread of its own where none can be started', async () => {
  const nowhere = pathToFileURL(resolve('dist/intake/no-such-thread.js'));
  const { bytes, error } = await readAll(packed, () => new Aside('gzip', nowhere));
  expect(error).toBeUndefined();
  expect(bytes.equals(text)).toBe(true);
});

it('does not take a thread that ends in the middle for damage', async () => {
  // A script that takes the first piece and ends.
  const script = new URL(
    `data:text/javascript,import { parentPort } from 'node:worker_threads'; parentPort.once('message', () => { parentPort.postMessage({ output: 9 }); setTimeout(() => { throw new Error('gone'); }, 50); });`,
  );
  const { bytes, error } = await readAll(packed, () => new Aside('gzip', script));
  expect(bytes.length).toBe(9);
  expect(error).toBeInstanceOf(ThreadLost);
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
