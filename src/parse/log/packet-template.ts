import type { AddressTable } from '../../core/address.js';
import type { Frame } from '../../core/frame.js';
import { completeLengths } from './iptables-log.js';

/** What may differ between two lines of one rule. `uptime` and `passed` say nothing of the packet or its tap; `device` is a name. */
export type TemplateField =
  | 'clock'
  | 'boot'
  | 'uptime'
  | 'passed'
  | 'device'
  | 'mac'
  | 'src'
  | 'dst'
  | 'src6'
  | 'dst6'
  | 'ipLen'
  | 'udpLen'
  | 'ttl'
  | 'ipId'
  | 'icmpId'
  | 'sport'
  | 'dport'
  | 'seq'
  | 'icmpSeq'
  | 'ack'
  | 'window';

interface Devices {
  /** Their names, each with a space behind it. */
  readonly names: Uint8Array;
  readonly tap: number;
}

/** Most devices that a line names: IN, OUT, PHYSIN, PHYSOUT. */
const MOST_DEVICES = 4;

/** The beginning of FNV-1a, and its factor. */
const FNV = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * A netfilter log line that was read, apart from what its fields hold. The million lines that one rule writes differ in
 * nothing else; by a template they are read from their bytes, in a tenth of the time. What a line means iptables-log.ts alone
 * decides: here the numbers are put where it put them.
 */
export class PacketTemplate {
  readonly #devices = new Map<number, Devices>();
  /** Where the devices of the line stand that is being read. */
  readonly #from = new Int32Array(MOST_DEVICES);
  readonly #to = new Int32Array(MOST_DEVICES);
  #named = 0;
  #hash = 0;
  /** Behind the field that was read last. */
  #at = 0;

  /**
   * `literals` stand before each field and behind the last one. `frame` holds the packet, before the first line what all lines
   * have in common. `day`: seconds at the midnight of the line's date, on its clock.
   */
  constructor(
    private readonly literals: readonly Uint8Array[],
    private readonly fields: readonly TemplateField[],
    readonly frame: Frame,
    private readonly day: number,
    private readonly addresses: AddressTable,
  ) {}

