import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../core/address.js';
import type { Macs } from './macs.js';
import { mapApart, type Network, type PrefixMap } from './prefix-map.js';

/** IPv4 and IPv6 addresses and prefixes, replaced so that kinds, subnets and the relation between them stay. */

const v4 = (text: string, length: number): Network => ({ first: BigInt(parseIpv4(text)), length });
const v6 = (text: string, length: number): Network => ({ first: bytesToBig(parseIpv6(text)!), length });

/** Whole ranges that tell nothing of a site: this host, loopback, link-local, multicast, reserved, broadcast, netmasks. */
const LEFT4 = [v4('0.0.0.0', 8), v4('127.0.0.0', 8), v4('169.254.0.0', 16), v4('224.0.0.0', 3)];
const MASKS4 = [v4('128.0.0.0', 32), v4('192.0.0.0', 32)];
/** RFC 1918, RFC 6598: a private address stays private, of the same range. */
const KINDS4 = [v4('10.0.0.0', 8), v4('172.16.0.0', 12), v4('192.168.0.0', 16), v4('100.64.0.0', 10)];

/** Unspecified, loopback, IPv4 in IPv6 (handled apart), multicast. */
const LEFT6 = [v6('::', 8), v6('ff00::', 8)];
/** RFC 4291 2.4, RFC 4193 (both halves), RFC 3849, RFC 6052. */
const KINDS6 = [v6('2000::', 3), v6('fc00::', 8), v6('fd00::', 8), v6('fe80::', 64), v6('2001:db8::', 32)];
const V4_IN_V6 = [v6('::ffff:0:0', 96), v6('64:ff9b::', 96)];
const SOLICITED = v6('ff02::1:ff00:0', 104);
const LINK_LOCAL = v6('fe80::', 64);

const within = (width: number, { first, length }: Network, value: bigint): boolean =>
  value >> BigInt(width - length) === first >> BigInt(width - length);

/** The network that an address is in. */
const networkOf = (width: number, value: bigint, length: number): Network => {
  const host = BigInt(width - length);
  return { first: (value >> host) << host, length };
};

function bytesToBig(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

function bigToBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 16; i++) bytes[i] = Number((value >> BigInt(8 * (15 - i))) & 255n);
  return bytes;
}

/** The MAC address that a link-local interface identifier is made of (RFC 4291, appendix A), or undefined. */
function macOfEui64(value: bigint): string | undefined {
  const id = bigToBytes(value).subarray(8);
  if (id[3] !== 0xff || id[4] !== 0xfe) return undefined;
  const octets = [id[0]! ^ 2, id[1]!, id[2]!, id[5]!, id[6]!, id[7]!];
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':');
}

function eui64(mac: string): bigint {
  const [a, b, c, d, e, f] = mac.split(':').map((octet) => Number.parseInt(octet, 16));
  return bytesToBig(Uint8Array.of(a! ^ 2, b!, c!, 0xff, 0xfe, d!, e!, f!));
}

/** What was met, in the order in which it was met. */
export class MetAddresses {
  readonly v4 = new Set<bigint>();
  readonly v6 = new Set<bigint>();
  readonly networks4 = new Map<string, Network>();
  readonly networks6 = new Map<string, Network>();

  /** `length`: the prefix length that stands after it. */
  add4(value: bigint, length?: number): void {
    this.v4.add(value);
    // Most networks of hosts are of this size; where they are not, nothing is lost but that .0, .1 and .255 stay.
    this.#network(this.networks4, networkOf(32, value, 24));
    if (length !== undefined && length > 8 && length < 32) this.#network(this.networks4, networkOf(32, value, length));
  }

  add6(value: bigint, length?: number): void {
    if (V4_IN_V6.some((network) => within(128, network, value))) {
      this.add4(value & 0xffffffffn);
      return;
    }
    this.v6.add(value);
    this.#network(this.networks6, networkOf(128, value, 64));
    if (length !== undefined && length > 16 && length < 128)
      this.#network(this.networks6, networkOf(128, value, length));
  }

