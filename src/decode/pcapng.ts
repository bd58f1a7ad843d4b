import { Frame } from '../core/frame.js';
import type { PacketSink } from '../core/sink.js';
import { fileU32, u32 } from './bytes.js';
import type { CaptureReader } from './capture.js';
import { decodeLink } from './link.js';
import { Taps } from './taps.js';

/** Block types. */
const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const NAMES = 4;
const STATISTICS = 5;
const ENHANCED_PACKET = 6;

const BYTE_ORDER = 0x1a2b3c4d;
const BYTE_ORDER_SWAPPED = 0x4d3c2b1a;
/** Larger packet blocks are damage (libpcap's first bound). */
const MAX_BLOCK = 16 << 20;
/** Larger section, interface and statistics blocks, too. */
const MAX_HEADER_BLOCK = 1 << 20;
const MAX_INTERFACES = 65536;

export function isPcapng(bytes: Uint8Array, at: number): boolean {
  return u32(bytes, at) === SECTION;
}

/** One interface of a section. */
class Interface {
  readonly linkType: number;
  readonly snapLength: number;
  name: string | undefined;
  filter: string | undefined;
  /** Units per second; 0 when the exponent is one that needs exact arithmetic. */
  units = 1e6;
  /** Nanoseconds per unit. */
  unit = 1000;
  resolution = 6;
  /** Added to the seconds. */
  offset = 0;
  fcs = 0;
  /** Dropped packets counted by statistics blocks, and those counted packet by packet. */
  statisticDrops = -1;
  packetDrops = -1;
  taps: Taps | undefined;
  timeless: Taps | undefined;

  constructor(linkType: number, snapLength: number) {
    this.linkType = linkType;
    this.snapLength = snapLength;
  }
}

/** pcapng (draft-ietf-opsawg-pcapng). */
export class PcapngReader implements CaptureReader {
  /**
   * Packet blocks (enhanced, simple and old) are numbered, as Wireshark does and as capinfos counts. Wireshark also
   * numbers custom, journal and sysdig blocks; those are not packets here.
   */
  frames = 0;
  need = 12;
  skip = 0;
  done = false;
  readonly #sink: PacketSink;
  readonly #frame = new Frame();
  #little = false;
  #inSection = false;
  #os: string | undefined;
  #interfaces: Interface[] = [];
  /** The block before had a damaged length; only a block that is surely one may follow. */
  #doubt = false;
  /** Whether the block that `option` walks is over, and the option it found. */
  #optionCode = 0;
  #optionLength = 0;

  constructor(sink: PacketSink) {
    this.#sink = sink;
  }

  feed(bytes: Uint8Array, at: number, end: number): number {
    while (end - at >= 12) {
      const isSection = u32(bytes, at) === SECTION;
      if (isSection && !this.#startSection(u32(bytes, at + 8))) return end;
      const type = isSection ? SECTION : this.#u32(bytes, at);
      const length = this.#u32(bytes, at + 4);
      // Some writers forget the padding in the length.
      const padded = length + ((4 - (length & 3)) & 3);
      const packet = type === ENHANCED_PACKET || type === SIMPLE_PACKET || type === OLD_PACKET;
      const header = isSection || type === INTERFACE || type === STATISTICS;
      if (length < 12 || (packet && padded > MAX_BLOCK) || (header && padded > MAX_HEADER_BLOCK)) {
        this.#stop(`a block claims a length of ${length} bytes`);
        return end;
      }
      if (this.#doubt) {
        if (!packet && !header && type !== NAMES) {
          this.#stop('no block where the block before it ends');
          return end;
        }
        this.#doubt = false;
      }
      if (!packet && !header) {
        // Names, secrets, custom and journal blocks.
        if (padded > end - at) {
          this.skip = padded - (end - at);
          return end;
        }
        at += padded;
        continue;
      }
      if (padded > end - at) {
        this.need = padded;
        return at;
      }
      const next = at + padded;
      if (this.#u32(bytes, next - 4) !== length) {
        this.#sink.note('the two lengths of a block differ', this.frames + 1);
        this.#doubt = true;
      }
      this.#block(type, bytes, at + 8, next - 4);
      if (this.done) return end;
      at = next;
    }
    this.need = 12;
    return at;
  }

  finish(rest: number): void {
    if (!this.#inSection) {
      if (!this.done) this.#sink.note('file ends inside the pcapng section header');
      return;
    }
    this.#endSection();
    if (!this.done && (rest > 0 || this.skip > 0)) {
      this.#sink.note(`file ends inside a block; ${this.frames} complete frames were read`, this.frames + 1);
    }
  }

  #stop(reason: string): void {
    this.#sink.note(`${reason}; ${this.frames} frames before it were read`, this.frames + 1);
    this.done = true;
  }

