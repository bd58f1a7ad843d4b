import { type Frame, Proto, Stop } from '../core/frame.js';
import { u16, u32 } from './bytes.js';
import { segmentChecksum } from './checksum.js';
import { short } from './short.js';

/** RFC 9293. */
export function decodeTcp(bytes: Uint8Array, at: number, end: number, wire: number, ip: number, frame: Frame): void {
  if (end - at < 20) {
    decodeCutTcp(bytes, at, end, wire, frame);
    return;
  }
  frame.sport = u16(bytes, at);
  frame.dport = u16(bytes, at + 2);
  frame.seq = u32(bytes, at + 4);
  frame.ack = u32(bytes, at + 8);
  frame.tcpFlags = bytes[at + 13]!;
  frame.window = u16(bytes, at + 14);
  const header = (bytes[at + 12]! >>> 4) << 2;
  if (header < 20) {
    frame.stop = Stop.malformed;
    return;
  }
  const payload = wire - at - header;
  if (payload < 0) {
    frame.stop = Stop.length;
    return;
  }
  frame.payloadLen = payload;
  if (header > 20) {
    const options = at + header;
    decodeOptions(bytes, at + 20, Math.min(options, end), frame);
    if (options > end) short(frame, end, wire);
  }
  frame.l4Checksum = segmentChecksum(bytes, at, end, wire, ip, Proto.tcp, frame);
}

/** The fields of a cut header that are there. */
function decodeCutTcp(bytes: Uint8Array, at: number, end: number, wire: number, frame: Frame): void {
  const have = end - at;
  if (have >= 4) {
    frame.sport = u16(bytes, at);
    frame.dport = u16(bytes, at + 2);
  }
  if (have >= 8) frame.seq = u32(bytes, at + 4);
  if (have >= 12) frame.ack = u32(bytes, at + 8);
  if (have >= 13) {
    const payload = wire - at - ((bytes[at + 12]! >>> 4) << 2);
    if (payload >= 0) frame.payloadLen = payload;
  }
  if (have >= 14) frame.tcpFlags = bytes[at + 13]!;
  if (have >= 16) frame.window = u16(bytes, at + 14);
  short(frame, end, wire);
}

function decodeOptions(bytes: Uint8Array, at: number, end: number, frame: Frame): void {
  let p = at;
  // What nearly every segment has: NOP, NOP, timestamps.
  if (end - p === 12 && u32(bytes, p) === 0x0101080a) {
    frame.tsVal = u32(bytes, p + 4);
    frame.tsEcr = u32(bytes, p + 8);
    return;
  }
  while (p < end) {
    const kind = bytes[p]!;
    if (kind === 0) return;
    if (kind === 1) {
      p++;
      continue;
    }
    if (p + 2 > end) return;
    const length = bytes[p + 1]!;
    if (length < 2 || p + length > end) return;
    if (kind === 2 && length === 4) frame.mss = u16(bytes, p + 2);
    else if (kind === 3 && length === 3) frame.windowScale = bytes[p + 2]!;
    else if (kind === 8 && length === 10) {
      frame.tsVal = u32(bytes, p + 2);
      frame.tsEcr = u32(bytes, p + 6);
    }
    p += length;
  }
}
