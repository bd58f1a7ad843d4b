import { isIPv6 } from 'node:net';

/** Wrong tries that cost nothing: people mistype. */
const FREE = 3;
/** Milliseconds that the answer to the first slowed try waits; each further one doubles it, up to LONGEST. */
const FIRST = 500;
const LONGEST = 8000;
/** Slowed answers to one address at a time: more would be tried in parallel instead of one after another. */
const AT_ONCE = 4;
/** Milliseconds after which an address is forgotten, and how many are remembered. */
const MEMORY = 15 * 60_000;
const MOST = 10_000;

interface Record {
  failures: number;
  waiting: number;
  last: number;
}

/** Whose address it is: one customer of an IPv6 provider has a /64 (RFC 6177) to try from. */
export function holderOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = (part: string): string[] => part.split(':').filter((group) => group !== '');
  const known = groups(head);
  const zeros = tail === undefined ? 0 : 8 - known.length - groups(tail).length;
  return [...known, ...Array<string>(zeros).fill('0'), ...groups(tail ?? '')].slice(0, 4).join(':');
}

/**
 * Slows guessing down, per address. Only the answer to a wrong try waits, so whoever has the token is never slowed by
 * others behind the same address, unless these fill all the places for waiting.
 */
export class Tries {
  readonly #records = new Map<string, Record>();

  /** True when the address has so many answers waiting that nothing more is compared for it. */
  full(address: string): boolean {
    return (this.#records.get(holderOf(address))?.waiting ?? 0) >= AT_ONCE;
  }

  /** Counts a wrong try; resolves when it may be answered. */
  async wrong(address: string): Promise<void> {
    const record = this.#record(holderOf(address));
    record.failures++;
    record.last = Date.now();
    const slowed = record.failures - FREE;
    if (slowed <= 0) return;
    record.waiting++;
    try {
      await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST, FIRST * 2 ** (slowed - 1))).unref());
    } finally {
      record.waiting--;
    }
  }

  #record(holder: string): Record {
    const now = Date.now();
    const known = this.#records.get(holder);
    if (known !== undefined && now - known.last < MEMORY) return known;
    if (this.#records.size >= MOST) {
      for (const [other, { last, waiting }] of this.#records)
        if (waiting === 0 && (now - last >= MEMORY || this.#records.size >= MOST)) this.#records.delete(other);
    }
    const fresh = { failures: 0, waiting: 0, last: now };
    this.#records.set(holder, fresh);
    return fresh;
  }
}
