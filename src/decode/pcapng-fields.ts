import { fileU32 } from './bytes.js';

/** The numbers and options of a pcapng section, in the byte order that its header tells. Walking options makes no objects. */
export class PcapngFields {
  little = false;
  /** Code and length of the option that `option` found last. */
  code = 0;
  length = 0;

  u16(bytes: Uint8Array, at: number): number {
    return this.little ? bytes[at]! | (bytes[at + 1]! << 8) : (bytes[at]! << 8) | bytes[at + 1]!;
  }

  u32(bytes: Uint8Array, at: number): number {
    return fileU32(bytes, at, this.little);
  }

  /** Reads an option header at `at`; position of the value, or -1 when there is no more. */
  option(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < 4) return -1;
    const code = this.u16(bytes, at);
    const length = this.u16(bytes, at + 2);
    if (code === 0 || length > end - at - 4) return -1;
    this.code = code;
    this.length = length;
    return at + 4;
  }

  /** Where the next option starts after the value at `at`. */
  after(at: number): number {
    return at + this.length + ((4 - (this.length & 3)) & 3);
  }

  u64(bytes: Uint8Array, at: number): number {
    const first = this.u32(bytes, at);
    const second = this.u32(bytes, at + 4);
    return this.little ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second;
  }

  text(bytes: Uint8Array, at: number, length = this.length): string {
    const text = new TextDecoder().decode(bytes.subarray(at, at + length));
    const nul = text.indexOf('\0');
    return nul >= 0 ? text.slice(0, nul) : text;
  }
}
