import type { AddressTable } from '../../core/address.js';
import type { Frame } from '../../core/frame.js';

/** Most devices that a line names: IN, OUT, PHYSIN, PHYSOUT. */
const MOST_DEVICES = 4;

/** The beginning of FNV-1a, and its factor. */
const FNV = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A line while it is read: the packet that it is about, and where its reader stands. */
export class TemplateLine {
  /** Where the devices of the line stand. */
  readonly from = new Int32Array(MOST_DEVICES);
  readonly to = new Int32Array(MOST_DEVICES);
  named = 0;
  /** Of the names of its devices. */
  hash = 0;
  /** Behind the field that was read last. */
  at = 0;

  constructor(
    readonly frame: Frame,
    /** Seconds at the midnight of the line's date, on its clock. */
    readonly day: number,
    readonly addresses: AddressTable,
  ) {}

  begin(): void {
    this.named = 0;
    this.hash = FNV;
    this.frame.payloadLen = -1;
  }
}

/** Reads one field of the line in bytes [at, to), and moves `line.at` behind it; false when something else stands there. */
export type FieldReader = (line: TemplateLine, bytes: Uint8Array, at: number, to: number) => boolean;

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

/** 1 to 10 digits; -1 when there are none, or more. */
function number(line: TemplateLine, bytes: Uint8Array, at: number, to: number): number {
  let value = 0;
  let end = at;
  for (; end < to; end++) {
    const digit = bytes[end]! - ZERO;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  line.at = end;
  return end === at || end - at > 10 ? -1 : value;
}

const numberOf =
  (put: (frame: Frame, value: number) => void): FieldReader =>
  (line, bytes, at, to) => {
    const value = number(line, bytes, at, to);
    put(line.frame, value);
    return value >= 0;
  };

const address4 =
  (put: (frame: Frame, id: number) => void): FieldReader =>
  (line, bytes, at, to) => {
    let value = 0;
    let start = at;
    for (let part = 0; part < 4; part++) {
      const byte = number(line, bytes, start, to);
      const digits = line.at - start;
      if (byte < 0 || byte > 255 || digits > 3 || (digits > 1 && bytes[start] === ZERO)) return false;
      value = value * 256 + byte;
      if (part < 3 && bytes[line.at] !== DOT) return false;
      start = line.at + 1;
    }
    put(line.frame, line.addresses.intern4(value));
    return true;
  };

const address6 =
  (put: (frame: Frame, id: number) => void): FieldReader =>
  (line, bytes, at, to) => {
    line.at = wordEnd(bytes, at, to);
    const text = String.fromCharCode(...bytes.subarray(at, Math.min(line.at, at + LONGEST_ADDRESS)));
    const id = text.includes(':') ? line.addresses.internText(text) : 0;
    put(line.frame, id);
    return id > 0;
  };

const src = (frame: Frame, id: number): void => {
  frame.src = id;
};
const dst = (frame: Frame, id: number): void => {
  frame.dst = id;
};

/** ` 4000.000001`, padded with spaces; never in the middle of a longer number. */
const boot =
  (put: (frame: Frame, seconds: number, micros: number) => void): FieldReader =>
  (line, bytes, at, to) => {
    let start = at;
    while (bytes[start] === SPACE) start++;
    const seconds = number(line, bytes, start, to);
    const dot = line.at;
    if (start - at > 11 || seconds < 0 || dot - start > 8 || bytes[dot] !== DOT) return false;
    const micros = number(line, bytes, dot + 1, to);
    if (micros < 0 || line.at - dot !== 7) return false;
    put(line.frame, seconds, micros);
    return true;
  };

/** `08:53:20`, with a fraction or without. */
const clock: FieldReader = (line, bytes, at, to) => {
  if (at + CLOCK_LENGTH > to) return false;
  const hours = twoDigits(bytes, at);
  const minutes = twoDigits(bytes, at + 3);
  const seconds = twoDigits(bytes, at + 6);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0) return false;
  if (bytes[at + 2] !== COLON || bytes[at + 5] !== COLON) return false;
  line.frame.sec = line.day + hours * 3600 + minutes * 60 + seconds;
  line.at = at + CLOCK_LENGTH;
  line.frame.nsec = 0;
  if (bytes[line.at] !== DOT) return true;
  const fraction = number(line, bytes, line.at + 1, to);
  const digits = line.at - (at + CLOCK_LENGTH + 1);
  line.frame.nsec = fraction * 10 ** (9 - digits);
  return fraction >= 0 && digits <= 9;
};

const device: FieldReader = (line, bytes, at, to) => {
  const end = wordEnd(bytes, at, to);
  let hash = line.hash;
  for (let i = at; i < end; i++) {
    if (bytes[i] === EQUALS) return false;
    hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME);
  }
  line.hash = Math.imul(hash ^ SPACE, FNV_PRIME);
  line.from[line.named] = at;
  line.to[line.named++] = end;
  line.at = end;
  return true;
};

/** Destination and source, with a colon between. */
const macs: FieldReader = (line, bytes, at, to) => {
  const { frame } = line;
  frame.macDst = mac(bytes, at, to);
  frame.macSrc = mac(bytes, at + MAC_LENGTH + 1, to);
  line.at = at + 2 * MAC_LENGTH + 1;
  return frame.macDst >= 0 && frame.macSrc >= 0 && bytes[at + MAC_LENGTH] === COLON;
};

const passed: FieldReader = (line, bytes, at, to) => {
  line.at = wordEnd(bytes, at, to);
  return true;
};

/**
 * What may differ between two lines of one rule. `uptime` and `passed` say nothing of the packet or its tap; `device` is a name.
 * A function for each, which writes one property: to write a property by its name costs ten times as much.
 */
export const READERS = {
  clock,
  boot: boot((frame, seconds, micros) => {
    frame.sec = seconds;
    frame.nsec = micros * 1000;
  }),
  uptime: boot(() => undefined),
  passed,
  device,
  mac: macs,
  src: address4(src),
  dst: address4(dst),
  src6: address6(src),
  dst6: address6(dst),
  udpLen: numberOf((frame, length) => {
    frame.payloadLen = length >= UDP_HEADER ? length - UDP_HEADER : -1;
  }),
  ipLen: numberOf((frame, value) => {
    frame.ipLen = value;
  }),
  ttl: numberOf((frame, value) => {
    frame.ttl = value;
  }),
  ipId: numberOf((frame, value) => {
    frame.ipId = value;
  }),
  icmpId: numberOf((frame, value) => {
    frame.icmpId = value;
  }),
  sport: numberOf((frame, value) => {
    frame.sport = value;
  }),
  dport: numberOf((frame, value) => {
    frame.dport = value;
  }),
  seq: numberOf((frame, value) => {
    frame.seq = value;
  }),
  icmpSeq: numberOf((frame, value) => {
    frame.icmpSeq = value;
  }),
  ack: numberOf((frame, value) => {
    frame.ack = value;
  }),
  window: numberOf((frame, value) => {
    frame.window = value;
  }),
} as const satisfies Readonly<Record<string, FieldReader>>;

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
