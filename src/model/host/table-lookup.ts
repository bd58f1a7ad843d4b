import { contains } from '../../core/prefix.js';
import { PrefixIndex } from '../../core/prefix-index.js';
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
  const holding = [...indexOf(routes).holding(key.dst)];
  for (const route of holding) {
    if (!serves(route, key)) continue;
    switch (route.type) {
      case 'throw':
        if (bound6(key)) continue;
        return MISS;
      case 'blackhole':
      case 'prohibit':
        // In IPv6 they are routes by the loopback.
        if (bound6(key)) continue;
        return { kind: 'route', route, hops: [] };
      case 'unreachable':
        if (bound6(key) || (key.family === 6 && route.metric === 0xffffffff)) continue;
        return { kind: 'route', route, hops: [] };
    }
    const hops = key.family === 4 ? usable(host, route.hops, key) : usable6(host, equals(holding, route), key);
    if (hops.length > 0) return { kind: 'route', route, hops };
  }
  return MISS;
}

const INDEXES = new WeakMap<readonly HostRoute[], PrefixIndex<HostRoute>>();

/** By prefix, made when a table is first looked into. */
function indexOf(routes: readonly HostRoute[]): PrefixIndex<HostRoute> {
  let index = INDEXES.get(routes);
  if (index === undefined) {
    index = new PrefixIndex(routes);
    INDEXES.set(routes, index);
  }
  return index;
}

/** Packets are taken to have no type of service; an IPv6 route with `from` needs a known source in that prefix. */
function serves(route: HostRoute, key: RouteKey): boolean {
  if (route.only === undefined) return true;
  return 'from' in route.only && key.src !== undefined && contains(route.only.from, key.src);
}

/** fib_lookup_good_nhc: dead ones never, those without carrier unless the setting says so, only those of an asked device. */
const usable = (host: Host, hops: readonly NextHop[], key: RouteKey): readonly NextHop[] =>
  hops.filter((hop) => isAlive(host, hop, key.family) && (key.oif === undefined || hop.dev === key.oif));

/**
 * IPv6 routes of one prefix and metric: those with gateways are one multipath route, also where they are printed apart;
 * of the others one by the wanted device comes first.
 */
function usable6(host: Host, equal: readonly HostRoute[], key: RouteKey): readonly NextHop[] {
  const alive = (route: HostRoute): readonly NextHop[] => route.hops.filter((hop) => isAlive(host, hop, 6));
  const wanted = key.oif ?? key.iif;
  if (bound6(key)) return equal.flatMap(alive).filter((hop) => hop.dev === wanted);
  const [first] = equal;
  if (first?.hops.some((hop) => hop.via !== undefined)) return equal.filter(hasGateway).flatMap(alive);
  const ways = equal.map(alive).filter((hops) => hops.length > 0);
  return ways.find((hops) => hops.some((hop) => hop.dev === wanted)) ?? ways[0] ?? [];
}

const hasGateway = (route: HostRoute): boolean => route.hops.some((hop) => hop.via !== undefined);

/**
 * Whether IPv6 insists on a device: that of a link-local address, and that of a socket without a source. Else the output
 * device, or that of input, is a wish (rt6_need_strict, ip6_pol_route_input, ip6_route_output_flags).
 */
const bound6 = (key: RouteKey): boolean => {
  if (key.family === 4 || (key.oif ?? key.iif) === undefined) return false;
  return /^(?:fe[89ab]|ff)/i.test(key.dst) || (key.oif !== undefined && key.oif !== 'lo' && key.src === undefined);
};

const isAlive = (host: Host, hop: NextHop, family: 4 | 6): boolean =>
  hop.state === 'alive' || (hop.state === 'linkdown' && !ignoresLinkdown(host, hop.dev, family));

const ignoresLinkdown = (host: Host, dev: string | undefined, family: 4 | 6): boolean =>
  host.sysctls.get(`net.ipv${family}.conf.${dev ?? ''}.ignore_routes_with_linkdown`)?.value === '1';

const equals = (routes: readonly HostRoute[], route: HostRoute): readonly HostRoute[] =>
  routes.filter((other) => sameRank(other, route));

const sameRank = (a: HostRoute, b: HostRoute): boolean =>
  a === b ||
  (a.type === b.type &&
    a.metric === b.metric &&
    a.only === undefined &&
    b.only === undefined &&
    a.prefix.length === b.prefix.length &&
    a.prefix.first === b.prefix.first);
