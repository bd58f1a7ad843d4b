import { contains } from '../../core/prefix.js';
import type { RouteKey } from './answer.js';
import type { Host, HostRoute, NextHop } from './host.js';

/** What one routing table says. */
export type Hit =
  | { readonly kind: 'route'; readonly route: HostRoute; readonly hops: readonly NextHop[] }
  /** `throw`, or the kernel's own IPv6 entry that stands for an empty table: go on with the next rule. */
  | { readonly kind: 'miss' };

const MISS: Hit = { kind: 'miss' };

/**
 * fib_table_lookup (net/ipv4/fib_trie.c) and fib6_table_lookup (net/ipv6/route.c): longest prefix, then the order of the
 * table; an entry without a usable next hop is passed over, also to a shorter prefix.
 */
export function lookInTable(host: Host, routes: readonly HostRoute[], key: RouteKey): Hit {
  for (const route of routes) {
    if (!contains(route.prefix, key.dst) || !serves(route, key)) continue;
    switch (route.type) {
      case 'throw':
        return MISS;
      case 'blackhole':
      case 'prohibit':
        return { kind: 'route', route, hops: [] };
      case 'unreachable':
        if (key.family === 6 && route.metric === 0xffffffff) continue;
        return { kind: 'route', route, hops: [] };
    }
    const hops = key.family === 4 ? usable(host, route.hops, key) : usable6(host, siblings(routes, route, key), key);
    if (hops.length > 0) return { kind: 'route', route, hops };
  }
  return MISS;
}

/** Packets are taken to have no type of service; an IPv6 route with `from` needs a known source in that prefix. */
function serves(route: HostRoute, key: RouteKey): boolean {
  if (route.only === undefined) return true;
  return 'from' in route.only && key.src !== undefined && contains(route.only.from, key.src);
}

/** fib_lookup_good_nhc: dead ones never, those without carrier unless the setting says so, only those of an asked device. */
const usable = (host: Host, hops: readonly NextHop[], key: RouteKey): readonly NextHop[] =>
  hops.filter((hop) => isAlive(host, hop, key.family) && (key.oif === undefined || hop.dev === key.oif));

function usable6(host: Host, hops: readonly NextHop[], key: RouteKey): readonly NextHop[] {
  const alive = hops.filter((hop) => isAlive(host, hop, 6));
  if (key.oif === undefined) return alive;
  const asked = alive.filter((hop) => hop.dev === key.oif);
  // With a source the device is a wish (rt6_need_strict, ip6_route_output_flags).
  const strict = key.src === undefined || /^(?:fe[89ab]|ff)/i.test(key.dst);
  return asked.length > 0 || strict ? asked : alive;
}

const isAlive = (host: Host, hop: NextHop, family: 4 | 6): boolean =>
  hop.state === 'alive' || (hop.state === 'linkdown' && !ignoresLinkdown(host, hop.dev, family));

const ignoresLinkdown = (host: Host, dev: string | undefined, family: 4 | 6): boolean =>
  host.sysctls.get(`net.ipv${family}.conf.${dev ?? ''}.ignore_routes_with_linkdown`)?.value === '1';

/** IPv6 routes of one prefix and metric that have gateways are one multipath route, also where they are printed apart. */
function siblings(routes: readonly HostRoute[], route: HostRoute, key: RouteKey): readonly NextHop[] {
  if (!route.hops.some((hop) => hop.via !== undefined)) {
    // Equal routes without gateways (fe80::/64) are told apart by the device that is asked for.
    const equal = routes.filter((other) => sameRank(other, route));
    return key.oif === undefined ? route.hops : equal.flatMap((other) => other.hops);
  }
  return routes
    .filter((other) => sameRank(other, route) && other.hops.some((hop) => hop.via !== undefined))
    .flatMap((other) => other.hops);
}

const sameRank = (a: HostRoute, b: HostRoute): boolean =>
  a === b ||
  (a.type === b.type &&
    a.metric === b.metric &&
    a.only === undefined &&
    b.only === undefined &&
    a.prefix.length === b.prefix.length &&
    a.prefix.first === b.prefix.first);
