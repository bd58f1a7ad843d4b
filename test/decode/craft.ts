/** Packets and capture files put together byte by byte. */

export type Bytes = number[];

export function n16(value: number): Bytes {
  return [(value >>> 8) & 255, value & 255];
}

export function n32(value: number): Bytes {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

export function hex(text: string): Bytes {
  return [...Buffer.from(text.replace(/\s/g, ''), 'hex')];
}

export function zeros(count: number): Bytes {
  return new Array<number>(count).fill(0);
}

function checksum(bytes: Bytes): Bytes {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return n16(~sum & 0xffff);
}

function address(text: string): Bytes {
  return text.includes(':') ? hex(text.replaceAll(':', '')) : text.split('.').map(Number);
}

/** IPv6 addresses are written in full: 32 digits. */
export const A6 = 'fd00:0000:0000:0000:0000:0000:0000:0001';
export const B6 = 'fd00:0000:0000:0000:0000:0000:0000:0002';

export function eth(type: number, payload: Bytes): Bytes {
  return [...hex('020000000002 020000000001'), ...n16(type), ...payload];
}

export function ip4(
  proto: number,
  payload: Bytes,
  { src = '10.0.0.1', dst = '10.0.0.2', fragment = 0x4000, total = 20 + payload.length, id = 1 } = {},
): Bytes {
  const head = [0x45, 0, ...n16(total), ...n16(id), ...n16(fragment), 64, proto];
  const ends = [...address(src), ...address(dst)];
  return [...head, ...checksum([...head, 0, 0, ...ends]), ...ends, ...payload];
}

export function ip6(proto: number, payload: Bytes, { src = A6, dst = B6, length = payload.length } = {}): Bytes {
  return [0x60, 0, 0, 0, ...n16(length), proto, 64, ...address(src), ...address(dst), ...payload];
}

/** A segment with its checksum for the given addresses. */
function summed(proto: number, segment: Bytes, at: number, src: string, dst: string): Bytes {
  const pseudo = [...address(src), ...address(dst), ...n32(segment.length), ...n32(proto)];
  return segment.toSpliced(at, 2, ...checksum([...pseudo, ...segment]));
}

export function udp(sport: number, dport: number, payload: Bytes, { src = '10.0.0.1', dst = '10.0.0.2' } = {}): Bytes {
  const segment = [...n16(sport), ...n16(dport), ...n16(8 + payload.length), 0, 0, ...payload];
  return summed(17, segment, 6, src, dst);
}

export function tcp(
  flags: number,
  payload: Bytes,
  { options = [] as Bytes, src = '10.0.0.1', dst = '10.0.0.2' } = {},
): Bytes {
  const words = 5 + options.length / 4;
  const segment = [
    ...[...n16(40000), ...n16(80), ...n32(0xfedcba98), ...n32(0x89abcdef), words << 4, flags, ...n16(500), 0, 0, 0, 0],
    ...[...options, ...payload],
  ];
  return summed(6, segment, 16, src, dst);
}

export function echo(payload: Bytes): Bytes {
  const message = [8, 0, 0, 0, ...n16(7), ...n16(9), ...payload];
  return message.toSpliced(2, 2, ...checksum(message));
}

export function vxlan(vni: number, frame: Bytes): Bytes {
  return [8, 0, 0, 0, ...n32(vni << 8), ...frame];
}

export interface PcapOptions {
  little?: boolean;
  magic?: number;
  version?: readonly [number, number];
  linkType?: number;
  snapLength?: number;
}

/** A classic capture; each record may be cut to a length. */
export function pcap(
  frames: readonly (Bytes | { bytes: Bytes; wire: number })[],
  { little = true, magic = 0xa1b2c3d4, version = [2, 4], linkType = 1, snapLength = 262144 }: PcapOptions = {},
): Uint8Array {
  const u16 = (v: number) => (little ? n16(v).reverse() : n16(v));
  const u32 = (v: number) => (little ? n32(v).reverse() : n32(v));
  const swapped = version[0] === 2 && version[1] < 3;
  const out = [...u32(magic), ...u16(version[0]), ...u16(version[1]), ...u32(0), ...u32(0), ...u32(snapLength)];
  out.push(...u32(linkType));
  frames.forEach((frame, i) => {
    const { bytes, wire } = Array.isArray(frame) ? { bytes: frame, wire: frame.length } : frame;
    const lengths = swapped ? [wire, bytes.length] : [bytes.length, wire];
    out.push(...u32(1700000000 + i), ...u32(123456), ...u32(lengths[0]!), ...u32(lengths[1]!));
    if (magic === 0xa1b2cd34) out.push(...u32(3), ...u16(0x0800), 4, 0);
    out.push(...bytes);
  });
  return Uint8Array.from(out);
}

/** Blocks of a pcapng file in one byte order. */
export class Pcapng {
  readonly #out: Bytes = [];
  readonly #little: boolean;

  constructor(little = true) {
    this.#little = little;
  }

  n16(value: number): Bytes {
    return this.#little ? n16(value).reverse() : n16(value);
  }

  n32(value: number): Bytes {
    return this.#little ? n32(value).reverse() : n32(value);
  }

  n64(high: number, low: number): Bytes {
    return this.#little ? [...this.n32(low), ...this.n32(high)] : [...this.n32(high), ...this.n32(low)];
  }

  option(code: number, value: Bytes): Bytes {
    return [...this.n16(code), ...this.n16(value.length), ...value, ...zeros((4 - (value.length % 4)) % 4)];
  }

  block(type: number, body: Bytes): this {
    const padded = [...body, ...zeros((4 - (body.length % 4)) % 4)];
    const length = this.n32(padded.length + 12);
    this.#out.push(...this.n32(type), ...length, ...padded, ...length);
    return this;
  }

  section(options: Bytes = []): this {
    const unknown = [255, 255, 255, 255, 255, 255, 255, 255];
    return this.block(0x0a0d0d0a, [...this.n32(0x1a2b3c4d), ...this.n16(1), ...this.n16(0), ...unknown, ...options]);
  }

  interface(linkType: number, options: Bytes = [], snapLength = 0): this {
    return this.block(1, [...this.n16(linkType), 0, 0, ...this.n32(snapLength), ...options]);
  }

  packet(one: number, high: number, low: number, bytes: Bytes, options: Bytes = []): this {
    const data = [...bytes, ...zeros((4 - (bytes.length % 4)) % 4)];
    const head = [...this.n32(one), ...this.n32(high), ...this.n32(low), ...this.n32(bytes.length)];
    return this.block(6, [...head, ...this.n32(bytes.length), ...data, ...options]);
  }

  bytes(): Bytes {
    return this.#out;
  }
}
