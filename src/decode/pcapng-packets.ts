import { Frame } from '../core/frame.js';
import type { PacketSink } from '../core/sink.js';
import { fileU32 } from './bytes.js';
import { decodeLink } from './link.js';
import type { PcapngFields } from './pcapng-fields.js';
import { type PcapngInterface, readPacketOptions, withDrops } from './pcapng-interface.js';
import { setTime } from './pcapng-time.js';
import { Taps } from './taps.js';

/** The packet blocks of a pcapng file. Each method takes a block's body [at, end) and returns what is damaged, if it is. */
export class PcapngPackets {
  /**
   * Packet blocks (enhanced, simple and old) are numbered, as Wireshark does and as capinfos counts. Wireshark also
   * numbers custom, journal and sysdig blocks; those are not packets here.
   */
  count: number;
  readonly #sink: PacketSink;
  readonly #fields: PcapngFields;
  readonly #frame = new Frame();

  /** `count`: how many packets stand before. */
  constructor(sink: PacketSink, fields: PcapngFields, count: number) {
    this.count = count;
    this.#sink = sink;
    this.#fields = fields;
  }

  enhanced(bytes: Uint8Array, at: number, end: number, interfaces: readonly PcapngInterface[]): string | undefined {
    if (end - at < 20) return 'packet block';
    return this.#timed(bytes, at, end, interfaces[fileU32(bytes, at, this.#fields.little)], 0xffff);
  }

  /** The obsolete packet block: its interface has 16 bits, and the packets dropped before it stand behind. */
  old(bytes: Uint8Array, at: number, end: number, interfaces: readonly PcapngInterface[]): string | undefined {
    if (end - at < 20) return 'packet block';
    const drops = this.#fields.u16(bytes, at + 2);
    return this.#timed(bytes, at, end, interfaces[this.#fields.u16(bytes, at)], drops);
  }

  simple(bytes: Uint8Array, at: number, end: number, one: PcapngInterface | undefined): string | undefined {
    if (end - at < 4) return 'packet block';
    if (one === undefined) return UNDESCRIBED;
    const original = this.#fields.u32(bytes, at);
    let captured = one.snapLength !== 0 && one.snapLength < original ? one.snapLength : original;
    if (captured > end - at - 4) captured = end - at - 4;
    this.#frame.reset();
    this.#packet(one, bytes, at + 4, captured, original, 0, false);
    return undefined;
  }

  /** `drops`: packets lost just before this one; 0xffff when the writer does not know. */
  #timed(
    bytes: Uint8Array,
    at: number,
    end: number,
    one: PcapngInterface | undefined,
    drops: number,
  ): string | undefined {
    const fields = this.#fields;
    const little = fields.little;
    const captured = fileU32(bytes, at + 12, little);
    const data = at + 20;
    if (one === undefined) return UNDESCRIBED;
    if (captured > end - data) return 'packet block';
    if (drops !== 0xffff) one.packetDrops = withDrops(one.packetDrops, drops);
    const options = data + captured + ((4 - (captured & 3)) & 3);
    const direction = end - options >= 4 ? readPacketOptions(fields, bytes, options, end, one) : 0;
    this.#frame.reset();
    setTime(this.#frame, one, fileU32(bytes, at + 4, little), fileU32(bytes, at + 8, little));
    this.#packet(one, bytes, data, captured, fileU32(bytes, at + 16, little), direction, true);
    return undefined;
  }

  #packet(
    one: PcapngInterface,
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
    this.count++;
    this.#sink.raw?.(bytes, at, end);
    this.#sink.packet(frame, tap, this.count);
  }
}

/** What is wrong with a packet of an interface that its section does not have. */
export const UNDESCRIBED = 'packet block of an undescribed interface';
