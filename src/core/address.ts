/**
 * Addresses, interned once for a whole run: packets carry a small number, the text is made only for reports.
 * IPv4 and IPv6 alike; id 0 means "no address".
 */

const FIRST_CAPACITY = 1024;
/** Addresses that are told apart in one run, and those of IPv6 among them: some 20 bytes each, and some 300. */
export const MOST_ADDRESSES = { all: 1_000_000, v6: 200_000 } as const;

/** Parses a dotted-quad IPv4 address to its 32-bit value, or -1. Leading zeros are refused (RFC 6943 3.1.1). */
export function parseIpv4(text: string): number {
  let value = 0;
  let parts = 0;
  let digits = 0;
  let part = 0;
  for (let i = 0; i <= text.length; i++) {
    const c = i === text.length ? 46 : text.charCodeAt(i);
    if (c === 46) {
      if (digits === 0 || part > 255 || parts === 4) return -1;
      value = value * 256 + part;
      parts++;
      digits = 0;
      part = 0;
    } else if (c >= 48 && c <= 57) {
      if (digits > 0 && part === 0) return -1;
      part = part * 10 + (c - 48);
      if (++digits > 3) return -1;
    } else return -1;
  }
  return parts === 4 ? value : -1;
}

/** Prints a 32-bit value as a dotted quad. */
export function formatIpv4(value: number): string {
  return `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** Parses an IPv6 address (RFC 4291 2.2, an embedded dotted quad and a %zone allowed) to 16 bytes, or undefined. */
export function parseIpv6(text: string): Uint8Array | undefined {
  const zone = text.indexOf('%');
  let body = zone >= 0 ? text.slice(0, zone) : text;
  if (body.length < 2 || body.length > 45 || !body.includes(':')) return undefined;
  const lastColon = body.lastIndexOf(':');
  if (body.includes('.')) {
    const v4 = parseIpv4(body.slice(lastColon + 1));
    if (v4 < 0) return undefined;
    body = `${body.slice(0, lastColon + 1)}${(v4 >>> 16).toString(16)}:${(v4 & 0xffff).toString(16)}`;
  }
  const halves = body.split('::');
  if (halves.length > 2) return undefined;
  const head = halves[0] === '' ? [] : halves[0]!.split(':');
  const tail = halves.length < 2 || halves[1] === '' ? [] : halves[1]!.split(':');
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<string>(halves.length === 2 ? missing : 0).fill('0'), ...tail];
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 8; i++) {
    const group = groups[i]!;
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes[2 * i] = value >>> 8;
    bytes[2 * i + 1] = value & 255;
  }
  return bytes;
}

/** Prints 16 bytes in the canonical form of RFC 5952. */
export function formatIpv6(bytes: Uint8Array, at = 0): string {
  const groups: number[] = [];
  for (let i = 0; i < 8; i++) groups.push((bytes[at + 2 * i]! << 8) | bytes[at + 2 * i + 1]!);
  let best = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let j = i;
    while (j < 8 && groups[j] === 0) j++;
    if (j - i > bestLength) {
      best = i;
      bestLength = j - i;
    }
    if (j > i) i = j;
  }
  const hex = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((g) => g.toString(16))
      .join(':');
  if (best < 0) return hex(0, 8);
  return `${hex(0, best)}::${hex(best + bestLength, 8)}`;
}

/** Canonical text of an IPv4 or IPv6 address, or undefined when the text is neither. */
export function canonicalAddress(text: string): string | undefined {
  if (parseIpv4(text) >= 0) return text;
  const bytes = parseIpv6(text);
  return bytes === undefined ? undefined : formatIpv6(bytes);
}

/** 4, 6, or undefined when the text is no address. */
export function familyOf(text: string): 4 | 6 | undefined {
  if (parseIpv4(text) >= 0) return 4;
  return parseIpv6(text) === undefined ? undefined : 6;
}

const key6 = (bytes: Uint8Array, at: number): string => {
  let key = '';
  for (let i = 0; i < 16; i += 2) key += String.fromCharCode((bytes[at + i]! << 8) | bytes[at + i + 1]!);
  return key;
};

/**
 * Every distinct address of a run, numbered from 1 in order of first sight. Beyond `MOST_ADDRESSES` what is new gets 0, as if it had
 * not been readable.
 */
export class AddressTable {
  #slots = new Int32Array(FIRST_CAPACITY * 2);
  #v4 = new Uint32Array(FIRST_CAPACITY);
  #is6 = new Uint8Array(FIRST_CAPACITY);
  #v6 = new Map<string, number>();
  #texts6 = new Map<number, string>();
  #size = 1;
  /** How often an address got 0 because there were too many. */
  refused = 0;

  /** One more than the highest id handed out. */
  get size(): number {
    return this.#size;
  }

  /** Id of an IPv4 address given as an unsigned 32-bit number. */
  intern4(value: number): number {
    const v = value >>> 0;
    const mask = this.#slots.length - 1;
    let slot = (Math.imul(v, 0x9e3779b1) >>> 7) & mask;
    for (;;) {
      const id = this.#slots[slot]!;
      if (id === 0) break;
      if (this.#v4[id] === v) return id;
      slot = (slot + 1) & mask;
    }
    if (this.#size > MOST_ADDRESSES.all) return this.#refuse();
    const id = this.#add();
    this.#v4[id] = v;
    if (this.#size * 2 > this.#slots.length) this.#rehash();
    else this.#slots[slot] = id;
    return id;
  }

  /** Id of the IPv6 address in the 16 bytes at `at`. An IPv4-mapped address stays IPv6. */
  intern6(bytes: Uint8Array, at: number): number {
    const key = key6(bytes, at);
    let id = this.#v6.get(key);
    if (id === undefined) {
      if (this.#size > MOST_ADDRESSES.all || this.#v6.size >= MOST_ADDRESSES.v6) return this.#refuse();
      id = this.#add();
      this.#is6[id] = 1;
      this.#v6.set(key, id);
      this.#texts6.set(id, formatIpv6(bytes, at));
    }
    return id;
  }

  /** Id of an address given as text, or 0 when the text is no address. */
  internText(text: string): number {
    const v4 = parseIpv4(text);
    if (v4 >= 0) return this.intern4(v4);
    const v6 = parseIpv6(text);
    return v6 === undefined ? 0 : this.intern6(v6, 0);
  }

  /** Id of an address given as text; undefined when the text is no address, or one that was never interned. */
  findText(text: string): number | undefined {
    const v4 = parseIpv4(text);
    if (v4 >= 0) return this.#find4(v4 >>> 0);
    const v6 = parseIpv6(text);
    return v6 === undefined ? undefined : this.#v6.get(key6(v6, 0));
  }

  /** The canonical text of an id; the empty string for 0. */
  text(id: number): string {
    if (id <= 0 || id >= this.#size) return '';
    return this.#is6[id] === 1 ? this.#texts6.get(id)! : formatIpv4(this.#v4[id]!);
  }

  #find4(v: number): number | undefined {
    const mask = this.#slots.length - 1;
    for (let slot = (Math.imul(v, 0x9e3779b1) >>> 7) & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot]!;
      if (id === 0) return undefined;
      if (this.#v4[id] === v) return id;
    }
  }

  /** 4 or 6; 0 for id 0. */
  family(id: number): 0 | 4 | 6 {
    if (id <= 0 || id >= this.#size) return 0;
    return this.#is6[id] === 1 ? 6 : 4;
  }

  #refuse(): number {
    this.refused++;
    return 0;
  }

  #add(): number {
    const id = this.#size++;
    if (id >= this.#v4.length) {
      const v4 = new Uint32Array(this.#v4.length * 2);
      v4.set(this.#v4);
      this.#v4 = v4;
      const is6 = new Uint8Array(this.#is6.length * 2);
      is6.set(this.#is6);
      this.#is6 = is6;
    }
    return id;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let id = 1; id < this.#size; id++) {
      if (this.#is6[id] === 1) continue;
      let slot = (Math.imul(this.#v4[id]!, 0x9e3779b1) >>> 7) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = id;
    }
  }
}
