import { addressValue, formatPrefix, type Prefix } from '../../core/prefix.js';
import type { Placed } from '../facts.js';
import type { Device, HostAddress, HostRoute, NextHop } from './host.js';

/**
 * Table local as the kernel fills it from the addresses (net/ipv4/fib_frontend.c fib_add_ifaddr, net/ipv6/addrconf.c):
 * dumps of all tables are rare, and nothing but the kernel usually writes there. Each entry cites its address.
 */
export function localRoutes(
  addresses: readonly HostAddress[],
  devices: ReadonlyMap<string, Device>,
  forwards6: boolean,
): readonly HostRoute[] {
  return addresses
    .flatMap((address) => entriesOf(address, devices.get(address.ifname), forwards6))
    .sort((a, b) => b.prefix.length - a.prefix.length);
}

function entriesOf(own: HostAddress, device: Device | undefined, forwards6: boolean): HostRoute[] {
  const value = addressValue(own.address);
  if (value === undefined) return [];
  const bits = value.family === 4 ? 32 : 128;
  const host: Prefix =
    own.prefix.length === bits && own.prefix.first === value.value
      ? own.prefix
      : { family: value.family, first: value.value, length: bits };
  const entries = [entry('local', host, own)];
  if (value.family === 6) {
    // A router answers to the first address of each of its networks (RFC 4291 2.6.1; addrconf_join_anycast).
    const router = forwards6 && own.prefix.length < 127 && own.ifname !== 'lo';
    return router ? [...entries, entry('anycast', { ...own.prefix, length: bits }, own)] : entries;
  }
  const loopback = device?.role === 'loopback' && own.ifname === 'lo';
  const span = 1n << BigInt(bits - own.prefix.length);
  if (loopback && own.prefix.length < bits) entries.push(entry('local', own.prefix, own));
  if (own.prefix.length < 31 && device?.up !== false && own.at.flags?.includes('secondary') !== true) {
    entries.push(
      entry('broadcast', { family: 4, first: own.prefix.first + span - 1n, length: bits }, own, carrierOf(device)),
    );
  }
  return entries;
}

/** An address that a route prefers as source is the host's own: the kernel takes no other (fib_valid_prefsrc). */
export function ownBySource(routes: readonly HostRoute[], known: ReadonlySet<string>): readonly HostRoute[] {
  const seen = new Set(known);
  return routes.flatMap((route) => {
    const value = route.src === undefined ? undefined : addressValue(route.src);
    if (value === undefined || seen.has(route.src!)) return [];
    seen.add(route.src!);
    const prefix: Prefix = { family: value.family, first: value.value, length: value.family === 4 ? 32 : 128 };
    return [new LocalRoute('local', prefix, route.src!, route.hops[0]?.dev, route.at[0], 'alive')];
  });
}

/** Broadcast needs a carrier as any route does; the host's own addresses do not. */
const carrierOf = (device: Device | undefined): NextHop['state'] =>
  device?.flags?.includes('NO-CARRIER') === true ? 'linkdown' : 'alive';

const entry = (type: LocalType, prefix: Prefix, own: HostAddress, state: NextHop['state'] = 'alive'): HostRoute =>
  new LocalRoute(type, prefix, own.address, own.ifname, own.at, state);

type LocalType = 'local' | 'broadcast' | 'anycast';

/** An entry that the kernel made of an address. Of each is kept what it differs in: a node of IPVS has an address for every service. */
class LocalRoute implements HostRoute {
  constructor(
    readonly type: LocalType,
    readonly prefix: Prefix,
    readonly src: string,
    private readonly dev: string | undefined,
    private readonly from: Placed,
    private readonly state: NextHop['state'],
  ) {}
  get table(): string {
    return 'local';
  }
  get metric(): number {
    return 0;
  }
  get srcShown(): boolean {
    return true;
  }
  get proto(): string {
    return 'kernel';
  }
  get scope(): string {
    return this.type === 'local' ? 'host' : 'link';
  }
  get hops(): readonly NextHop[] {
    const { dev, state, from: at } = this;
    return [{ dev, via: undefined, onlink: false, weight: 1, state, opaque: false, viaUnknown: false, at }];
  }
  get at(): readonly [Placed] {
    return [this.from];
  }
}

/** What two entries of the table have in common. */
export const sameEntry = (route: HostRoute): string =>
  `${route.type} ${formatPrefix(route.prefix)} ${route.hops[0]?.dev ?? ''}`;
