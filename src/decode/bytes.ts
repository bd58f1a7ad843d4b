/** Reading numbers in network byte order. The caller has checked that the bytes are there. */

export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export function u24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

/** A number of a file in its writer's byte order. */
export function fileU32(bytes: Uint8Array, at: number, little: boolean): number {
  if (!little) return u32(bytes, at);
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** An Ethernet address as a 48-bit number. */
export function u48(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 0x1_0000_0000 + u32(bytes, at + 2);
}

/** FNV-1a over at most `most` bytes. */
export function fnv1a(bytes: Uint8Array, at: number, end: number, most: number): number {
  const stop = end - at > most ? at + most : end;
  let hash = 0x811c9dc5 | 0;
  for (let i = at; i < stop; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}
