/** Prefixes (CIDR), off the hot path, as big integers: IPv4 and IPv6 alike. */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './address.js';

/** A network prefix; `first` is its lowest address as an integer, host bits cleared. */
export interface Prefix {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly length: number;
}

/** The integer value of an address, or undefined when the text is no address. */
export function addressValue(text: string): { readonly family: 4 | 6; readonly value: bigint } | undefined {
  const v4 = parseIpv4(text);
  if (v4 >= 0) return { family: 4, value: BigInt(v4) };
  const bytes = parseIpv6(text);
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer);
  return { family: 6, value: (view.getBigUint64(0) << 64n) | view.getBigUint64(8) };
}

/** Sixteen bytes of an IPv6 address's value. */
function bytesOf(value: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setBigUint64(0, value >> 64n);
  view.setBigUint64(8, value & 0xffff_ffff_ffff_ffffn);
  return new Uint8Array(view.buffer);
}

/** Parses `a.b.c.d/n`, `x::/n` or a bare address (a host prefix). Host bits are cleared. Undefined when malformed. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const address = addressValue(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const bits = address.family === 4 ? 32 : 128;
  const tail = slash < 0 ? String(bits) : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(tail)) return undefined;
  const length = Number(tail);
  if (length > bits) return undefined;
  const shift = BigInt(bits - length);
  return { family: address.family, first: (address.value >> shift) << shift, length };
}

/** Prints a prefix in canonical form, always with its length. */
export function formatPrefix(prefix: Prefix): string {
  const address = prefix.family === 4 ? formatIpv4(Number(prefix.first)) : formatIpv6(bytesOf(prefix.first));
  return `${address}/${prefix.length}`;
}

/** Canonical text of a prefix or address (`10.1.2.3/8` gives `10.0.0.0/8`), or undefined. */
export function canonicalPrefix(text: string): string | undefined {
  const prefix = parsePrefix(text);
  return prefix === undefined ? undefined : formatPrefix(prefix);
}

/** True when the address (text) lies in the prefix. */
export function contains(prefix: Prefix, address: string): boolean {
  const a = addressValue(address);
  if (a === undefined || a.family !== prefix.family) return false;
  const shift = BigInt((prefix.family === 4 ? 32 : 128) - prefix.length);
  return a.value >> shift === prefix.first >> shift;
}

/** True when `inner` lies wholly in `outer`. */
export function covers(outer: Prefix, inner: Prefix): boolean {
  if (outer.family !== inner.family || inner.length < outer.length) return false;
  const shift = BigInt((outer.family === 4 ? 32 : 128) - outer.length);
  return inner.first >> shift === outer.first >> shift;
}

/** True when the two prefixes have an address in common. */
export function overlaps(a: Prefix, b: Prefix): boolean {
  return covers(a, b) || covers(b, a);
}

/** Blocks that nobody routes in the internet (RFC 1918, RFC 6598, RFC 4193). */
export const PRIVATE: readonly Prefix[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
].map((text) => parsePrefix(text)!);

/** True for addresses that nobody routes in the internet. */
export const isPrivate = (address: string): boolean => PRIVATE.some((prefix) => contains(prefix, address));
