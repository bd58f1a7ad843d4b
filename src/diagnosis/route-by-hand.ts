import type { FindingDraft, Remedy } from '../core/finding.js';
import { contains, covers } from '../core/prefix.js';
import type { Host, HostRoute, NextHop } from '../model/host/host.js';
import { intendedWays } from '../model/intent/index.js';
import { vteps } from '../model/vteps.js';
import type { Case } from './cause.js';
import { flowEnd } from './flow-end.js';
import { hasRoute, type Subnet, subnetOf } from './pod-subnet.js';
import { shownCnis } from './shown-cni.js';
import { wayToNode } from './way-to-node.js';

/** A third node's route to a subnet. */
export interface Example {
  readonly node: string;
  readonly route: HostRoute;
  readonly hop: NextHop;
}

/** How a third node reaches a subnet. */
export function wayOfOthers({ hosts }: Case, host: Host, subnet: Subnet): Example | undefined {
  for (const other of hosts.values()) {
    if (other === host || other.name === subnet.node) continue;
    for (const table of other.tables.values())
      for (const route of table.value) {
        const [hop] = route.hops;
        if (route.prefix.length > 0 && hop !== undefined && covers(route.prefix, subnet.prefix))
          return { node: other.name, route, hop };
      }
  }
  return undefined;
}

/**
 * The route that a node lacks to a subnet of another node's pods, typed by hand: as its CNI means it, as a third node has it
 * where this one can do the same, or by an address of the other node on a common link. Undefined when nothing tells the way.
 * It carries no `proto bird`: BIRD takes away routes of its own mark that it does not know (proto/kernel `krt_got_route`).
 */
export function routeCommand(given: Case, node: string, subnet: Subnet): string | undefined {
  const host = given.hosts.get(node);
  const typed = (way: string): string => `ip route replace ${subnet.text} ${way}`;
  const ways = subnet.node === undefined ? [] : intendedWays(given.cluster, node, subnet.node);
  const intended = ways.find((way) => covers(way.subnet.value, subnet.prefix));
  // Pods' packets may travel in envelopes: the other node then answers in one, and drops what comes without.
  const plain = intended === undefined ? !hasTunnel(given) : /host-gw|BGP/.test(intended.backend);
  if (host === undefined || isHidden(host)) return plain ? fromAfar(given, node, subnet) : undefined;
  if (intended?.route !== undefined && intended.route.prefix.length >= subnet.prefix.length) {
    const { via, dev, onlink } = intended.route;
    // What keeps the agent from working may be that it cannot make the device.
    if (host.devices.size > 0 && !host.devices.has(dev)) return undefined;
    return typed(`${via === undefined ? '' : `via ${via} `}dev ${dev}${onlink ? ' onlink' : ''}`);
  }
  const hop = wayOfOthers(given, host, subnet)?.hop;
  const dev = hop?.via === undefined ? undefined : linkTo(host, hop.via);
  if (dev !== undefined) return typed(`via ${hop!.via} dev ${dev}`);
  if (hop?.dev !== undefined && host.devices.get(hop.dev)?.role === 'overlay')
    return typed(`${hop.via === undefined ? '' : `via ${hop.via} `}dev ${hop.dev}${hop.onlink ? ' onlink' : ''}`);
  const way = plain ? wayToNode(given, host, subnet.node ?? '', subnet.prefix.family) : undefined;
  return way === undefined ? undefined : typed(way.replace(/ proto bird\b/, ''));
}

/** True when neither devices nor routes of the node are in the bundle. */
const isHidden = (host: Host): boolean =>
  host.devices.size === 0 && [...host.tables.values()].every(({ value }) => value.length === 0);

