import { Frame } from '../core/frame.js';
import type { PacketSink } from '../core/sink.js';
import { fileU32, u32 } from './bytes.js';
import type { CaptureReader } from './capture.js';
import { beginsPcap, beginsPcapng, PCAP } from './capture-format.js';
import { decodeLink } from './link.js';
import { Taps } from './taps.js';

const FILE_HEADER = 24;
/** The most that a record of a network link type may hold (libpcap, Wireshark). */
const MAX_RECORD = 262144;
/** Captures written one behind the other that are read as one; each is a tap of its own. */
const MOST_JOINED = 1000;

/** How the two lengths of a record stand. */
const Lengths = { capturedFirst: 0, perhapsSwapped: 1, originalFirst: 2 } as const;

/** Classic pcap (pcap-savefile(5)). */
export class PcapReader implements CaptureReader {
  need = FILE_HEADER;
  skip = 0;
  done = false;
  otherBegins = false;
  readonly #sink: PacketSink;
  readonly #frame = new Frame();
  #taps: Taps | undefined;
  #little = false;
  #nano = false;
  #modified = false;
  #recordHeader = 16;
  #lengths: number = Lengths.capturedFirst;
  #linkType = 0;
  #fcs = 0;
  #oddTimes = 0;
  #joined = 0;

  /** `frames`: how many the file had before. */
  constructor(
    sink: PacketSink,
    public frames: number,
  ) {
    this.#sink = sink;
  }

