import type { Arrivals } from '../arrivals.js';
import type { Cluster } from '../cluster.js';
import type { Placed } from '../facts.js';
import type { Host, HostAddress } from '../host/host.js';

/** What a walk stands on: all hosts of the bundle, and whose every address is. */
export interface Ground {
  readonly hosts: ReadonlyMap<string, Host>;
  readonly cluster: Cluster;
  /** What captures show of packets that routers passed on. */
  readonly arrivals?: Arrivals | undefined;
}

/** The host with this address on one of its devices. */
export function holder(
  ground: Ground,
  address: string,
): { readonly host: Host; readonly held: HostAddress } | undefined {
  // Addresses that every host has (docker0, NAT interfaces) tell nothing; the node that is known by it comes first.
  const known = ground.cluster.nodeWithAddress(address);
  return (holders(ground.hosts).get(address) ?? []).find(
    ({ host }) => known === undefined || known === host.name || !ground.hosts.has(known),
  );
}

interface Holder {
  readonly host: Host;
  readonly held: HostAddress;
}

const HOLDERS = new WeakMap<Ground['hosts'], ReadonlyMap<string, readonly Holder[]>>();

/** All hosts by the addresses of their devices, dummies that hold service addresses left out. */
function holders(hosts: Ground['hosts']): ReadonlyMap<string, readonly Holder[]> {
  let index = HOLDERS.get(hosts);
  if (index === undefined) {
    const found = new Map<string, Holder[]>();
    for (const host of hosts.values()) {
      const first = new Map<string, HostAddress>();
      for (const held of addressesOf(host)) if (!first.has(held.address)) first.set(held.address, held);
      for (const [address, held] of first) {
        if (host.devices.get(held.ifname)?.role === 'loopback') continue;
        const known = found.get(address);
        if (known === undefined) found.set(address, [{ host, held }]);
        else known.push({ host, held });
      }
    }
    index = found;
    HOLDERS.set(hosts, index);
  }
  return index;
}

/** True when enough of the node is in the bundle to walk through it. */
export const walkable = (host: Host | undefined): host is Host => host !== undefined && shown(host);

export const shown = (host: Host): boolean => [...host.tables.values()].some((table) => table.shown !== 'none');

/** The command that makes a node walkable. */
export const collectNode = (node: string): string =>
  `ip -d addr; ip rule; ip route show table all; ip neigh; bridge fdb; iptables-save; ipset save; sysctl -a    # on ${node}`;

/** The tunnel address that the newest lease announces for the subnet with this address. */
export function leaseOf(
  ground: Ground,
  address: string,
): { readonly address: string; readonly at: Placed } | undefined {
  const last = [...ground.cluster.leasedTo(address)].at(-1);
  return last === undefined ? undefined : { address: last[0], at: last[1] };
}

/**
 * True when nodes carry pod packets to each other (by tunnels, or by routes whose next hop is a node): then a router on the
 * way has no reason to know pod addresses. False for clouds and fabrics that route pods natively, and when nothing tells.
 */
export function routesPodsItself(ground: Ground): boolean {
  let answer = ROUTES_PODS.get(ground);
  if (answer === undefined) {
    answer = hasPodRoutes(ground);
    ROUTES_PODS.set(ground, answer);
  }
  return answer;
}

const ROUTES_PODS = new WeakMap<Ground, boolean>();

function hasPodRoutes(ground: Ground): boolean {
  for (const host of ground.hosts.values()) {
    for (const table of host.tables.values()) {
      for (const route of table.value) {
        if (!ground.cluster.inPodRange(route.prefix)) continue;
        for (const hop of route.hops) {
          if (hop.dev !== undefined && host.devices.get(hop.dev)?.role === 'overlay') return true;
          if (hop.via !== undefined && ground.cluster.nodeWithAddress(hop.via) !== undefined) return true;
        }
      }
    }
  }
  return false;
}

/** All addresses of a host, of both families. */
export const addressesOf = (host: Host): readonly HostAddress[] => [
  ...host.addresses[4].value,
  ...host.addresses[6].value,
];
