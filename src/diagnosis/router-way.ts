import { familyOf } from '../core/address.js';
import { contains } from '../core/prefix.js';
import type { Host } from '../model/host/host.js';
import type { Case } from './cause.js';

/** The words after `ip route replace default` that lead to the router of a device's network: that of another node's default route, or the only neighbour there that is no node. */
export function routerWay({ cluster, hosts }: Case, host: Host, dev: string): string {
  const onLink = (address: string): boolean =>
    host.addresses[4].value.some((own) => own.ifname === dev && own.prefix.length > 0 && contains(own.prefix, address));
  const routers = [...hosts.values()].flatMap((other) =>
    (other.tables.get('4 main')?.value ?? [])
      .filter((route) => route.prefix.length === 0)
      .flatMap((route) => route.hops.flatMap((hop) => (hop.via !== undefined && onLink(hop.via) ? [hop.via] : []))),
  );
  const strangers = host.neighbours.value
    .filter((n) => n.dev === dev && n.mac !== undefined && familyOf(n.address) === 4)
    .map((n) => n.address)
    .filter((address) => onLink(address) && cluster.nodeWithAddress(address) === undefined);
  const [router, ...more] = new Set(routers.length > 0 ? routers : strangers);
  return `via ${router === undefined || more.length > 0 ? `ROUTER_ON_${dev.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}` : router} dev ${dev}`;
}