/** On such a node: the other one shows that both are on one link. */
function fromAfar(
  { cluster, hosts }: Case,
  node: string,
  { text, prefix, node: peer = '' }: Subnet,
): string | undefined {
  const there = hosts.get(peer);
  const own = [...(cluster.nodes.get(node)?.addresses.keys() ?? [])];
  for (const address of cluster.nodes.get(peer)?.addresses.keys() ?? [])
    if (there !== undefined && address.includes(':') === (prefix.family === 6)) {
      const link = there.addresses[prefix.family].value.find((a) => a.address === address);
      if (link !== undefined && own.some((a) => contains(link.prefix, a)))
        return `ip route replace ${text} via ${address}`;
    }
  return undefined;
}

/** True when any node has, or announces, a tunnel device of a CNI. */
const hasTunnel = ({ cluster, hosts }: Case): boolean =>
  vteps(cluster).some((v) => v.ifname !== undefined || v.mac !== undefined || /vxlan|udp|ipip/.test(v.backend ?? '')) ||
  [...hosts.values()].some((host) => [...host.devices.values()].some((device) => device.role === 'overlay'));

/** The uplink of a host on whose link an address is: by its addresses, or by its routes. */
function linkTo(host: Host, address: string): string | undefined {
  const family = address.includes(':') ? 6 : 4;
  const uplink = (dev: string): boolean => host.devices.get(dev)?.role !== 'bridge';
  const own = host.addresses[family].value.find(
    (a) => uplink(a.ifname) && a.prefix.length > 0 && a.prefix.length < 127 && contains(a.prefix, address),
  );
  if (own !== undefined) return own.ifname;
  for (const route of host.tables.get(`${family} main`)?.value ?? []) {
    const [hop] = route.hops;
    if (hop?.dev !== undefined && hop.via === undefined && route.prefix.length > 0 && contains(route.prefix, address))
      return uplink(hop.dev) ? hop.dev : undefined;
  }
  return undefined;
}

/** At most this many routes in one command. */
const MANY = 4;

/** The routes of these symptoms' flows to pods of other nodes, by hand. None where the node has them, or nothing tells the way. */
export function routesFor(given: Case, node: string, symptoms: readonly FindingDraft[]): readonly Remedy[] {
  const { cluster } = given;
  const host = given.hosts.get(node);
  const wanted = new Map<string, Subnet>();
  for (const { src, dst } of symptoms.flatMap((s) => s.flows ?? []))
    for (const address of [src, dst].flatMap((end) => flowEnd(cluster, end).addresses)) {
      const subnet = subnetOf(given, address);
      if (subnet?.node === undefined || subnet.node === node || wanted.has(subnet.text)) continue;
      if (host === undefined || !hasRoute(host, subnet.prefix)) wanted.set(subnet.text, subnet);
    }
  return routesByHand(given, node, [...wanted.values()]);
}

/** The routes that a node lacks to these subnets, as one command that brings back the traffic before the agent does. */
export function routesByHand(given: Case, node: string, subnets: readonly Subnet[]): readonly Remedy[] {
  const typed = subnets
    .flatMap((subnet) => {
      const command = routeCommand(given, node, subnet);
      return command === undefined ? [] : [{ subnet, command }];
    })
    .slice(0, MANY);
  const [first] = typed;
  if (first === undefined) return [];
  const owners = [...new Set(typed.map(({ subnet }) => subnet.node).filter((name) => name !== undefined))];
  return [
    {
      command: `${typed.map(({ command }) => command).join(' && ')}    # on ${node}`,
      why: `${shownCnis(given.cluster).size > 0 ? 'At once, until the agent does it' : 'At once'}: the way to the pods${owners.length === 0 ? '' : ` of ${owners.join(' and ')}`}.${shownCnis(given.cluster).size > 0 ? ' Take it away when the agent works, or it hides the next fault.' : ''}`,
      verify: `ip route get ${first.subnet.text.split('/')[0]}    # on ${node}: not by the default gateway; then try the connection again`,
      rollback: `${typed.map(({ subnet }) => `ip route del ${subnet.text}`).join(' && ')}    # on ${node}`,
    },
  ];
}
