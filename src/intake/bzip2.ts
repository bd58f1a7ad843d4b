/**
 * bzip2, as bzip2 1.0.8 decompresses it (the format has no specification but its source). Our own because the
 * packages for it decompress whole files, or hold every block of a buffer at once: a bomb of 200 bytes is then an
 * exhausted machine. Here one block is decoded at a time and its runs are expanded as they are read.
 */
import type { Bytes } from './bytes.js';

const BLOCK_MAGIC_HIGH = 0x314159;
const BLOCK_MAGIC_LOW = 0x265359;
const END_MAGIC_HIGH = 0x177245;
const END_MAGIC_LOW = 0x385090;
/** Symbols decoded with one Huffman table before the next is chosen. */
const GROUP = 50;
const MAX_CODE_LENGTH = 20;
/** Codes of up to this many bits are looked up at once. */
const FAST_BITS = 10;
const OUTPUT = 256 * 1024;
/** More than a block's tables can take: 18002 selectors, 6 tables of 258 code lengths with every detour. */
const TABLE_BYTES = 64 * 1024;

const CRC = new Int32Array(256);
for (let i = 0; i < 256; i++) {
  let c = i << 24;
  for (let bit = 0; bit < 8; bit++) c = c < 0 ? (c << 1) ^ 0x04c11db7 : c << 1;
  CRC[i] = c;
}

/** Bits of the input, most significant first. Blocks are decoded synchronously from what `fill` has gathered. */
class Bits {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #hold = 0;
  #count = 0;
  #ended = false;
  readonly #source: AsyncIterator<Uint8Array>;

