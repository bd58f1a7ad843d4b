import { addressValue, type Prefix } from './prefix.js';

interface Level {
  readonly family: 4 | 6;
  readonly length: number;
  /** Where its entries stand in the order: from, and one behind. */
  readonly from: number;
  to: number;
}

/**
 * Prefixes in the order of their length and first address, for clusters whose every node knows every other node's and for routers
 * with a million: a search by halves for each length that occurs. Beside the entries it keeps four bytes for each.
 */
export class PrefixIndex<T extends { readonly prefix: Prefix }> {
  readonly #order: Uint32Array;
  readonly #levels: Level[] = [];

  constructor(private readonly entries: readonly T[]) {
    this.#order = Uint32Array.from(entries, (_, at) => at).sort(
      (a, b) => byLength(entries[a]!.prefix, entries[b]!.prefix) || a - b,
    );
    for (let at = 0; at < this.#order.length; at++) {
      const { family, length } = this.#at(at).prefix;
      const open = this.#levels.at(-1);
      if (open?.family === family && open.length === length) open.to = at + 1;
      else this.#levels.push({ family, length, from: at, to: at + 1 });
    }
  }

  /** The accepted entry with the longest prefix that contains the address; of equal ones the first that was given. */
  longest(address: string, accept: (entry: T) => boolean): T | undefined {
    for (const entry of this.holding(address)) if (accept(entry)) return entry;
    return undefined;
  }

  /** Entries whose prefix contains the address, the longest first, those of one prefix in the order in which they were given. */
  *holding(address: string): Generator<T> {
    const own = addressValue(address);
    if (own !== undefined)
      yield* this.covering({ family: own.family, first: own.value, length: own.family === 4 ? 32 : 128 });
  }

  /** Entries whose prefix contains the whole of this one, in the same order. */
  *covering(inner: Prefix): Generator<T> {
    for (const { family, length, from, to } of this.#levels) {
      if (family !== inner.family || length > inner.length) continue;
      const shift = BigInt((family === 4 ? 32 : 128) - length);
      const first = (inner.first >> shift) << shift;
      for (let at = this.#search(first, from, to); at < to && this.#at(at).prefix.first === first; at++)
        yield this.#at(at);
    }
  }

  /** Entries whose prefix lies in this one, in the order in which they were given. */
  within(outer: Prefix): readonly T[] {
    const end = outer.first + (1n << BigInt((outer.family === 4 ? 32 : 128) - outer.length));
    const found: number[] = [];
    for (const { family, length, from, to } of this.#levels) {
      if (family !== outer.family || length < outer.length) continue;
      for (let at = this.#search(outer.first, from, to); at < to && this.#at(at).prefix.first < end; at++)
        found.push(this.#order[at]!);
    }
    return found.sort((a, b) => a - b).map((place) => this.entries[place]!);
  }

  /** The first place from which on no entry is below. */
  #search(first: bigint, from: number, to: number): number {
    let [low, high] = [from, to];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#at(middle).prefix.first < first) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #at(place: number): T {
    return this.entries[this.#order[place]!]!;
  }
}

/** Longer first; of one length by family and address. */
const byLength = (a: Prefix, b: Prefix): number => {
  if (a.length !== b.length) return b.length - a.length;
  if (a.family !== b.family) return a.family - b.family;
  return a.first < b.first ? -1 : a.first > b.first ? 1 : 0;
};
