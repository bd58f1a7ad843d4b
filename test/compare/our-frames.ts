import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { AddressTable } from '../../src/core/address.js';
import type { Tap } from '../../src/core/tap.js';
import { decodeCapture } from '../../src/decode/capture.js';
import { type Dumped, rowOf } from '../decode/dump.js';

/** A frame of podtrail's decoder with the link type of its interface. */
export interface OurFrame {
  readonly row: Dumped;
  readonly linkType: number;
}

/** Hands frames on a chunk at a time, and waits until they are taken; returns what the decoder noted of the file. */
export type Decoder = (file: string, take: (frames: readonly OurFrame[]) => Promise<void>) => Promise<string[]>;

/** podtrail's decoder, on a capture or a gzipped one. An error of the stream is a note. */
export const podtrail: Decoder = async (file, take) => {
  const addresses = new AddressTable();
  const taps: Tap[] = [];
  const notes: string[] = [];
  let batch: OurFrame[] = [];
  async function* pieces(): AsyncGenerator<Uint8Array> {
    const plain = createReadStream(file);
    const stream = isGzip(file) ? plain.pipe(createGunzip()) : plain;
    for await (const piece of stream) {
      yield piece as Uint8Array;
      const ready = batch;
      batch = [];
      await take(ready);
    }
  }
  try {
    await decodeCapture(pieces(), {
      addresses,
      tap: (tap) => taps.push(tap) - 1,
      packet: (frame, tap, place) => {
        batch.push({ row: rowOf(frame, tap, place, addresses), linkType: taps[tap]?.linkType ?? -1 });
      },
      capture: () => undefined,
      note: (reason, place) => notes.push(place === undefined ? reason : `frame ${place}: ${reason}`),
    });
  } catch (error) {
    notes.push(error instanceof Error ? error.message : String(error));
  }
  await take(batch);
  return notes;
};

function isGzip(file: string): boolean {
  const start = new Uint8Array(2);
  const handle = openSync(file, 'r');
  const read = readSync(handle, start, 0, 2, 0);
  closeSync(handle);
  return read === 2 && start[0] === 0x1f && start[1] === 0x8b;
}
