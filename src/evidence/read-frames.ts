import type { Buffer } from 'node:buffer';
import { BLOCK, type CommentedFrame, type Interface, OPTION } from './pcapng-file.js';

/** A capture that podtrail wrote, read again. */
export interface FramesFile {
  readonly application: string;
  readonly frames: readonly (CommentedFrame & { readonly on: Interface })[];
}

/** Reads what `pcapngFile` writes, and nothing else: undefined for any other capture, or a damaged one. */
export function readFrames(bytes: Buffer): FramesFile | undefined {
  const blocks = [...blocksOf(bytes)];
  const [section, ...rest] = blocks;
  if (blocks.at(-1) === undefined || section?.type !== BLOCK.section || section.body.length < 16) return undefined;
  if (section.body.readUInt32LE(0) !== 0x1a2b3c4d) return undefined;
  const application = optionsOf(section.body.subarray(16)).get(OPTION.application) ?? '';
  const interfaces: Interface[] = [];
  const frames: (CommentedFrame & { readonly on: Interface })[] = [];
  for (const block of rest) {
    if (block === undefined) return undefined;
    if (block.type === BLOCK.interface && block.body.length >= 8) interfaces.push(interfaceOf(block.body));
    else {
      const frame = block.type === BLOCK.enhancedPacket ? frameOf(block.body) : undefined;
      const on = interfaces[frame?.at ?? -1];
      if (frame === undefined || on === undefined) return undefined;
      frames.push({ ...frame, on });
    }
  }
  return { application, frames };
}

interface Block {
  readonly type: number;
  readonly body: Buffer;
}

/** Ends with undefined where the bytes are no block. */
function* blocksOf(bytes: Buffer): Generator<Block | undefined> {
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.length - at < 12 ? 0 : bytes.readUInt32LE(at + 4);
    if (length < 12 || length % 4 !== 0 || at + length > bytes.length) return yield undefined;
    yield { type: bytes.readUInt32LE(at), body: bytes.subarray(at + 8, at + length - 4) };
    at += length;
  }
}

function optionsOf(bytes: Buffer): ReadonlyMap<number, string> {
  const options = new Map<number, string>();
  for (let at = 0; at + 4 <= bytes.length; ) {
    const [code, length] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)];
    if (code === 0) break;
    options.set(code, bytes.toString('utf8', at + 4, at + 4 + length));
    at += 4 + length + ((4 - (length % 4)) % 4);
  }
  return options;
}

function interfaceOf(body: Buffer): Interface {
  const options = optionsOf(body.subarray(8));
  const [name = '', description = ''] = [options.get(OPTION.ifName), options.get(OPTION.ifDescription)];
  return { linkType: body.readUInt16LE(0), name, description };
}

function frameOf(body: Buffer): CommentedFrame | undefined {
  const captured = body.length < 20 ? -1 : body.readUInt32LE(12);
  if (captured < 0 || 20 + captured > body.length) return undefined;
  const padded = captured + ((4 - (captured % 4)) % 4);
  return {
    at: body.readUInt32LE(0),
    timeNs: (BigInt(body.readUInt32LE(4)) << 32n) | BigInt(body.readUInt32LE(8)),
    wireLength: body.readUInt32LE(16),
    bytes: new Uint8Array(body.subarray(20, 20 + captured)),
    comment: optionsOf(body.subarray(20 + padded)).get(OPTION.comment) ?? '',
  };
}
