import type { PacketSink } from '../core/sink.js';
import { isPcap, isPcapng } from './capture-format.js';
import { forgetWords } from './checksum.js';
import { PcapReader } from './pcap.js';
import { PcapngReader } from './pcapng.js';

/** Reads one file format from a stream whose pieces it does not keep. */
export interface CaptureReader {
  /** Packets handed on so far. */
  readonly frames: number;
  /** How many bytes from where `feed` stopped it must see together to go on. */
  readonly need: number;
  /** Bytes after where `feed` stopped that are of no interest. */
  skip: number;
  /** The rest of the stream is of no interest. */
  readonly done: boolean;
  /** Where `feed` stopped a file of the other format begins: this one is at its end. */
  readonly otherBegins: boolean;
  /** Takes whole records from [at, end) and returns where it stopped. */
  feed(bytes: Uint8Array, at: number, end: number): number;
  /** The stream has ended with `rest` bytes after the last whole record. */
  finish(rest: number): void;
}

/** Bytes that tell the format. */
const MAGIC_LENGTH = 4;
const FIRST_CARRY = 1 << 16;
/** Times that a file of one format may stand behind one of the other. */
const MOST_CHANGES = 100;

/**
 * Decodes a capture file of either format and hands every packet to the sink. Records are decoded where they lie in
 * their chunk; only one that spans chunks is copied. Nothing in the bytes makes this throw; an error of the stream
 * itself is thrown on after what came before it has been delivered. `enough` is asked between chunks; true ends the reading.
 */
export async function decodeCapture(
  bytes: AsyncIterable<Uint8Array>,
  sink: PacketSink,
  enough: () => boolean = () => false,
): Promise<{ frames: number }> {
  const stream = new CaptureStream(sink);
  try {
    for await (const chunk of bytes) {
      stream.push(chunk);
      if (stream.done || enough()) break;
    }
  } finally {
    stream.finish();
  }
  return { frames: stream.frames };
}

class CaptureStream {
  readonly #sink: PacketSink;
  #reader: CaptureReader | undefined;
  /** The start of a record whose end is in a chunk to come. */
  #carry = new Uint8Array(0);
  #carried = 0;
  #refused = false;
  #changes = 0;

  constructor(sink: PacketSink) {
    this.#sink = sink;
  }

  get frames(): number {
    return this.#reader?.frames ?? 0;
  }

  get done(): boolean {
    return this.#refused || this.#reader?.done === true;
  }

  push(piece: Uint8Array): void {
    // Streams give Buffers; one class of array everywhere keeps the decoders' reads monomorphic (a third faster).
    const chunk =
      piece.constructor === Uint8Array ? piece : new Uint8Array(piece.buffer, piece.byteOffset, piece.length);
    let at = 0;
    while (this.#carried > 0 && at < chunk.length && !this.done) {
      const missing = Math.min(this.#need() - this.#carried, chunk.length - at);
      this.#keep(chunk, at, at + missing);
      at += missing;
      if (this.#carried < this.#need()) return;
      const taken = this.#feed(this.#carry, 0, this.#carried);
      this.#carry.copyWithin(0, taken, this.#carried);
      this.#carried -= taken;
      if (this.#carried > 0) this.#carried -= this.#skip(this.#carried);
    }
    if (this.done) return;
    at += this.#skip(chunk.length - at);
    while (at < chunk.length && !this.done) {
      const to = this.#feed(chunk, at, chunk.length);
      const skipped = this.#skip(chunk.length - to);
      if (skipped === 0) {
        this.#keep(chunk, to, chunk.length);
        return;
      }
      at = to + skipped;
    }
  }

  finish(): void {
    if (this.#reader !== undefined && !this.#refused) this.#reader.finish(this.#carried);
    else if (!this.#refused)
      this.#sink.note(this.#carried === 0 ? 'empty file, no capture header' : 'too short for a capture header');
    this.#carry = new Uint8Array(0);
    forgetWords();
  }

  #need(): number {
    return this.#reader?.need ?? MAGIC_LENGTH;
  }

  /** Passes over up to `available` bytes that the reader does not want. */
  #skip(available: number): number {
    const reader = this.#reader;
    if (reader === undefined || reader.skip === 0) return 0;
    const skipped = Math.min(reader.skip, available);
    reader.skip -= skipped;
    return skipped;
  }

  #feed(bytes: Uint8Array, at: number, end: number): number {
    if (this.#reader === undefined) {
      if (end - at < MAGIC_LENGTH) return at;
      if (isPcap(bytes, at)) this.#reader = new PcapReader(this.#sink, 0);
      else if (isPcapng(bytes, at)) this.#reader = new PcapngReader(this.#sink, 0);
      else {
        this.#refused = true;
        this.#sink.note('neither a pcap nor a pcapng file');
        return end;
      }
    }
    const to = this.#reader.feed(bytes, at, end);
    if (!this.#reader.otherBegins) return to;
    this.#change(this.#reader);
    return this.#refused ? end : this.#feed(bytes, to, end);
  }

  /** From one format to the other, as `cat *.pcap*` leaves them. Frames are counted on. */
  #change(before: CaptureReader): void {
    before.finish(0);
    const { frames } = before;
    this.#changes++;
    this.#refused = this.#changes > MOST_CHANGES;
    if (this.#refused)
      this.#sink.note(`more than ${MOST_CHANGES} changes between pcap and pcapng: the rest was left out`);
    else if (this.#changes === 1)
      this.#sink.note(`a capture of another format begins behind frame ${frames}: it was read, too`, frames + 1);
    this.#reader =
      before instanceof PcapReader ? new PcapngReader(this.#sink, frames) : new PcapReader(this.#sink, frames);
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    const wanted = this.#carried + to - from;
    if (wanted > this.#carry.length) {
      const grown = new Uint8Array(Math.max(wanted, this.#carry.length * 2, FIRST_CARRY));
      grown.set(this.#carry.subarray(0, this.#carried));
      this.#carry = grown;
    }
    this.#carry.set(chunk.subarray(from, to), this.#carried);
    this.#carried = wanted;
  }
}