  feed(bytes: Uint8Array, at: number, end: number): number {
    for (;;) {
      if (this.#taps === undefined) {
        if (end - at < FILE_HEADER) {
          this.need = FILE_HEADER;
          return at;
        }
        this.#start(bytes, at);
        at += FILE_HEADER;
      }
      if (this.done) return end;
      at = this.#records(bytes, at, end);
      if (this.#taps !== undefined) return at;
    }
  }

  finish(rest: number): void {
    if (this.#taps === undefined) this.#sink.note('file ends inside the pcap file header');
    else if (rest > 0 && !this.done) {
      this.#sink.note(`file ends inside a record; ${this.frames} complete frames were read`, this.frames + 1);
    }
  }

  #start(bytes: Uint8Array, at: number): void {
    const magic = u32(bytes, at);
    const little = magic === PCAP.microSwapped || magic === PCAP.nanoSwapped || magic === PCAP.modifiedSwapped;
    this.#little = little;
    this.#lengths = Lengths.capturedFirst;
    this.#fcs = 0;
    this.#nano = magic === PCAP.nano || magic === PCAP.nanoSwapped;
    this.#modified = magic === PCAP.modified || magic === PCAP.modifiedSwapped;
    this.#recordHeader = this.#modified ? 24 : 16;
    this.need = this.#recordHeader;
    const version = fileU32(bytes, at + 4, little);
    const major = little ? version & 0xffff : version >>> 16;
    const minor = little ? version >>> 16 : version & 0xffff;
    // Before 2.3 the original length came first; in 2.3 it depends on who wrote it.
    if (major === 2 && minor < 3) this.#lengths = Lengths.originalFirst;
    else if (major === 2 && minor === 3) this.#lengths = Lengths.perhapsSwapped;
    else if (major === 543) this.#lengths = Lengths.originalFirst;
    else if (major !== 2) this.#sink.note(`pcap version ${major}.${minor} is unknown, read as 2.4`);
    const snapLength = fileU32(bytes, at + 16, little);
    const link = fileU32(bytes, at + 20, little);
    this.#linkType = link & 0xffff;
    if ((link & 0x0400_0000) !== 0) this.#fcs = (link >>> 28) * 2;
    this.#taps = new Taps(this.#sink, this.#linkType, undefined, true);
    this.#sink.capture({
      format: this.#modified ? 'pcap-modified' : this.#nano ? 'pcap-ns' : 'pcap',
      linkType: this.#linkType,
      snapLength: snapLength === 0 ? undefined : snapLength,
    });
  }

  /** Whether what looks like an empty record is none: another capture begins there, or nothing but zeros is left. */
  #ends(bytes: Uint8Array, at: number): boolean {
    const behind = `behind frame ${this.frames}`;
    if (u32(bytes, at) === 0 && u32(bytes, at + 4) === 0) {
      this.#sink.note(`zero bytes ${behind}, where the next should be: what follows was not read`, this.frames + 1);
      this.done = true;
      return true;
    }
    if (!beginsPcap(bytes, at)) return false;
    this.done = ++this.#joined === MOST_JOINED;
    if (this.done) this.#sink.note(`more than ${MOST_JOINED} captures one behind the other: the rest was left out`);
    else if (this.#joined === 1) this.#sink.note(`another capture begins ${behind}: it was read, too`, this.frames + 1);
    if (!this.done) this.#taps = undefined;
    return true;
  }

  #records(bytes: Uint8Array, at: number, end: number): number {
    const sink = this.#sink;
    const frame = this.#frame;
    const addresses = sink.addresses;
    const taps = this.#taps!;
    const little = this.#little;
    const header = this.#recordHeader;
    const linkType = this.#linkType;
    const fcs = this.#fcs;
    while (end - at >= header) {
      let captured = fileU32(bytes, at + 8, little);
      let original = fileU32(bytes, at + 12, little);
      if (this.#lengths !== Lengths.capturedFirst && (this.#lengths === Lengths.originalFirst || captured > original)) {
        const first = captured;
        captured = original;
        original = first;
      }
      if (captured > MAX_RECORD) {
        this.otherBegins = beginsPcapng(bytes, at);
        if (this.otherBegins) return at;
        // Nothing marks where the next record starts, so guessing would invent frames.
        sink.note(`frame length ${captured} is impossible; ${this.frames} frames before it were read`, this.frames + 1);
        this.done = true;
        return end;
      }
      if (captured === 0 && original === 0 && this.#ends(bytes, at)) return this.done ? end : at;
      const data = at + header;
      const next = data + captured;
      if (next > end) {
        this.need = header + captured;
        return at;
      }
      frame.reset();
      this.#time(fileU32(bytes, at, little), fileU32(bytes, at + 4, little));
      frame.capLen = captured;
      frame.wireLen = original;
      const tap = this.#modified
        ? taps.ofRecord(fileU32(bytes, at + 16, little), bytes[at + 22]!)
        : taps.of(bytes, data, next, 0);
      // A record may claim to hold more than was on the wire.
      const wire = data + Math.max(original, captured) - fcs;
      decodeLink(linkType, bytes, data, Math.min(wire, next), wire, frame, addresses);
      this.frames++;
      sink.raw?.(bytes, data, next);
      sink.packet(frame, tap, this.frames);
      at = next;
    }
    this.need = header;
    return at;
  }

  #time(seconds: number, fraction: number): void {
    const frame = this.#frame;
    frame.sec = seconds;
    if (this.#nano) {
      if (fraction < 1e9) frame.nsec = fraction;
      else this.#oddTime(seconds, fraction, 1e9);
    } else if (fraction < 1e6) frame.nsec = fraction * 1000;
    else if (fraction < 1e9) {
      // Nanoseconds under the microsecond magic.
      frame.nsec = fraction;
      this.#noteTime();
    } else this.#oddTime(seconds, fraction, 1e6);
  }

  #oddTime(seconds: number, fraction: number, unit: number): void {
    const carried = Math.floor(fraction / unit);
    this.#frame.sec = seconds + carried;
    this.#frame.nsec = (fraction - carried * unit) * (1e9 / unit);
    this.#noteTime();
  }

  #noteTime(): void {
    if (this.#oddTimes++ === 0) {
      this.#sink.note('fractions of a second do not fit the unit that the file header declares', this.frames + 1);
    }
  }
}