  /** Reads the line in bytes [from, to) into `frame`; false when it is another line than this, and `frame` is spoiled. */
  read(bytes: Uint8Array, from: number, to: number): boolean {
    this.#named = 0;
    this.#hash = FNV;
    this.frame.payloadLen = -1;
    let at = from;
    for (let i = 0; i < this.fields.length; i++) {
      at = behind(this.literals[i]!, bytes, at, to);
      if (at < 0 || !this.#field(this.fields[i]!, bytes, at, to)) return false;
      at = this.#at;
    }
    if (behind(this.literals[this.fields.length]!, bytes, at, to) !== to) return false;
    completeLengths(this.frame);
    return true;
  }

  /** The tap of the line that was read last; undefined when no line with its devices was `learn`ed. */
  tap(bytes: Uint8Array): number | undefined {
    const known = this.#devices.get(this.#hash);
    return known !== undefined && this.#sameDevices(known.names, bytes) ? known.tap : undefined;
  }

  /** Remembers the tap of the line that was read last. The first line with devices of the same hash keeps it. */
  learn(bytes: Uint8Array, tap: number): void {
    const names: number[] = [];
    for (let i = 0; i < this.#named; i++) names.push(...bytes.subarray(this.#from[i]!, this.#to[i]!), SPACE);
    if (!this.#devices.has(this.#hash)) this.#devices.set(this.#hash, { names: Uint8Array.from(names), tap });
  }

  #sameDevices(names: Uint8Array, bytes: Uint8Array): boolean {
    let n = 0;
    for (let i = 0; i < this.#named; i++) {
      for (let at = this.#from[i]!; at < this.#to[i]!; at++) if (names[n++] !== bytes[at]) return false;
      if (names[n++] !== SPACE) return false;
    }
    return n === names.length;
  }

  #field(field: TemplateField, bytes: Uint8Array, at: number, to: number): boolean {
    const frame = this.frame;
    switch (field) {
      case 'clock':
        return this.#clock(bytes, at, to);
      case 'boot':
      case 'uptime':
        return this.#boot(field, bytes, at, to);
      case 'passed':
        this.#at = wordEnd(bytes, at, to);
        return true;
      case 'device':
        return this.#device(bytes, at, to);
      case 'mac':
        frame.macDst = mac(bytes, at, to);
        frame.macSrc = mac(bytes, at + MAC_LENGTH + 1, to);
        this.#at = at + 2 * MAC_LENGTH + 1;
        return frame.macDst >= 0 && frame.macSrc >= 0 && bytes[at + MAC_LENGTH] === COLON;
      case 'src':
        frame.src = this.#address(bytes, at, to);
        return frame.src > 0;
      case 'dst':
        frame.dst = this.#address(bytes, at, to);
        return frame.dst > 0;
      case 'src6':
        frame.src = this.#address6(bytes, at, to);
        return frame.src > 0;
      case 'dst6':
        frame.dst = this.#address6(bytes, at, to);
        return frame.dst > 0;
      case 'udpLen': {
        const length = this.#number(bytes, at, to);
        frame.payloadLen = length >= UDP_HEADER ? length - UDP_HEADER : -1;
        return length >= 0;
      }
      default: {
        const value = this.#number(bytes, at, to);
        frame[field] = value;
        return value >= 0;
      }
    }
  }

  /** 1 to 10 digits. */
  #number(bytes: Uint8Array, at: number, to: number): number {
    let value = 0;
    let end = at;
    for (; end < to; end++) {
      const digit = bytes[end]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.#at = end;
    return end === at || end - at > 10 ? -1 : value;
  }

  #address(bytes: Uint8Array, at: number, to: number): number {
    let value = 0;
    let start = at;
    for (let part = 0; part < 4; part++) {
      const byte = this.#number(bytes, start, to);
      const digits = this.#at - start;
      if (byte < 0 || byte > 255 || digits > 3 || (digits > 1 && bytes[start] === ZERO)) return 0;
      value = value * 256 + byte;
      if (part < 3 && bytes[this.#at] !== DOT) return 0;
      start = this.#at + 1;
    }
    return this.addresses.intern4(value);
  }

  #address6(bytes: Uint8Array, at: number, to: number): number {
    this.#at = wordEnd(bytes, at, to);
    const text = String.fromCharCode(...bytes.subarray(at, Math.min(this.#at, at + LONGEST_ADDRESS)));
    return text.includes(':') ? this.addresses.internText(text) : 0;
  }

  #device(bytes: Uint8Array, at: number, to: number): boolean {
    const end = wordEnd(bytes, at, to);
    let hash = this.#hash;
    for (let i = at; i < end; i++) {
      if (bytes[i] === EQUALS) return false;
      hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME);
    }
    this.#hash = Math.imul(hash ^ SPACE, FNV_PRIME);
    this.#from[this.#named] = at;
    this.#to[this.#named++] = end;
    this.#at = end;
    return true;
  }

  /** `08:53:20`, with a fraction or without. */
  #clock(bytes: Uint8Array, at: number, to: number): boolean {
    if (at + CLOCK_LENGTH > to) return false;
    const hours = twoDigits(bytes, at);
    const minutes = twoDigits(bytes, at + 3);
    const seconds = twoDigits(bytes, at + 6);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0) return false;
    if (bytes[at + 2] !== COLON || bytes[at + 5] !== COLON) return false;
    this.frame.sec = this.day + hours * 3600 + minutes * 60 + seconds;
    this.#at = at + CLOCK_LENGTH;
    this.frame.nsec = 0;
    if (bytes[this.#at] !== DOT) return true;
    const fraction = this.#number(bytes, this.#at + 1, to);
    const digits = this.#at - (at + CLOCK_LENGTH + 1);
    this.frame.nsec = fraction * 10 ** (9 - digits);
    return fraction >= 0 && digits <= 9;
  }

  /** ` 4000.000001`, padded with spaces; never in the middle of a longer number. */
  #boot(field: 'boot' | 'uptime', bytes: Uint8Array, at: number, to: number): boolean {
    let start = at;
    while (bytes[start] === SPACE) start++;
    const seconds = this.#number(bytes, start, to);
    const dot = this.#at;
    if (start - at > 11 || seconds < 0 || dot - start > 8 || bytes[dot] !== DOT) return false;
    const micros = this.#number(bytes, dot + 1, to);
    if (micros < 0 || this.#at - dot !== 7) return false;
    if (field === 'boot') {
      this.frame.sec = seconds;
      this.frame.nsec = micros * 1000;
    }
    return true;
  }
}

const SPACE = 32;
const DOT = 46;
const ZERO = 48;
const COLON = 58;
const EQUALS = 61;
const CLOCK_LENGTH = 8;
/** Characters of the longest address, and one that shows that it is longer. */
const LONGEST_ADDRESS = 46;
const MAC_LENGTH = 17;
const UDP_HEADER = 8;

/** Where `literal` ends when it stands at `at`; otherwise -1. */
function behind(literal: Uint8Array, bytes: Uint8Array, at: number, to: number): number {
  const end = at + literal.length;
  if (end > to) return -1;
  for (let i = 0; i < literal.length; i++) if (bytes[at + i] !== literal[i]) return -1;
  return end;
}

function wordEnd(bytes: Uint8Array, at: number, to: number): number {
  let end = at;
  while (end < to && bytes[end] !== SPACE) end++;
  return end;
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
}

/** Six bytes of two hexadecimal digits with colons between; -1 when it is something else. */
function mac(bytes: Uint8Array, at: number, to: number): number {
  if (at + MAC_LENGTH > to) return -1;
  let value = 0;
  for (let i = 0; i < 6; i++) {
    const high = hex(bytes[at + 3 * i]!);
    const low = hex(bytes[at + 3 * i + 1]!);
    if (high < 0 || low < 0 || (i < 5 && bytes[at + 3 * i + 2] !== COLON)) return -1;
    value = value * 256 + high * 16 + low;
  }
  return value;
}

function hex(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 0x20;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