  #network(networks: Map<string, Network>, network: Network): void {
    networks.set(`${network.first}/${network.length}`, network);
  }
}

export class Addresses {
  readonly #map4: PrefixMap;
  readonly #map6: PrefixMap;
  readonly #met6: readonly bigint[];
  #groups = 0;
  readonly #solicited = new Map<bigint, bigint>();

  constructor(
    met: MetAddresses,
    private readonly macs: Macs,
  ) {
    const free4 = [...met.v4].filter((value) => !isLeft4(value));
    const landmarks4 = { width: 32, kinds: [...LEFT4, ...MASKS4, ...KINDS4], networks: [...met.networks4.values()] };
    this.#map4 = mapApart(landmarks4, free4);
    this.#met6 = [...met.v6];
    const landmarks6 = { width: 128, kinds: [...LEFT6, ...KINDS6, ...V4_IN_V6], networks: [...met.networks6.values()] };
    this.#map6 = mapApart(
      landmarks6,
      this.#met6.filter((value) => !isLeft6(value)),
    );
  }

  /** The image of an IPv4 address; `length` is the prefix length that stands after it. */
  of4(value: bigint, length?: number): bigint {
    if (isLeft4(value) || stays(KINDS4, value, length)) return value;
    return asNetwork(32, value, length, this.#map4.of(value));
  }

  of6(value: bigint, length?: number): bigint {
    if (V4_IN_V6.some((network) => within(128, network, value)))
      return ((value >> 32n) << 32n) | this.of4(value & 0xffffffffn);
    if (within(128, SOLICITED, value)) return this.#group(value);
    if (isLeft6(value) || stays(KINDS6, value, length)) return value;
    const mac = within(128, LINK_LOCAL, value) ? macOfEui64(value) : undefined;
    if (mac !== undefined) return LINK_LOCAL.first | eui64(this.macs.of(mac));
    return asNetwork(128, value, length, this.#map6.of(value));
  }

  text4(value: bigint, length?: number): string {
    return formatIpv4(Number(this.of4(value, length)));
  }

  text6(value: bigint, length?: number): string {
    return formatIpv6(bigToBytes(this.of6(value, length)));
  }

  /** The image of an IPv6 address of a packet: 16 bytes for 16 bytes. */
  bytes6(address: Uint8Array): Uint8Array {
    return bigToBytes(this.of6(bytesToBig(address)));
  }

  /** A solicited-node group ends as the address that is asked for does (RFC 4291 2.7.1). */
  #group(value: bigint): bigint {
    const low = value & 0xffffffn;
    let image = this.#solicited.get(low);
    if (image === undefined) {
      const asked = this.#met6.find((address) => (address & 0xffffffn) === low && !isLeft6(address));
      image = asked === undefined ? BigInt(++this.#groups) : this.of6(asked) & 0xffffffn;
      this.#solicited.set(low, image);
    }
    return SOLICITED.first | image;
  }
}

const isLeft4 = (value: bigint): boolean =>
  LEFT4.some((network) => within(32, network, value)) || MASKS4.some(({ first }) => first === value);

const isLeft6 = (value: bigint): boolean => LEFT6.some((network) => within(128, network, value));

/** The range of a kind itself (10.0.0.0/8, fc00::/7), or one that holds it. */
const stays = (kinds: readonly Network[], value: bigint, length: number | undefined): boolean =>
  length === 0 || kinds.some((kind) => kind.first === value && (length ?? kind.length) <= kind.length);

/** The image of a network has no host bits where the network has none, however short it is. */
function asNetwork(width: number, value: bigint, length: number | undefined, image: bigint): bigint {
  if (length === undefined || length >= width) return image;
  const host = BigInt(width - length);
  return (value >> host) << host === value ? (image >> host) << host : image;
}

/** The integer value of IPv6 text, or undefined. */
export function value6(text: string): bigint | undefined {
  const bytes = parseIpv6(text);
  return bytes === undefined ? undefined : bytesToBig(bytes);
}
