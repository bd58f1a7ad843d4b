/**
 * A map of addresses that keeps prefixes: two addresses that share their first n bits share the first n bits of their images, and
 * no more. So subnets, masks and longest-prefix matches keep their meaning (the property of Crypto-PAn, Xu et al. 2002).
 *
 * There is no key. The image of an address depends on the order in which addresses were first seen and on which prefixes they
 * share, never on the bits themselves, so nothing can be turned back, and the same report always gives the same images.
 */

/** A prefix as an integer with host bits cleared. */
export interface Network {
  readonly first: bigint;
  readonly length: number;
}

export interface Landmarks {
  /** Address width in bits, 32 or 128. */
  readonly width: number;
  /** Prefixes that map to themselves, such as 10.0.0.0/8: an address stays of its kind. */
  readonly kinds: readonly Network[];
  /** Prefixes in which the lowest and the highest addresses stay the lowest and the highest: `.0`, `.1`, `.255`. */
  readonly networks: readonly Network[];
}

const node = (depth: number, prefix: bigint): string => `${depth}/${prefix.toString(36)}`;

/** Inner nodes of the binary tree whose two halves are not exchanged. */
function unturned({ width, kinds, networks }: Landmarks): Set<string> {
  const out = new Set<string>();
  for (const { first, length } of kinds)
    for (let depth = 0; depth < length; depth++) out.add(node(depth, first >> BigInt(width - depth)));
  for (const { first, length } of networks) {
    let low = first >> BigInt(width - length);
    let high = low;
    for (let depth = length; depth < width; depth++) {
      out.add(node(depth, low));
      out.add(node(depth, high));
      low <<= 1n;
      high = (high << 1n) | 1n;
    }
  }
  return out;
}

/** One bit out of a text (FNV-1a, folded). */
function bitOf(text: string): 0 | 1 {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x45d9f3b);
  return ((hash ^ (hash >>> 13)) & 1) as 0 | 1;
}

export class PrefixMap {
  readonly #width: number;
  readonly #unturned: ReadonlySet<string>;
  /** Whether a node's halves are exchanged; decided when it is first passed. */
  readonly #turned = new Map<string, bigint>();
  readonly #images = new Map<bigint, bigint>();

  /** `variant` chooses among the maps that keep the same prefixes. */
  constructor(
    landmarks: Landmarks,
    private readonly variant: number,
  ) {
    this.#width = landmarks.width;
    this.#unturned = unturned(landmarks);
  }

  /** The image of an address, given and returned as an unsigned integer. */
  of(address: bigint): bigint {
    let image = this.#images.get(address);
    if (image === undefined) {
      image = this.#walk(address);
      this.#images.set(address, image);
    }
    return image;
  }

  #walk(address: bigint): bigint {
    let prefix = 0n;
    let image = 0n;
    for (let depth = 0; depth < this.#width; depth++) {
      const bit = (address >> BigInt(this.#width - 1 - depth)) & 1n;
      image = (image << 1n) | (bit ^ this.#turn(depth, prefix, image, bit));
      prefix = (prefix << 1n) | bit;
    }
    return image;
  }

  #turn(depth: number, prefix: bigint, image: bigint, bit: bigint): bigint {
    const key = node(depth, prefix);
    if (this.#unturned.has(key)) return 0n;
    let turn = this.#turned.get(key);
    if (turn === undefined) {
      turn = bit ^ BigInt(bitOf(`${this.variant}:${node(depth, image)}`));
      this.#turned.set(key, turn);
    }
    return turn;
  }
}

/** Variants that are tried. */
const TRIES = 24;

/**
 * A prefix-preserving map under which, if there is one among those tried, no image is one of the addresses themselves, so that
 * nobody takes a replaced address for the real one.
 */
export function mapApart(landmarks: Landmarks, addresses: readonly bigint[]): PrefixMap {
  const real = new Set(addresses);
  let best: { readonly map: PrefixMap; readonly met: number } | undefined;
  for (let variant = 0; variant < TRIES && best?.met !== 0; variant++) {
    const map = new PrefixMap(landmarks, variant);
    let met = 0;
    for (const address of real) {
      if (real.has(map.of(address)) && ++met >= (best?.met ?? Number.POSITIVE_INFINITY)) break;
    }
    if (best === undefined || met < best.met) best = { map, met };
  }
  return best!.map;
}
