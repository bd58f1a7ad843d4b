import type { AddressTable } from '../../core/address.js';
import type { Frame } from '../../core/frame.js';
import { completeLengths } from './iptables-log.js';
import { type FieldReader, READERS, TemplateLine } from './template-fields.js';

export type TemplateField = keyof typeof READERS;

interface Devices {
  /** Their names, each with a space behind it. */
  readonly names: Uint8Array;
  readonly tap: number;
}

/** Text that all lines have at the same place, as the words of four bytes in it, and its last bytes. */
interface Literal {
  readonly words: Int32Array;
  readonly rest: Uint8Array;
  readonly length: number;
}

/**
 * A netfilter log line that was read, apart from what its fields hold. The million lines that one rule writes differ in
 * nothing else; by a template they are read from their bytes, in a tenth of the time. What a line means iptables-log.ts alone
 * decides: here the numbers are put where it put them.
 */
export class PacketTemplate {
  readonly #devices = new Map<number, Devices>();
  readonly #literals: readonly Literal[];
  readonly #readers: readonly FieldReader[];
  readonly #line: TemplateLine;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #viewed: Uint8Array | undefined;

  /**
   * `literals` stand before each field and behind the last one. `frame` holds the packet, before the first line what all lines
   * have in common. `day`: seconds at the midnight of the line's date, on its clock.
   */
  constructor(
    literals: readonly Uint8Array[],
    fields: readonly TemplateField[],
    readonly frame: Frame,
    day: number,
    addresses: AddressTable,
  ) {
    this.#literals = literals.map(literalOf);
    this.#readers = fields.map((field) => READERS[field]);
    this.#line = new TemplateLine(frame, day, addresses);
  }

  /** Reads the line in bytes [from, to) into `frame`; false when it is another line than this, and `frame` is spoiled. */
  read(bytes: Uint8Array, from: number, to: number): boolean {
    if (bytes !== this.#viewed) {
      this.#viewed = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const line = this.#line;
    const readers = this.#readers;
    line.begin();
    let at = from;
    for (let i = 0; i < readers.length; i++) {
      at = this.#behind(this.#literals[i]!, bytes, at, to);
      if (at < 0 || !readers[i]!(line, bytes, at, to)) return false;
      at = line.at;
    }
    if (this.#behind(this.#literals[readers.length]!, bytes, at, to) !== to) return false;
    completeLengths(this.frame);
    return true;
  }

  /** The tap of the line that was read last; undefined when no line with its devices was `learn`ed. */
  tap(bytes: Uint8Array): number | undefined {
    const known = this.#devices.get(this.#line.hash);
    return known !== undefined && this.#sameDevices(known.names, bytes) ? known.tap : undefined;
  }

  /** Remembers the tap of the line that was read last. The first line with devices of the same hash keeps it. */
  learn(bytes: Uint8Array, tap: number): void {
    const { named, from, to, hash } = this.#line;
    if (this.#devices.has(hash)) return;
    const devices = Array.from({ length: named }, (_, i) => bytes.subarray(from[i]!, to[i]!));
    const names = new Uint8Array(devices.reduce((sum, { length }) => sum + length + 1, 0)).fill(SPACE);
    let at = 0;
    for (const device of devices) {
      names.set(device, at);
      at += device.length + 1;
    }
    this.#devices.set(hash, { names, tap });
  }

  #sameDevices(names: Uint8Array, bytes: Uint8Array): boolean {
    const { named, from, to } = this.#line;
    let n = 0;
    for (let i = 0; i < named; i++) {
      for (let at = from[i]!; at < to[i]!; at++) if (names[n++] !== bytes[at]) return false;
      if (names[n++] !== SPACE) return false;
    }
    return n === names.length;
  }

  /** Where `literal` ends when it stands at `at`; otherwise -1. */
  #behind({ words, rest, length }: Literal, bytes: Uint8Array, at: number, to: number): number {
    const end = at + length;
    if (end > to) return -1;
    const view = this.#view;
    for (let i = 0; i < words.length; i++) if (view.getInt32(at + 4 * i, true) !== words[i]) return -1;
    for (let i = 0, tail = end - rest.length; i < rest.length; i++) if (bytes[tail + i] !== rest[i]) return -1;
    return end;
  }
}

const SPACE = 32;

function literalOf(text: Uint8Array): Literal {
  const view = new DataView(text.buffer, text.byteOffset, text.byteLength);
  const words = Int32Array.from({ length: text.length >> 2 }, (_, i) => view.getInt32(4 * i, true));
  return { words, rest: text.subarray(4 * words.length), length: text.length };
}
