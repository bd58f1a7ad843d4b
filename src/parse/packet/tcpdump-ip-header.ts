import { Checksum, type Frame } from '../../core/frame.js';
import { numberAfter } from './number-after.js';

/** `tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto UDP (17), length 110`, or IPv6's `hlim 64, next-header …`. */
export function readIpHeader(text: string, f: Frame): void {
  f.ttl = numberAfter(text, /\b(?:ttl|hlim) +(\d+)/);
  if (text.includes('next-header')) {
    f.etherType = 0x86dd;
    const length = numberAfter(text, /payload length:? (\d+)/);
    if (length >= 0) f.ipLen = length + 40;
    f.proto = numberAfter(text, /next-header [^(]{0,60}\((\d+)\)/);
    return;
  }
  f.etherType = 0x0800;
  f.ipId = numberAfter(text, /\bid (\d+)/);
  f.ipLen = numberAfter(text, /, length:? (\d+)/);
  f.proto = numberAfter(text, /\bproto:? [^(,]{0,60}\((\d+)\)/);
  const flags = /flags \[([^\][]*)\]/.exec(text)?.[1] ?? '';
  f.dontFragment = flags.includes('DF') ? 1 : 0;
  f.moreFragments = flags.includes('+') || flags.includes('MF') ? 1 : 0;
  const offset = numberAfter(text, /\boffset (\d+)/);
  if (offset > 0 || f.moreFragments === 1) f.fragOffset = offset;
  if (text.includes('bad cksum')) f.ipChecksum = Checksum.bad;
}

/** The position after the bracket that closes the one at 0; the length when the line is cut. */
export function closing(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i + 1;
  }
  return text.length;
}
