import { Buffer } from 'node:buffer';

/** Types of the pcapng blocks that are frames: obsolete packet, simple packet, enhanced packet (draft-ietf-opsawg-pcapng, 4). */
const FRAMES = new Set([2, 3, 6]);
const SECTION = 0x0a0d0d0a;

/** A capture without some of its frames (from 1, as Wireshark counts); everything else stays byte for byte. */
export function withoutFrames(capture: Buffer, dropped: ReadonlySet<number>): Buffer {
  return capture.readUInt32BE(0) === SECTION ? withoutBlocks(capture, dropped) : withoutRecords(capture, dropped);
}

/** pcap: a header of 24 bytes, then records with a header of 16, whose third word is the length (draft-ietf-opsawg-pcap). */
function withoutRecords(capture: Buffer, dropped: ReadonlySet<number>): Buffer {
  const little = capture[3] === 0xa1;
  if (!little && capture[0] !== 0xa1) throw new Error('not a capture');
  const kept = [capture.subarray(0, 24)];
  let frame = 0;
  for (let at = 24; at + 16 <= capture.length; ) {
    const end = at + 16 + (little ? capture.readUInt32LE(at + 8) : capture.readUInt32BE(at + 8));
    if (!dropped.has(++frame)) kept.push(capture.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

/** pcapng: blocks of type, length, body, length; each section says its own byte order. */
function withoutBlocks(capture: Buffer, dropped: ReadonlySet<number>): Buffer {
  const kept: Buffer[] = [];
  let frame = 0;
  let little = true;
  for (let at = 0; at + 12 <= capture.length; ) {
    if (capture.readUInt32BE(at) === SECTION) little = capture[at + 8] === 0x4d;
    const type = little ? capture.readUInt32LE(at) : capture.readUInt32BE(at);
    const end = at + (little ? capture.readUInt32LE(at + 4) : capture.readUInt32BE(at + 4));
    if (!FRAMES.has(type) || !dropped.has(++frame)) kept.push(capture.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}
