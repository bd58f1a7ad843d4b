/** What a zlib stream in a thread of its own has in common with its reader: the memory of pieces, and words. */
import { HELD } from './bytes.js';
import { AHEAD, OUTPUT, type Packed, WRITES } from './inflating.js';

/** Bytes of a piece of input at most. */
export const INPUT = 1024 * 1024;
/** Pieces of output: those that the reader may hold, and those made ahead. */
const OUTPUTS = HELD + AHEAD / OUTPUT;

/** Bytes that both share. */
export const SHARED: number = WRITES * INPUT + OUTPUTS * OUTPUT;

/** What the thread is started with. */
export interface ThreadData {
  readonly packed: Packed;
  readonly memory: SharedArrayBuffer;
}

/** The next piece of input has so many bytes; one piece of output may be overwritten; no more input will come. */
export type ToThread = { readonly input: number } | 'free' | 'end';

/** A piece of input is used up; the next piece of output has so many bytes; the end; what zlib says of damage. */
export type FromThread = 'used' | { readonly output: number } | 'ended' | { readonly failed: string };

/** The places of pieces of input; both sides go round them. */
export const inputsOf = (memory: SharedArrayBuffer): readonly Uint8Array[] => places(memory, 0, WRITES, INPUT);

/** The places of pieces of output. */
export const outputsOf = (memory: SharedArrayBuffer): readonly Uint8Array[] =>
  places(memory, WRITES * INPUT, OUTPUTS, OUTPUT);

const places = (memory: SharedArrayBuffer, from: number, count: number, length: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => new Uint8Array(memory, from + i * length, length));
