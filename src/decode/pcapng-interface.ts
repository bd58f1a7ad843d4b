import type { PcapngFields } from './pcapng-fields.js';
import type { Taps } from './taps.js';

/** One interface of a section. */
export class PcapngInterface {
  readonly linkType: number;
  readonly snapLength: number;
  name: string | undefined;
  filter: string | undefined;
  /** Units per second; 0 when the exponent is one that needs exact arithmetic. */
  units = 1e6;
  /** Nanoseconds per unit. */
  unit = 1000;
  resolution = 6;
  /** Added to the seconds. */
  offset = 0;
  fcs = 0;
  /** Dropped packets counted by statistics blocks, and those counted packet by packet. */
  statisticDrops = -1;
  packetDrops = -1;
  taps: Taps | undefined;
  timeless: Taps | undefined;

  constructor(linkType: number, snapLength: number) {
    this.linkType = linkType;
    this.snapLength = snapLength;
  }
}

/** An interface description block, whose body of at least 8 bytes is [at, end). */
export function readInterface(fields: PcapngFields, bytes: Uint8Array, at: number, end: number): PcapngInterface {
  const one = new PcapngInterface(fields.u16(bytes, at), fields.u32(bytes, at + 4));
  for (let p = fields.option(bytes, at + 8, end); p >= 0; p = fields.option(bytes, fields.after(p), end)) {
    const length = fields.length;
    if (fields.code === 2) one.name = fields.text(bytes, p);
    else if (fields.code === 9 && length >= 1) setResolution(one, bytes[p]!);
    else if (fields.code === 11 && length >= 2 && bytes[p] === 0) {
      // Kind 0 is libpcap's filter text, 1 its compiled program.
      one.filter = fields.text(bytes, p + 1, length - 1);
    } else if (fields.code === 13 && length >= 1 && bytes[p]! <= 16) one.fcs = bytes[p]!;
    else if (fields.code === 14 && length === 8) {
      const high = (fields.little ? fields.u32(bytes, p + 4) : fields.u32(bytes, p)) | 0;
      const low = fields.little ? fields.u32(bytes, p) : fields.u32(bytes, p + 4);
      one.offset = high * 0x1_0000_0000 + low;
    }
  }
  return one;
}

function setResolution(one: PcapngInterface, value: number): void {
  one.resolution = value;
  if (value <= 9) {
    one.units = 10 ** value;
    one.unit = 10 ** (9 - value);
  } else one.units = 0;
}

/** A count of drops, negative when there is none yet, and some more. What no counter reaches is left out: the option is damaged. */
export const withDrops = (known: number, more: number): number =>
  more > Number.MAX_SAFE_INTEGER ? known : Math.min(Math.max(known, 0) + more, Number.MAX_SAFE_INTEGER);

/** A statistics block, whose body of at least 12 bytes is [at, end). */
export function readStatistics(
  fields: PcapngFields,
  bytes: Uint8Array,
  at: number,
  end: number,
  one: PcapngInterface,
): void {
  let drops = -1;
  for (let p = fields.option(bytes, at + 12, end); p >= 0; p = fields.option(bytes, fields.after(p), end)) {
    if ((fields.code === 5 || fields.code === 7) && fields.length === 8) {
      drops = withDrops(drops, fields.u64(bytes, p));
    }
  }
  // Counted since the start of the capture: the last block has them all.
  if (drops >= 0) one.statisticDrops = drops;
}

/** Direction (0 unknown, 1 in, 2 out) and drops of a packet. */
export function readPacketOptions(
  fields: PcapngFields,
  bytes: Uint8Array,
  at: number,
  end: number,
  one: PcapngInterface,
): number {
  let direction = 0;
  for (let p = fields.option(bytes, at, end); p >= 0; p = fields.option(bytes, fields.after(p), end)) {
    if (fields.code === 2 && fields.length === 4) {
      direction = fields.u32(bytes, p) & 3;
      if (direction === 3) direction = 0;
    } else if (fields.code === 4 && fields.length === 8) {
      one.packetDrops = withDrops(one.packetDrops, fields.u64(bytes, p));
    }
  }
  return direction;
}