  #u16(bytes: Uint8Array, at: number): number {
    return this.#little ? bytes[at]! | (bytes[at + 1]! << 8) : (bytes[at]! << 8) | bytes[at + 1]!;
  }

  #u32(bytes: Uint8Array, at: number): number {
    return fileU32(bytes, at, this.#little);
  }

  #startSection(magic: number): boolean {
    if (magic !== BYTE_ORDER && magic !== BYTE_ORDER_SWAPPED) {
      this.#stop('a section header has no byte-order mark');
      return false;
    }
    this.#little = magic === BYTE_ORDER_SWAPPED;
    return true;
  }

  /** A whole block; its body is [at, end). */
  #block(type: number, bytes: Uint8Array, at: number, end: number): void {
    switch (type) {
      case SECTION:
        this.#section(bytes, at, end);
        return;
      case INTERFACE:
        this.#interface(bytes, at, end);
        return;
      case STATISTICS:
        this.#statistics(bytes, at, end);
        return;
      case ENHANCED_PACKET:
        this.#enhanced(bytes, at, end);
        return;
      case SIMPLE_PACKET:
        this.#simple(bytes, at, end);
        return;
      case OLD_PACKET:
        this.#old(bytes, at, end);
        return;
    }
  }

  #section(bytes: Uint8Array, at: number, end: number): void {
    if (this.#inSection) this.#endSection();
    this.#inSection = true;
    this.#interfaces = [];
    this.#os = undefined;
    if (end - at < 16) {
      this.#damaged('section header');
      return;
    }
    const major = this.#u16(bytes, at + 4);
    if (major !== 1) {
      this.#stop(`pcapng version ${major}.${this.#u16(bytes, at + 6)} is unknown`);
      return;
    }
    for (let p = this.#option(bytes, at + 16, end); p >= 0; p = this.#option(bytes, this.#after(p), end)) {
      if (this.#optionCode === 3) this.#os = this.#text(bytes, p);
    }
  }

  /** One row of facts for each interface; the statistics that it may have come last. */
  #endSection(): void {
    for (const one of this.#interfaces) {
      const drops = one.statisticDrops >= 0 ? one.statisticDrops : one.packetDrops;
      this.#sink.capture({
        format: 'pcapng',
        linkType: one.linkType,
        ifname: one.name,
        snapLength: one.snapLength === 0 ? undefined : one.snapLength,
        filter: one.filter,
        drops: drops >= 0 ? drops : undefined,
        os: this.#os,
      });
    }
    this.#interfaces = [];
  }

  #interface(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < 8) {
      this.#damaged('interface block');
      return;
    }
    if (this.#interfaces.length >= MAX_INTERFACES) {
      this.#stop('too many interfaces');
      return;
    }
    const one = new Interface(this.#u16(bytes, at), this.#u32(bytes, at + 4));
    for (let p = this.#option(bytes, at + 8, end); p >= 0; p = this.#option(bytes, this.#after(p), end)) {
      const length = this.#optionLength;
      if (this.#optionCode === 2) one.name = this.#text(bytes, p);
      else if (this.#optionCode === 9 && length >= 1) this.#resolution(one, bytes[p]!);
      else if (this.#optionCode === 11 && length >= 2 && bytes[p] === 0) {
        // Kind 0 is libpcap's filter text, 1 its compiled program.
        this.#optionLength = length - 1;
        one.filter = this.#text(bytes, p + 1);
        this.#optionLength = length;
      } else if (this.#optionCode === 13 && length >= 1 && bytes[p]! <= 16) one.fcs = bytes[p]!;
      else if (this.#optionCode === 14 && length === 8) {
        const high = (this.#little ? this.#u32(bytes, p + 4) : this.#u32(bytes, p)) | 0;
        const low = this.#little ? this.#u32(bytes, p) : this.#u32(bytes, p + 4);
        one.offset = high * 0x1_0000_0000 + low;
      }
    }
    this.#interfaces.push(one);
  }

  #resolution(one: Interface, value: number): void {
    one.resolution = value;
    if (value <= 9) {
      one.units = 10 ** value;
      one.unit = 10 ** (9 - value);
    } else one.units = 0;
  }

  #statistics(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < 12) {
      this.#damaged('statistics block');
      return;
    }
    const one = this.#interfaces[this.#u32(bytes, at)];
    if (one === undefined) return;
    let drops = -1;
    for (let p = this.#option(bytes, at + 12, end); p >= 0; p = this.#option(bytes, this.#after(p), end)) {
      if ((this.#optionCode === 5 || this.#optionCode === 7) && this.#optionLength === 8) {
        drops = Math.max(drops, 0) + this.#u64(bytes, p);
      }
    }
    // Counted since the start of the capture: the last block has them all.
    if (drops >= 0) one.statisticDrops = drops;
  }

  #enhanced(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < 20) {
      this.#damaged('packet block');
      return;
    }
    const one = this.#interfaces[this.#u32(bytes, at)];
    const captured = this.#u32(bytes, at + 12);
    const data = at + 20;
    if (one === undefined) {
      this.#damaged('packet block of an undescribed interface');
      return;
    }
    if (captured > end - data) {
      this.#damaged('packet block');
      return;
    }
    const options = data + captured + ((4 - (captured & 3)) & 3);
    const direction = end - options >= 4 ? this.#packetOptions(bytes, options, end, one) : 0;
    this.#time(one, this.#u32(bytes, at + 4), this.#u32(bytes, at + 8));
    this.#packet(one, bytes, data, captured, this.#u32(bytes, at + 16), direction, true);
  }

  #old(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < 20) {
      this.#damaged('packet block');
      return;
    }
    const one = this.#interfaces[this.#u16(bytes, at)];
    const captured = this.#u32(bytes, at + 12);
    const data = at + 20;
    if (one === undefined) {
      this.#damaged('packet block of an undescribed interface');
      return;
    }
    if (captured > end - data) {
      this.#damaged('packet block');
      return;
    }
    const drops = this.#u16(bytes, at + 2);
    if (drops !== 0xffff) one.packetDrops = Math.max(one.packetDrops, 0) + drops;
    const options = data + captured + ((4 - (captured & 3)) & 3);
    const direction = end - options >= 4 ? this.#packetOptions(bytes, options, end, one) : 0;
    this.#time(one, this.#u32(bytes, at + 4), this.#u32(bytes, at + 8));
    this.#packet(one, bytes, data, captured, this.#u32(bytes, at + 16), direction, true);
  }

  #simple(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < 4) {
      this.#damaged('packet block');
      return;
    }
    const one = this.#interfaces[0];
    if (one === undefined) {
      this.#damaged('packet block of an undescribed interface');
      return;
    }
    const original = this.#u32(bytes, at);
    let captured = one.snapLength !== 0 && one.snapLength < original ? one.snapLength : original;
    if (captured > end - at - 4) captured = end - at - 4;
    this.#frame.reset();
    this.#packet(one, bytes, at + 4, captured, original, 0, false);
  }

  /** Direction (0 unknown, 1 in, 2 out) and drops of a packet. */
  #packetOptions(bytes: Uint8Array, at: number, end: number, one: Interface): number {
    let direction = 0;
    for (let p = this.#option(bytes, at, end); p >= 0; p = this.#option(bytes, this.#after(p), end)) {
      if (this.#optionCode === 2 && this.#optionLength === 4) {
        direction = this.#u32(bytes, p) & 3;
        if (direction === 3) direction = 0;
      } else if (this.#optionCode === 4 && this.#optionLength === 8) {
        one.packetDrops = Math.max(one.packetDrops, 0) + this.#u64(bytes, p);
      }
    }
    return direction;
  }

  /** Resets the frame and sets its time from a 64-bit count of units, without an object for it. */
  #time(one: Interface, high: number, low: number): void {
    const frame = this.#frame;
    frame.reset();
    if (one.units === 0) {
      this.#exactTime(one, high, low);
      return;
    }
    // Long division by 16 bits at a time: every quotient and remainder is exact in a double.
    const units = one.units;
    const first = Math.floor(high / units);
    let rest = (high - first * units) * 65536 + (low >>> 16);
    const second = Math.floor(rest / units);
    rest = (rest - second * units) * 65536 + (low & 0xffff);
    const third = Math.floor(rest / units);
    frame.sec = first * 0x1_0000_0000 + second * 65536 + third + one.offset;
    frame.nsec = (rest - third * units) * one.unit;
  }

  /** Resolutions finer than a nanosecond or of a power of two: rare, so exactness may cost. */
  #exactTime(one: Interface, high: number, low: number): void {
    const power = one.resolution & 0x7f;
    const units = (one.resolution & 0x80) !== 0 ? 1n << BigInt(power) : 10n ** BigInt(power);
    const ticks = (BigInt(high) << 32n) | BigInt(low);
    this.#frame.sec = Number(ticks / units) + one.offset;
    this.#frame.nsec = Number(((ticks % units) * 1_000_000_000n) / units);
  }

  #packet(
    one: Interface,
    bytes: Uint8Array,
    at: number,
    captured: number,
    original: number,
    direction: number,
    timed: boolean,
  ): void {
    const frame = this.#frame;
    frame.capLen = captured;
    frame.wireLen = original;
    let taps = timed ? one.taps : one.timeless;
    if (taps === undefined) {
      taps = new Taps(this.#sink, one.linkType, one.name, timed);
      if (timed) one.taps = taps;
      else one.timeless = taps;
    }
    const end = at + captured;
    const tap = taps.of(bytes, at, end, direction);
    const wire = at + Math.max(original, captured) - one.fcs;
    decodeLink(one.linkType, bytes, at, Math.min(wire, end), wire, frame, this.#sink.addresses);
    this.frames++;
    this.#sink.packet(frame, tap, this.frames);
  }

  #damaged(what: string): void {
    this.#sink.note(`damaged ${what} left out`, this.frames + 1);
  }

  /** Reads an option header at `at`; position of the value, or -1 when there is no more. */
  #option(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < 4) return -1;
    const code = this.#u16(bytes, at);
    const length = this.#u16(bytes, at + 2);
    if (code === 0 || length > end - at - 4) return -1;
    this.#optionCode = code;
    this.#optionLength = length;
    return at + 4;
  }

  /** Where the next option starts after the value at `at`. */
  #after(at: number): number {
    return at + this.#optionLength + ((4 - (this.#optionLength & 3)) & 3);
  }

  #u64(bytes: Uint8Array, at: number): number {
    const first = this.#u32(bytes, at);
    const second = this.#u32(bytes, at + 4);
    return this.#little ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second;
  }

  #text(bytes: Uint8Array, at: number): string {
    const text = new TextDecoder().decode(bytes.subarray(at, at + this.#optionLength));
    const nul = text.indexOf('\0');
    return nul >= 0 ? text.slice(0, nul) : text;
  }
}
