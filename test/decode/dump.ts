import { AddressTable } from '../../src/core/address.js';
import { Frame } from '../../src/core/frame.js';
import type { PacketSink } from '../../src/core/sink.js';
import type { CaptureFacts, Tap } from '../../src/core/tap.js';
import { decodeCapture } from '../../src/decode/capture.js';
import { borrowed } from '../borrowed.js';

/** A frame's fields by name; addresses as text. */
export type Dumped = Record<string, number | string>;

export interface Dump {
  frames: Dumped[];
  taps: Tap[];
  facts: CaptureFacts[];
  notes: string[];
}

const ADDRESSES = new Set(['src', 'dst', 'outerSrc', 'outerDst', 'quotedSrc', 'quotedDst']);
const FIELDS = Object.keys(new Frame());

/** A frame as it is now; the decoder fills the same one again. */
export function rowOf(frame: Frame, tap: number, place: number, addresses: AddressTable): Dumped {
  const fields = frame as unknown as Record<string, number>;
  const row: Dumped = { place, tap };
  for (const name of FIELDS) row[name] = ADDRESSES.has(name) ? addresses.text(fields[name]!) : fields[name]!;
  return row;
}

/** Everything that the decoder says of a file, read in pieces of `size`; a list is used round and round. */
export async function dump(bytes: Uint8Array, size: number | readonly number[] = 65536): Promise<Dump> {
  const addresses = new AddressTable();
  const result: Dump = { frames: [], taps: [], facts: [], notes: [] };
  const sink: PacketSink = {
    addresses,
    tap(tap) {
      return result.taps.push(tap) - 1;
    },
    packet(frame, tap, place) {
      result.frames.push(rowOf(frame, tap, place, addresses));
    },
    capture(facts) {
      result.facts.push(facts);
    },
    note(reason, place) {
      result.notes.push(place === undefined ? reason : `${place}: ${reason}`);
    },
  };
  const { frames } = await decodeCapture(borrowed(bytes, typeof size === 'number' ? [size] : size), sink);
  if (frames !== result.frames.length) throw new Error(`${frames} frames counted, ${result.frames.length} delivered`);
  return result;
}
