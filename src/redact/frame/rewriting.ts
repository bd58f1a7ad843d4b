import { u32 } from '../../decode/bytes.js';
import { type Covered, carriedOver } from './checksum.js';

/** What stands for the addresses of frames: the same as in the texts of the report. */
export interface Images {
  readonly ip4: (address: number) => number;
  /** 16 bytes for 16 bytes. */
  readonly ip6: (address: Uint8Array) => Uint8Array;
  /** Lower case, with colons. */
  readonly mac: (address: string) => string;
}

/**
 * How far a frame is understood: what is behind the offset may hold names and is cut off. Undefined when something within cannot
 * be understood and cannot be cut off, so that the frame has to stay away.
 */
export type Understood = number | undefined;

/** A frame while its addresses are replaced. */
export class Rewriting {
  readonly #after: Uint8Array;
  readonly #checksums: Covered[] = [];

  /** `bytes`: as captured; they stay as they are. */
  constructor(
    readonly bytes: Uint8Array,
    private readonly images: Images,
  ) {
    // Not `slice`: of a Buffer that is no copy.
    this.#after = new Uint8Array(bytes);
  }

  ip4(at: number): void {
    const image = this.images.ip4(u32(this.bytes, at));
    for (let i = 0; i < 4; i++) this.#after[at + i] = image >>> (24 - 8 * i);
  }

  ip6(at: number): void {
    this.#after.set(this.images.ip6(this.bytes.subarray(at, at + 16)), at);
  }

  mac(at: number): void {
    const octets = [...this.bytes.subarray(at, at + 6)].map((octet) => octet.toString(16).padStart(2, '0'));
    const image = this.images.mac(octets.join(':')).split(':');
    for (const [i, octet] of image.entries()) this.#after[at + i] = Number.parseInt(octet, 16);
  }

  /** Takes bytes out that say nothing to the reader. */
  blank(from: number, to: number): void {
    this.#after.fill(0, from, to);
  }

  /** To be called for envelopes before what is in them. */
  checksum(covered: Covered): void {
    this.#checksums.push(covered);
  }

  /** The frame up to there, each checksum as right or as wrong as it was. */
  upTo(end: number): Uint8Array {
    // Those of envelopes cover those within.
    for (const covered of this.#checksums.reverse()) {
      const value = carriedOver(this.bytes, this.#after, covered);
      this.#after[covered.field] = value >>> 8;
      this.#after[covered.field + 1] = value & 255;
    }
    return this.#after.slice(0, end);
  }
}
