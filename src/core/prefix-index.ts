import { addressValue, type Prefix } from './prefix.js';

interface Level<T> {
  readonly family: 4 | 6;
  readonly length: number;
  readonly shift: bigint;
  /** By the leading bits. */
  readonly entries: Map<bigint, T[]>;
}

/** Prefixes by their length, for clusters whose every node knows every other node's: one look per length that occurs. */
export class PrefixIndex<T extends { readonly prefix: Prefix }> {
  readonly #levels: readonly Level<T>[];

  constructor(entries: readonly T[]) {
    const levels = new Map<string, Level<T>>();
    for (const entry of entries) {
      const { family, length, first } = entry.prefix;
      const key = `${family} ${length}`;
      const level = levels.get(key) ?? {
        family,
        length,
        shift: BigInt((family === 4 ? 32 : 128) - length),
        entries: new Map<bigint, T[]>(),
      };
      levels.set(key, level);
      const bits = first >> level.shift;
      const known = level.entries.get(bits);
      if (known === undefined) level.entries.set(bits, [entry]);
      else known.push(entry);
    }
    this.#levels = [...levels.values()].sort((a, b) => b.length - a.length);
  }

  /** The accepted entry with the longest prefix that contains the address; of equal ones the first that was given. */
  longest(address: string, accept: (entry: T) => boolean): T | undefined {
    const own = addressValue(address);
    if (own === undefined) return undefined;
    for (const { family, shift, entries } of this.#levels) {
      if (family !== own.family) continue;
      const found = entries.get(own.value >> shift)?.find(accept);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
