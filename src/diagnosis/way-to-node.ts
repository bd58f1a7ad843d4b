import { contains, type Prefix } from '../core/prefix.js';
import type { Host, HostRoute } from '../model/host/host.js';
import type { Case } from './cause.js';

/** The words after `ip route replace PREFIX` that lead to another node's pods, as this node's other routes do it. */
export function wayToNode(given: Case, host: Host, peer: string, family: 4 | 6, dev?: string): string | undefined {
  const siblings = podRoutes(given, host).filter((route) => familyOfRoute(route) === family);
  const tunnel = siblings.find((route) => route.hops.some((hop) => isOverlay(host, hop.dev)));
  const known = given.cluster.nodes.get(peer);
  const proto = (route: HostRoute | undefined): string =>
    route?.proto === undefined || route.proto === 'kernel' ? '' : ` proto ${route.proto}`;
  if (tunnel !== undefined) {
    const [hop] = tunnel.hops;
    const end = [...(known?.overlayAddresses.keys() ?? [])].find((a) => a.includes(':') === (family === 6));
    const via =
      tunnel.hops[0]!.via !== undefined && /^tunl|^ipip/.test(hop!.dev ?? '') ? addressOn(known, family) : end;
    if (via !== undefined) return `via ${via} dev ${hop!.dev}${proto(tunnel)} onlink`;
  }
  const onLink = [...(known?.addresses.keys() ?? [])].flatMap((address) =>
    host.addresses[family].value
      .filter((own) => own.prefix.length > 0 && contains(own.prefix, address))
      .map((own) => ({ address, dev: own.ifname })),
  );
  const best = onLink.find((way) => way.dev === dev) ?? onLink[0];
  return best === undefined
    ? undefined
    : `via ${best.address} dev ${best.dev}${proto(siblings.find((route) => route.hops.length > 0))}`;
}

const addressOn = (known: { readonly addresses: ReadonlyMap<string, unknown> } | undefined, family: 4 | 6) =>
  [...(known?.addresses.keys() ?? [])].find((address) => address.includes(':') === (family === 6));

const isOverlay = (host: Host, dev: string | undefined): boolean =>
  dev !== undefined && host.devices.get(dev)?.role === 'overlay';

const familyOfRoute = (route: HostRoute): 4 | 6 => route.prefix.family;

/** The host's unicast routes to pod ranges of other nodes. */
function podRoutes(given: Case, host: Host): readonly HostRoute[] {
  const known = POD_ROUTES.get(host);
  if (known !== undefined) return known;
  const found = [...host.tables.values()].flatMap((table) =>
    table.value.filter(
      (route) =>
        route.type === 'unicast' && isForPods(given, route.prefix) && route.hops.some((hop) => hop.via !== undefined),
    ),
  );
  POD_ROUTES.set(host, found);
  return found;
}

/** Asked for each peer anew. */
const POD_ROUTES = new WeakMap<Host, readonly HostRoute[]>();

/** True for a route that somebody made for pods, and not one that merely takes what has no route of its own. */
export const isForPods = (given: Case, prefix: Prefix): boolean =>
  prefix.length > 0 && given.cluster.inPodRange(prefix);
