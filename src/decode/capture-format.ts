import { u32 } from './bytes.js';

/** Magic numbers of pcap as the first four bytes read in network order; `swapped` ones are of little-endian files. */
export const PCAP = {
  micro: 0xa1b2c3d4,
  microSwapped: 0xd4c3b2a1,
  nano: 0xa1b23c4d,
  nanoSwapped: 0x4d3cb2a1,
  /** Kuznetzov's patch: longer record headers with interface index and packet type. */
  modified: 0xa1b2cd34,
  modifiedSwapped: 0x34cdb2a1,
} as const;
const PCAP_MAGIC: ReadonlySet<number> = new Set(Object.values(PCAP));

/** The block type of a pcapng section header, which is the same in both byte orders. */
export const SECTION = 0x0a0d0d0a;
/** Of a section header, read in network order. */
export const BYTE_ORDER = { big: 0x1a2b3c4d, little: 0x4d3c2b1a } as const;

/** Four bytes from `at` on. */
export const isPcap = (bytes: Uint8Array, at: number): boolean => PCAP_MAGIC.has(u32(bytes, at));

/** Four bytes from `at` on. */
export const isPcapng = (bytes: Uint8Array, at: number): boolean => u32(bytes, at) === SECTION;

/**
 * True when a pcap file header stands where a record or a block should: as a record it would be of 2055, with nothing captured of
 * nothing. Eight bytes from `at` on.
 */
export function beginsPcap(bytes: Uint8Array, at: number): boolean {
  const version = u32(bytes, at + 4);
  return (version === 0x0002_0004 || version === 0x0200_0400) && isPcap(bytes, at);
}

/** The same for a pcapng section header: as a record it would hold 439 MB and more. Twelve bytes from `at` on. */
export function beginsPcapng(bytes: Uint8Array, at: number): boolean {
  const order = u32(bytes, at + 8);
  return isPcapng(bytes, at) && (order === BYTE_ORDER.big || order === BYTE_ORDER.little);
}
