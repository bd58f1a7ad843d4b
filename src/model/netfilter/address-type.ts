import { addressValue, contains, type Prefix, parsePrefix } from '../../core/prefix.js';
import type { Host } from '../host/host.js';

/** What the kernel takes an address for (`inet_addr_type_dev_table` in net/ipv4/fib_frontend.c). */
export type AddressType = 'LOCAL' | 'BROADCAST' | 'MULTICAST' | 'UNICAST' | 'ANYCAST' | 'UNSPEC';

const LOOPBACK = parsePrefix('127.0.0.0/8')!;

/** Broadcast addresses of a prefix, as the kernel's local table has them. */
function isBroadcast(prefix: Prefix, value: bigint): boolean {
  if (prefix.family === 6 || prefix.length >= 31) return false;
  return value === prefix.first + (1n << BigInt(32 - prefix.length)) - 1n;
}

/**
 * Type of an address on the host; with `dev` an address counts as LOCAL or BROADCAST on that device only. Undefined when
 * the host's addresses are not shown whole, the address is none of those that are, and no pod of another node has it.
 */
export function addressType(host: Host, address: string, dev?: string): AddressType | undefined {
  const parsed = addressValue(address);
  if (parsed === undefined) return undefined;
  const { family, value } = parsed;
  const onDev = (name: string | undefined): boolean => dev === undefined || name === dev;
  if (value === 0n) return family === 4 ? 'BROADCAST' : 'UNSPEC';
  if (family === 4) {
    if (value >> 28n === 0xen) return 'MULTICAST';
    if (value === 0xffffffffn) return 'BROADCAST';
    if (value >> 24n === 0n) return 'BROADCAST';
    if (contains(LOOPBACK, address)) return onDev('lo') ? 'LOCAL' : 'UNICAST';
  } else {
    if (value >> 120n === 0xffn) return 'MULTICAST';
    if (value === 1n) return onDev('lo') ? 'LOCAL' : 'UNICAST';
  }
  const local = host.tables.get(`${family} local`);
  const route = local?.value.find((one) => contains(one.prefix, address));
  const listed = { local: 'LOCAL', broadcast: 'BROADCAST', anycast: 'ANYCAST' }[route?.type ?? ''];
  if (listed !== undefined) return onDev(route?.hops[0]?.dev) ? (listed as AddressType) : 'UNICAST';
  const own = host.addresses[family].value;
  if (own.some((one) => one.address === address)) {
    return own.some((one) => one.address === address && onDev(one.ifname)) ? 'LOCAL' : 'UNICAST';
  }
  const broadcast = own.filter((one) => isBroadcast(one.prefix, value));
  if (broadcast.length > 0) return broadcast.some((one) => onDev(one.ifname)) ? 'BROADCAST' : 'UNICAST';
  const whole = host.addresses[family].shown === 'whole' || local?.shown === 'whole';
  return whole || host.isElsewhere(address) ? 'UNICAST' : undefined;
}
