import { carriedBy, type DataPlane } from '../host/data-plane.js';
import type { Host } from '../host/host.js';
import { addressesOf, type Ground } from './ground.js';
import { lostTrack, type Moved, type Position, type Walking } from './walking.js';

/** kube-apiserver --service-node-port-range, by default. */
const NODE_PORTS = { first: 30000, last: 32767 } as const;

/**
 * The end of the walk where the host's data plane takes the packet: nobody can tell what becomes of it. It leaves to the
 * kernel what processes of the host send to other hosts, what they get at the host's own addresses, and envelopes.
 */
export function takenBy(ground: Ground, host: Host, walking: Walking, position: Position): Moved | undefined {
  const plane = host.dataPlane;
  if (plane === undefined || walking.inside !== undefined) return undefined;
  const { packet } = walking;
  switch (position.at) {
    case 'output':
      // A program at the socket may choose the endpoint; where kube-proxy's rules are, they say the same.
      return ground.cluster.owner(packet.dst).role === 'service' && !hasServiceRules(host)
        ? lostTrack(walking, host.name, 'output', carriedBy(plane, host.name))
        : undefined;
    case 'receive':
      return plane.takes.test(position.iif) || !isForProcess(host, plane, packet.dst, packet.dport)
        ? lostTrack(walking, host.name, 'receive', carriedBy(plane, host.name))
        : undefined;
    case 'transmit':
      return plane.takes.test(position.oif)
        ? lostTrack(walking, host.name, 'transmit', carriedBy(plane, host.name))
        : undefined;
    default:
      return undefined;
  }
}

const hasServiceRules = (host: Host): boolean =>
  host.rulesets.some((ruleset) =>
    [...ruleset.tables.values()].some((table) => table.chains.has('KUBE-SERVICES') || / kube-proxy$/.test(table.name)),
  );

const isForProcess = (host: Host, plane: DataPlane, dst: string, dport: number | undefined): boolean =>
  addressesOf(host).some((own) => own.address === dst && !plane.takes.test(own.ifname)) &&
  (dport === undefined || dport < NODE_PORTS.first || dport > NODE_PORTS.last);
