import { canonicalAddress } from '../core/address.js';
import { contains, parsePrefix } from '../core/prefix.js';
import type { Packet } from './journey/packet.js';

/** What a filter says of a packet; undefined where its words, or the packet's unknown fields, leave it open. */
type Answer = boolean | undefined;

/** The header that a filter looks at: the outermost. */
export type Filtered = Pick<Packet, 'family' | 'proto' | 'src' | 'dst' | 'sport' | 'dport' | 'anyPort'>;

const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['ipip', 4],
  ['tcp', 6],
  ['udp', 17],
  ['gre', 47],
  ['esp', 50],
  ['icmp6', 58],
  ['sctp', 132],
]);

const or = (a: Answer, b: Answer): Answer =>
  a === true || b === true ? true : a === false && b === false ? false : undefined;
const and = (a: Answer, b: Answer): Answer => (a === false || b === false ? false : a && b ? true : undefined);
const not = (a: Answer): Answer => (a === undefined ? undefined : !a);

/** What stands before a value, and holds for the next one as well: `host A or B`, `udp port 53 or 54` (pcap-filter(7)). */
interface Qualifiers {
  readonly proto: string | undefined;
  readonly side: 'src' | 'dst' | undefined;
  readonly type: 'host' | 'net' | 'port' | 'proto';
}

/**
 * Whether a capture filter (pcap-filter(7)) lets the packet through: hosts, networks, ports, protocols, and their combinations.
 * Undefined for an expression with anything else in it (`vlan`, byte offsets, lengths, a shell's pipe): then nobody can tell.
 */
export function passesFilter(filter: string | undefined, packet: Filtered): Answer {
  if (filter === undefined) return true;
  const words = filter
    .replace(/['"\\]/g, ' ')
    .replace(/([()!]|&&|\|\|)/g, ' $1 ')
    .trim()
    .split(/\s+/);
  if (words.length > MOST_WORDS) return undefined;
  const reading = new Expression(words, packet);
  const answer = reading.either();
  return reading.isAtEnd ? answer : undefined;
}

/** Longer ones are not typed by hand; each word may open a bracket. */
const MOST_WORDS = 400;

class Expression {
  #at = 0;
  #failed = false;
  #last: Qualifiers | undefined;

  constructor(
    private readonly words: readonly string[],
    private readonly packet: Filtered,
  ) {}

  get isAtEnd(): boolean {
    return this.#at >= this.words.length && !this.#failed;
  }

  /** `and` and `or` bind alike, from left to right. */
  either(): Answer {
    let answer = this.#one();
    for (;;) {
      const word = this.#next(/^(?:or|\|\||and|&&)$/);
      if (word === undefined) return answer;
      const other = this.#one();
      answer = word === 'or' || word === '||' ? or(answer, other) : and(answer, other);
    }
  }

  #next(pattern: RegExp): string | undefined {
    const word = this.words[this.#at];
    if (word === undefined || !pattern.test(word)) return undefined;
    this.#at++;
    return word;
  }

  #one(): Answer {
    if (this.#next(/^(?:not|!)$/) !== undefined) return not(this.#one());
    if (this.#next(/^\($/) === undefined) return this.#primitive();
    const answer = this.either();
    if (this.#next(/^\)$/) === undefined) this.#failed = true;
    return answer;
  }

  #primitive(): Answer {
    const proto = this.#next(/^(?:ip6?|arp|tcp|udp|icmp6?|sctp)$/);
    const side = this.#next(/^(?:src|dst)$/) as 'src' | 'dst' | undefined;
    const type = this.#next(/^(?:host|net|port|proto)$/) as Qualifiers['type'] | undefined;
    if (proto !== undefined && side === undefined && type === undefined) return this.#isProtocol(proto);
    const bare = proto === undefined && side === undefined && type === undefined;
    const qualifiers = bare ? (this.#last ?? { proto, side, type: 'host' }) : { proto, side, type: type ?? 'host' };
    this.#last = qualifiers;
    const value = this.#next(/^[\w.:/-]+$/);
    if (value === undefined || /^(?:or|and|not|src|dst|host|net|port)$/.test(value)) {
      this.#failed = true;
      return undefined;
    }
    const own = qualifiers.proto === undefined ? true : this.#isProtocol(qualifiers.proto);
    return and(own, this.#value(qualifiers, value));
  }

  #isProtocol(word: string): boolean {
    const { family, proto } = this.packet;
    if (word === 'arp') return false;
    if (word === 'ip') return family === 4;
    return word === 'ip6' ? family === 6 : proto === PROTOCOLS.get(word);
  }

  #value({ side, type }: Qualifiers, value: string): Answer {
    const { src, dst, sport, dport, anyPort, proto } = this.packet;
    const both = (from: Answer, to: Answer): Answer => (side === 'src' ? from : side === 'dst' ? to : or(from, to));
    switch (type) {
      case 'proto': {
        const number = /^\d+$/.test(value) ? Number(value) : PROTOCOLS.get(value);
        return number === undefined ? this.#fail() : number === proto;
      }
      case 'port': {
        if (!/^\d+$/.test(value)) return this.#fail();
        const is = (port: number | undefined, open: boolean): Answer =>
          port === undefined
            ? proto === 6 || proto === 17
              ? undefined
              : false
            : open
              ? false
              : port === Number(value);
        return both(is(sport, anyPort === 'sport'), is(dport, anyPort === 'dport'));
      }
      case 'host': {
        const address = canonicalAddress(value);
        if (address === undefined) return value.includes('/') ? this.#within(value, both) : this.#fail();
        const is = (own: string): Answer => (own === '' ? undefined : own === address);
        return both(is(src), is(dst));
      }
      case 'net':
        return this.#within(value, both);
    }
  }

  #within(value: string, both: (from: Answer, to: Answer) => Answer): Answer {
    const prefix = parsePrefix(value.includes('/') ? value : wholeBytes(value));
    if (prefix === undefined) return this.#fail();
    const inside = (own: string): Answer => (own === '' ? undefined : contains(prefix, own));
    return both(inside(this.packet.src), inside(this.packet.dst));
  }

  #fail(): undefined {
    this.#failed = true;
    return undefined;
  }
}

/** `net 10.1` is 10.1.0.0/16. */
function wholeBytes(value: string): string {
  const bytes = value.split('.');
  return `${[...bytes, '0', '0', '0'].slice(0, 4).join('.')}/${bytes.length * 8}`;
}
