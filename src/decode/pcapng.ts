import type { PacketSink } from '../core/sink.js';
import { fileU32, u32 } from './bytes.js';
import type { CaptureReader } from './capture.js';
import { BYTE_ORDER, beginsPcap, SECTION } from './capture-format.js';
import { PcapngFields } from './pcapng-fields.js';
import { type PcapngInterface, readInterface, readStatistics } from './pcapng-interface.js';
import { PcapngPackets, UNDESCRIBED } from './pcapng-packets.js';

/** Block types, beside that of a section. */
const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const NAMES = 4;
const STATISTICS = 5;
const ENHANCED_PACKET = 6;

/** Larger packet blocks are damage (libpcap's first bound). */
const MAX_BLOCK = 16 << 20;
/** Larger section, interface and statistics blocks, too. */
const MAX_HEADER_BLOCK = 1 << 20;
const MAX_INTERFACES = 32_768;

/** pcapng (draft-ietf-opsawg-pcapng). */
export class PcapngReader implements CaptureReader {
  need = 12;
  skip = 0;
  done = false;
  otherBegins = false;
  readonly #sink: PacketSink;
  readonly #fields = new PcapngFields();
  readonly #packets: PcapngPackets;
  #inSection = false;
  /** Interfaces of all sections. */
  #described = 0;
  #os: string | undefined;
  #interfaces: PcapngInterface[] = [];
  /** The block before had a damaged length; only a block that is surely one may follow. */
  #doubt = false;

  /** `frames`: how many the file had before. */
  constructor(sink: PacketSink, frames: number) {
    this.#sink = sink;
    this.#packets = new PcapngPackets(sink, this.#fields, frames);
  }

  get frames(): number {
    return this.#packets.count;
  }

  feed(bytes: Uint8Array, at: number, end: number): number {
    while (end - at >= 12) {
      const isSection = u32(bytes, at) === SECTION;
      this.otherBegins = beginsPcap(bytes, at);
      if (this.otherBegins) return at;
      if (isSection && !this.#startSection(u32(bytes, at + 8))) return end;
      const little = this.#fields.little;
      const type = isSection ? SECTION : fileU32(bytes, at, little);
      const length = fileU32(bytes, at + 4, little);
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
      if (fileU32(bytes, next - 4, little) !== length) {
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

  #startSection(magic: number): boolean {
    if (magic !== BYTE_ORDER.big && magic !== BYTE_ORDER.little) {
      this.#stop('a section header has no byte-order mark');
      return false;
    }
    this.#fields.little = magic === BYTE_ORDER.little;
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
        this.#packet(this.#packets.enhanced(bytes, at, end, this.#interfaces));
        return;
      case SIMPLE_PACKET:
        this.#packet(this.#packets.simple(bytes, at, end, this.#interfaces[0]));
        return;
      case OLD_PACKET:
        this.#packet(this.#packets.old(bytes, at, end, this.#interfaces));
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
    const major = this.#fields.u16(bytes, at + 4);
    if (major !== 1) {
      this.#stop(`pcapng version ${major}.${this.#fields.u16(bytes, at + 6)} is unknown`);
      return;
    }
    for (
      let p = this.#fields.option(bytes, at + 16, end);
      p >= 0;
      p = this.#fields.option(bytes, this.#fields.after(p), end)
    ) {
      if (this.#fields.code === 3) this.#os = this.#fields.text(bytes, p);
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
    if (end - at < 8) this.#damaged('interface block');
    else if (++this.#described <= MAX_INTERFACES) this.#interfaces.push(readInterface(this.#fields, bytes, at, end));
  }

  #statistics(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < 12) {
      this.#damaged('statistics block');
      return;
    }
    const one = this.#interfaces[this.#fields.u32(bytes, at)];
    if (one !== undefined) readStatistics(this.#fields, bytes, at, end, one);
  }

  #packet(fault: string | undefined): void {
    if (fault === UNDESCRIBED && this.#described > MAX_INTERFACES)
      this.#sink.note(`packet block left out: it has none of the first ${MAX_INTERFACES} interfaces`, this.frames + 1);
    else if (fault !== undefined) this.#damaged(fault);
  }

  #damaged(what: string): void {
    this.#sink.note(`damaged ${what} left out`, this.frames + 1);
  }
}