  constructor(source: Bytes) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Gathers at least `want` bytes, fewer only when the input ends. */
  async fill(want: number): Promise<void> {
    while (!this.#ended && this.#end - this.#at < want) {
      const { done, value } = await this.#source.next();
      if (done === true) {
        this.#ended = true;
        return;
      }
      const left = this.#end - this.#at;
      if (this.#end + value.length > this.#bytes.length) {
        const bytes = new Uint8Array(Math.max(want, left + value.length) + 2 * value.length);
        bytes.set(this.#bytes.subarray(this.#at, this.#end));
        this.#bytes = bytes;
        this.#at = 0;
        this.#end = left;
      }
      this.#bytes.set(value, this.#end);
      this.#end += value.length;
    }
  }

  get empty(): boolean {
    return this.#at >= this.#end;
  }

  /** The next `n` bits, 1..24. */
  take(n: number): number {
    while (this.#count < n) this.#byte();
    this.#count -= n;
    return (this.#hold >>> this.#count) & ((1 << n) - 1);
  }

  /** The next `n` bits without taking them; zeros stand for what lies beyond the end. */
  look(n: number): number {
    while (this.#count < n && this.#at < this.#end) this.#byte();
    const mask = (1 << n) - 1;
    return this.#count >= n ? (this.#hold >>> (this.#count - n)) & mask : (this.#hold << (n - this.#count)) & mask;
  }

  /** Takes bits that were looked at. */
  skip(n: number): void {
    if (n > this.#count) throw new Error('cut');
    this.#count -= n;
  }

  /** To the next whole byte. */
  align(): void {
    this.#count -= this.#count % 8;
  }

  #byte(): void {
    if (this.#at >= this.#end) throw new Error('cut');
    this.#hold = (this.#hold << 8) | this.#bytes[this.#at++]!;
    this.#count += 8;
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

/** A canonical Huffman code. */
class Code {
  /** length << 9 | symbol for every value of the next FAST_BITS bits, 0 where the code is longer. */
  readonly #fast = new Uint16Array(1 << FAST_BITS);
  /** Per length: first code that is too large for it, left-aligned to MAX_CODE_LENGTH; what to add to get the index. */
  readonly #limit = new Int32Array(MAX_CODE_LENGTH + 2);
  readonly #base = new Int32Array(MAX_CODE_LENGTH + 2);
  readonly #symbols: Uint16Array;

  constructor(lengths: Uint8Array) {
    this.#symbols = new Uint16Array(lengths.length);
    let code = 0;
    let index = 0;
    for (let length = 1; length <= MAX_CODE_LENGTH; length++) {
      this.#base[length] = index - code;
      for (let symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] !== length) continue;
        if (length <= FAST_BITS) {
          const from = code << (FAST_BITS - length);
          this.#fast.fill((length << 9) | symbol, from, from + (1 << (FAST_BITS - length)));
        }
        this.#symbols[index++] = symbol;
        code++;
      }
      this.#limit[length] = code << (MAX_CODE_LENGTH - length);
      code <<= 1;
    }
  }

  next(bits: Bits): number {
    const seen = bits.look(MAX_CODE_LENGTH);
    const entry = this.#fast[seen >>> (MAX_CODE_LENGTH - FAST_BITS)]!;
    if (entry !== 0) {
      bits.skip(entry >>> 9);
      return entry & 511;
    }
    for (let length = 1; length <= MAX_CODE_LENGTH; length++) {
      if (seen >= this.#limit[length]!) continue;
      bits.skip(length);
      const symbol = this.#symbols[(seen >>> (MAX_CODE_LENGTH - length)) + this.#base[length]!];
      if (symbol === undefined) break;
      return symbol;
    }
    throw new Error('damaged Huffman code');
  }
}

/** Takes `index` out of a move-to-front list and puts it in front. */
function toFront(list: Uint8Array, index: number): number {
  const value = list[index]!;
  list.copyWithin(1, 0, index);
  list[0] = value;
  return value;
}

/** The byte values that occur in the block, ascending. */
function readAlphabet(bits: Bits): Uint8Array {
  const ranges = bits.take(16);
  const used: number[] = [];
  for (let range = 0; range < 16; range++) {
    if ((ranges & (0x8000 >>> range)) === 0) continue;
    const members = bits.take(16);
    for (let i = 0; i < 16; i++) if ((members & (0x8000 >>> i)) !== 0) used.push(range * 16 + i);
  }
  if (used.length === 0) throw new Error('block without bytes');
  return Uint8Array.from(used);
}

/** Which table each group of symbols uses, and the tables. */
function readCodes(bits: Bits, symbols: number): { readonly codes: readonly Code[]; readonly selectors: Uint8Array } {
  const tables = bits.take(3);
  const count = bits.take(15);
  if (tables < 2 || tables > 6 || count < 1) throw new Error('damaged tables');
  const order = Uint8Array.from({ length: tables }, (_, i) => i);
  const selectors = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    let index = 0;
    while (bits.take(1) === 1) if (++index >= tables) throw new Error('damaged selectors');
    selectors[i] = toFront(order, index);
  }
  const codes: Code[] = [];
  for (let table = 0; table < tables; table++) {
    const lengths = new Uint8Array(symbols);
    let length = bits.take(5);
    for (let symbol = 0; symbol < symbols; symbol++) {
      for (;;) {
        if (length < 1 || length > MAX_CODE_LENGTH) throw new Error('damaged code lengths');
        if (bits.take(1) === 0) break;
        length += bits.take(1) === 0 ? 1 : -1;
      }
      lengths[symbol] = length;
    }
    codes.push(new Code(lengths));
  }
  return { codes, selectors };
}

/** Reads a block's symbols into `block` (the last column of the sorted rotations) and returns how many there are. */
function readSymbols(bits: Bits, block: Uint32Array): number {
  const list = readAlphabet(bits);
  const end = list.length + 1;
  const { codes, selectors } = readCodes(bits, list.length + 2);
  let size = 0;
  let run = 0;
  let weight = 1;
  for (let group = 0; group < selectors.length; group++) {
    const code = codes[selectors[group]!]!;
    for (let i = 0; i < GROUP; i++) {
      const symbol = code.next(bits);
      if (symbol <= 1) {
        // RUNA and RUNB: the length of a run in bijective base 2, least significant digit first.
        run += weight << symbol;
        weight <<= 1;
        if (run > block.length) throw new Error('run longer than the block');
        continue;
      }
      if (run > 0) {
        if (size + run > block.length) throw new Error('block longer than announced');
        block.fill(list[0]!, size, size + run);
        size += run;
        run = 0;
        weight = 1;
      }
      if (symbol === end) return size;
      if (size >= block.length) throw new Error('block longer than announced');
      block[size++] = toFront(list, symbol - 1);
    }
  }
  throw new Error('block without end');
}

/** Undoes the sorting: afterwards the upper 24 bits of each entry lead to the next. */
function link(block: Uint32Array, size: number): void {
  const starts = new Uint32Array(256);
  for (let i = 0; i < size; i++) starts[block[i]! & 255]!++;
  let sum = 0;
  for (let value = 0; value < 256; value++) {
    const count = starts[value]!;
    starts[value] = sum;
    sum += count;
  }
  for (let i = 0; i < size; i++) {
    const at = starts[block[i]! & 255]!++;
    block[at] = (block[at]! | (i << 8)) >>> 0;
  }
}

/** Walks the links and expands runs (four equal bytes are followed by how many more there are). Verifies the CRC. */
function* expand(block: Uint32Array, size: number, origin: number, crcWanted: number): Generator<Uint8Array> {
  let out = new Uint8Array(OUTPUT);
  let length = 0;
  let crc = -1;
  let position = block[origin]! >>> 8;
  let same = 0;
  let previous = -1;
  for (let i = 0; i < size; i++) {
    const entry = block[position]!;
    const value = entry & 255;
    position = entry >>> 8;
    let times = 1;
    let byte = value;
    if (same === 4) {
      times = value;
      byte = previous;
      same = 0;
      previous = -1;
    } else if (value === previous) same++;
    else {
      same = 1;
      previous = value;
    }
    for (; times > 0; times--) {
      out[length++] = byte;
      crc = (crc << 8) ^ CRC[(crc >>> 24) ^ byte]!;
      if (length === OUTPUT) {
        yield out;
        out = new Uint8Array(OUTPUT);
        length = 0;
      }
    }
  }
  if (length > 0) yield out.subarray(0, length);
  if (~crc !== (crcWanted | 0)) throw new Error('checksum of a block is wrong');
}

/** Decompresses; streams one after another are one. Throws where the stream is damaged or cut, after what comes before. */
export async function* bunzip2(source: Bytes): AsyncGenerator<Uint8Array> {
  const bits = new Bits(source);
  try {
    for (let first = true; ; first = false) {
      await bits.fill(4);
      if (bits.empty && !first) return;
      const magic = bits.take(24);
      const level = bits.take(8) - 0x30;
      if (magic !== 0x425a68 || level < 1 || level > 9) {
        // What follows a whole stream and is no stream is ignored, as bzip2 does.
        if (!first) return;
        throw new Error('no bzip2 stream');
      }
      const block = new Uint32Array(level * 100_000);
      for (;;) {
        await bits.fill(TABLE_BYTES + (block.length * MAX_CODE_LENGTH) / 8);
        const high = bits.take(24);
        const low = bits.take(24);
        const crc = (bits.take(16) << 16) | bits.take(16);
        if (high === END_MAGIC_HIGH && low === END_MAGIC_LOW) break;
        if (high !== BLOCK_MAGIC_HIGH || low !== BLOCK_MAGIC_LOW) throw new Error('damaged block');
        if (bits.take(1) === 1) throw new Error('randomised block of bzip2 0.9.0');
        const origin = bits.take(24);
        const size = readSymbols(bits, block);
        if (origin >= size) throw new Error('damaged block');
        link(block, size);
        yield* expand(block, size, origin, crc);
      }
      bits.align();
    }
  } finally {
    await bits.close();
  }
}
