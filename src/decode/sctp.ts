import type { Frame } from '../core/frame.js';
import { u16 } from './bytes.js';
import { short } from './short.js';

/** RFC 9260: the common header only. Its CRC32c is not verified. */
export function decodeSctp(bytes: Uint8Array, at: number, end: number, wire: number, frame: Frame): void {
  if (end - at >= 4) {
    frame.sport = u16(bytes, at);
    frame.dport = u16(bytes, at + 2);
  }
  if (end - at < 12) short(frame, end, wire);
}
