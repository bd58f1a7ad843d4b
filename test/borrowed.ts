import { HELD } from '../src/intake/bytes.js';

/** The bytes in pieces of these lengths, each spoiled as soon as it may be: when the second one after it is asked for. */
export async function* borrowed(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  const given: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const piece = Uint8Array.from(bytes.subarray(at, at + lengths[turn % lengths.length]!));
    at += piece.length;
    given.push(piece);
    if (given.length > HELD) given.shift()!.fill(0xee);
    yield piece;
  }
}
