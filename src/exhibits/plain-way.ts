import type { Cite } from '../core/finding.js';
import { contains } from '../core/prefix.js';
import type { Cluster } from '../model/cluster.js';
import type { Placed } from '../model/facts.js';
import type { Device, Host, NextHop } from '../model/host/host.js';
import { resolveNeighbour } from '../model/host/neighbour.js';
import { lookup } from '../model/host/policy-routing.js';
import { tunnelEnd } from '../model/host/tunnel-end.js';
import { tunnelKind, vniOf, vxlanPort } from '../model/journey/decapsulate.js';

/** The nodes that have an address on a device. */
export type Holders = ReadonlyMap<string, ReadonlySet<string>>;

export function holdersOf(hosts: ReadonlyMap<string, Host>): Holders {
  const holders = new Map<string, Set<string>>();
  for (const host of hosts.values()) {
    for (const { address } of addressesOf(host))
      holders.set(address, (holders.get(address) ?? new Set()).add(host.name));
  }
  return holders;
}

/** What the nodes show, for one way of one packet. */
interface Sent {
  readonly cluster: Cluster;
  readonly holders: Holders;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly host: Host;
  readonly to: string;
}

/** A way that leads where it should. */
export interface PlainWay {
  readonly says: string;
  readonly cites: readonly Cite[];
}

/**
 * The way of a packet that nothing stands against: its route, neighbour and tunnel end are shown, and lead to the node. All else
 * (no route, default route, several next hops, whatever is missing or differs) is undefined, and must be walked: this is no
 * more than the short cut for clusters with thousands of ways.
 */
export function plainWay(sent: Sent, target: string): PlainWay | undefined {
  const { host } = sent;
  const answer = lookup(host, { family: target.includes(':') ? 6 : 4, dst: target, mark: 0 });
  if (answer.kind !== 'unicast' || answer.hops.length > 1 || answer.assumptions.length > 0) return undefined;
  const [hop] = answer.hops;
  const device = host.devices.get(hop.dev ?? '');
  if (answer.route.prefix.length === 0 || device === undefined || device.up === false || !isPlain(hop))
    return undefined;
  const route = answer.at.map((at): Cite => ({ role: 'route', at }));
  switch (tunnelKind(device)) {
    case undefined:
      return device.role === 'uplink' ? byWire(sent, device, hop.via!, route) : undefined;
    case 'vxlan':
      return byVxlan(sent, device, hop.via!, route);
    case 'ipip':
      return isOf(sent, hop.via!) && reaches(sent, hop.via!)
        ? { says: `ipip ${device.name} -> ${hop.via}`, cites: route }
        : undefined;
    default:
      return undefined;
  }
}

const isPlain = ({ via, viaUnknown, opaque, state }: NextHop): boolean =>
  via !== undefined && !viaUnknown && !opaque && state === 'alive';

/** True for an address of that node that no other node has too. */
const isOf = ({ cluster, holders, to }: Sent, address: string): boolean =>
  cluster.nodeWithAddress(address) === to && [...(holders.get(address) ?? [])].every((name) => name === to);

const addressesOf = (host: Host) => [...host.addresses[4].value, ...host.addresses[6].value];

/** True when the other node is on one of the host's own networks, or behind a route, and nobody has failed to answer there. */
function reaches({ host }: Sent, address: string): boolean {
  const link = addressesOf(host).find(
    ({ prefix, ifname }) => contains(prefix, address) && host.devices.get(ifname)?.role === 'uplink',
  );
  if (link !== undefined) return resolveNeighbour(host, link.ifname, address).kind !== 'failed';
  const answer = lookup(host, { family: address.includes(':') ? 6 : 4, dst: address, mark: 0 });
  if (answer.kind !== 'unicast' || answer.hops.length > 1) return false;
  const [{ dev, via }] = answer.hops;
  if (dev === undefined || via === undefined) return false;
  const near = addressesOf(host).some((own) => own.ifname === dev && contains(own.prefix, via));
  return near && resolveNeighbour(host, dev, via).kind !== 'failed';
}

function byWire(sent: Sent, device: Device, via: string, route: readonly Cite[]): PlainWay | undefined {
  if (!isOf(sent, via) || !reaches(sent, via)) return undefined;
  const mac = resolveNeighbour(sent.host, device.name, via);
  const known = [...(sent.hosts.get(sent.to)?.devices.values() ?? [])].flatMap((one) => one.mac ?? []);
  if (mac.kind === 'found' && known.length > 0 && !known.includes(mac.value)) return undefined;
  const at = mac.kind === 'found' ? mac.at : [];
  return { says: `via ${via} dev ${device.name}`, cites: [...route, ...cited('neighbour', at)] };
}

function byVxlan(sent: Sent, device: Device, via: string, route: readonly Cite[]): PlainWay | undefined {
  const mac = resolveNeighbour(sent.host, device.name, via);
  if (mac.kind !== 'found') return undefined;
  const end = tunnelEnd(sent.host, device.name, mac.value);
  if (end.kind !== 'found' || !isOf(sent, end.value.dst) || !reaches(sent, end.value.dst)) return undefined;
  const far = sent.hosts.get(sent.to)?.devices.get(device.name);
  const differs =
    far !== undefined &&
    ((far.mac !== undefined && far.mac !== mac.value) ||
      far.up === false ||
      vniOf(far) !== (end.value.vni ?? vniOf(device)) ||
      vxlanPort(far) !== (end.value.port ?? vxlanPort(device)));
  if (differs) return undefined;
  return {
    says: `vxlan ${device.name} -> ${end.value.dst}`,
    cites: [...route, ...cited('neighbour', mac.at), ...cited('tunnel end', end.at)],
  };
}

const cited = (role: string, places: readonly Placed[]): readonly Cite[] => places.map((at) => ({ role, at }));
