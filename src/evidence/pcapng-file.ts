import { Buffer } from 'node:buffer';

/** An interface of the file that is written. */
export interface Interface {
  /** LINKTYPE value. */
  readonly linkType: number;
  readonly name: string;
  readonly description: string;
}

/** A packet of the file that is written. */
export interface CommentedFrame {
  /** Place in the interfaces. */
  readonly at: number;
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
  readonly bytes: Uint8Array;
  readonly wireLength: number;
  readonly comment: string;
}

/** Block types and options (draft-ietf-opsawg-pcapng, sections 4.1 to 4.3). */
export const BLOCK = { section: 0x0a0d0d0a, interface: 1, enhancedPacket: 6 } as const;
export const OPTION = { comment: 1, ifName: 2, ifDescription: 3, application: 4, resolution: 9 } as const;
const NANOSECONDS = 9;
/** Bytes of an option's text; its length field has 16 bits. */
const LONGEST_TEXT = 16_000;

/** A pcapng file of one section, little-endian, with times in nanoseconds. Same input, same bytes. */
export function pcapngFile(
  interfaces: readonly Interface[],
  frames: readonly CommentedFrame[],
  application: string,
): Buffer {
  const section = Buffer.alloc(16);
  section.writeUInt32LE(0x1a2b3c4d, 0);
  section.writeUInt16LE(1, 4);
  // The length of the section is not told.
  section.writeBigInt64LE(-1n, 8);
  return Buffer.concat([
    block(BLOCK.section, [section, option(OPTION.application, text(application)), END]),
    ...interfaces.map(interfaceBlock),
    ...frames.map(packetBlock),
  ]);
}

function interfaceBlock({ linkType, name, description }: Interface): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(linkType, 0);
  return block(BLOCK.interface, [
    head,
    option(OPTION.ifName, text(name)),
    option(OPTION.ifDescription, text(description)),
    option(OPTION.resolution, Buffer.from([NANOSECONDS])),
    END,
  ]);
}

function packetBlock({ at, timeNs, bytes, wireLength, comment }: CommentedFrame): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt32LE(at, 0);
  head.writeUInt32LE(Number((timeNs >> 32n) & 0xffff_ffffn), 4);
  head.writeUInt32LE(Number(timeNs & 0xffff_ffffn), 8);
  head.writeUInt32LE(bytes.length, 12);
  head.writeUInt32LE(wireLength, 16);
  return block(BLOCK.enhancedPacket, [head, padded(bytes), option(OPTION.comment, text(comment)), END]);
}

const END = Buffer.alloc(4);

function option(code: number, value: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, padded(value)]);
}

/** UTF-8, cut between characters. */
function text(words: string): Buffer {
  const whole = Buffer.from(words);
  if (whole.length <= LONGEST_TEXT) return whole;
  let end = LONGEST_TEXT;
  while ((whole[end]! & 0xc0) === 0x80) end--;
  return whole.subarray(0, end);
}

/** Everything in a block stands on a multiple of four. */
const padded = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

function block(type: number, body: readonly Uint8Array[]): Buffer {
  const length = body.reduce((sum, part) => sum + part.length, 12);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, ...body, head.subarray(4)]);
}
