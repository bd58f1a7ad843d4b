import type { Device, Host, NextHop } from '../host/host.js';
import { resolveNeighbour } from '../host/neighbour.js';
import { bridgeCallsIptables } from '../host/settings.js';
import { blockedPort, noHairpin } from './bridge-port.js';
import { tunnelKind } from './decapsulate.js';
import { encapsulate } from './encapsulate.js';
import type { Ground } from './ground.js';
import { assuming, ended, lostTrack, type Moved, stepped, type Walking } from './walking.js';

/** A packet leaves by a device: into a tunnel, to a pod, or onto the wire. */
export function transmit(ground: Ground, host: Host, walking: Walking, oif: string, hop: NextHop | undefined): Moved {
  const device = host.devices.get(oif);
  const { packet } = walking;
  if (device?.up === false) {
    return ended(
      walking,
      { node: host.name, stage: 'transmit', dev: oif, says: `${oif} is down`, at: device.links },
      'device-down',
    );
  }
  // NO-CARRIER alone may be a moment old: the kernel notices later (net/core/link_watch.c), LOWER_UP is the carrier itself.
  const dead = device?.links.findLast((link) => link.flags !== undefined);
  if (dead?.flags?.includes('NO-CARRIER') === true && !dead.flags.includes('LOWER_UP')) {
    return ended(
      walking,
      { node: host.name, stage: 'transmit', dev: oif, says: `${oif} has no carrier`, at: [dead] },
      'device-down',
    );
  }
  if (device?.mtu !== undefined && packet.length !== undefined && packet.length > device.mtu) {
    return ended(
      walking,
      {
        node: host.name,
        stage: 'transmit',
        dev: oif,
        says: `${packet.length} bytes are more than the ${device.mtu} that ${oif} takes`,
        at: device.links.filter((link) => link.mtu !== undefined),
      },
      'too-big',
    );
  }
  if (hop?.viaUnknown === true) {
    return lostTrack(walking, host.name, 'transmit', {
      what: `the gateway of the route to ${packet.dst}`,
      collect: `ip route show table all    # on ${host.name}`,
    });
  }
  const nextHop = hop?.via ?? packet.dst;
  const role = device?.role ?? ground.cluster.device(host.name, oif);
  if (device !== undefined && tunnelKind(device) !== undefined) {
    // A packet that is in an envelope already goes out by a wire; a tunnel in a tunnel is not walked.
    return walking.inside === undefined
      ? encapsulate(ground, host, walking, device, nextHop)
      : lostTrack(walking, host.name, 'encapsulate', {
          what: `a tunnel inside a tunnel (${oif})`,
          collect: `ip route get ${packet.dst}    # on ${host.name}`,
        });
  }
  switch (role) {
    case 'workload':
    case 'bridge':
      return toPod(ground, host, walking, oif, role === 'bridge' ? nextHop : undefined, device);
    case 'overlay':
      return lostTrack(walking, host.name, 'encapsulate', {
        what: `what kind of tunnel ${oif} is`,
        collect: `ip -d link show ${oif}    # on ${host.name}`,
      });
    default:
      return { walking, position: { at: 'wire', node: host.name, oif, nextHop } };
  }
}

/** A packet that a service brings back to the pod that sent it, where bridge-netfilter keeps it inside the bridge. */
function backToItself(host: Host, walking: Walking, bridge: string): Moved | undefined {
  const { steps, packet } = walking;
  const [start] = steps;
  if (start?.dev !== bridge || start.packet.src !== packet.dst) return undefined;
  const seen = bridgeCallsIptables(host, packet.family);
  return seen.kind === 'known' && seen.value ? noHairpin(host, walking, bridge, packet.dst) : undefined;
}

/** Onto a pod's own cable, or onto the bridge that pods hang on. */
function toPod(
  ground: Ground,
  host: Host,
  walking: Walking,
  oif: string,
  asked: string | undefined,
  device: Device | undefined,
): Moved {
  const { packet } = walking;
  const owner = ground.cluster.owner(packet.dst);
  let next = walking;
  if (asked !== undefined && device !== undefined) {
    const mac = resolveNeighbour(host, oif, asked);
    if (mac.kind === 'failed') {
      return ended(
        walking,
        { node: host.name, stage: 'neighbour', dev: oif, says: mac.says, at: mac.at, searched: mac.searched },
        'no-neighbour',
      );
    }
  }
  const hindered =
    asked === undefined ? undefined : (blockedPort(host, walking, oif, asked) ?? backToItself(host, walking, oif));
  if (hindered !== undefined) return hindered;
  if (owner.role === 'pod' && owner.node !== undefined && owner.node !== host.name) {
    return ended(
      walking,
      {
        node: host.name,
        stage: 'transmit',
        dev: oif,
        says: `${packet.dst} is a pod of ${owner.node}, not behind ${oif} of ${host.name}`,
        at: owner.at === undefined ? [] : [owner.at],
      },
      'sent-astray',
    );
  }
  if (owner.role !== 'pod') {
    next = assuming(next, [
      { what: `whether a pod with ${packet.dst} is on ${host.name}`, collect: 'kubectl get pods -A -o wide' },
    ]);
  }
  return ended(
    stepped(next, { node: host.name, stage: 'transmit', dev: oif, says: `out by ${oif}` }),
    {
      node: host.name,
      stage: 'deliver',
      dev: oif,
      says: `handed to ${owner.role === 'pod' && owner.name !== undefined ? `pod ${owner.name}` : 'the pod'} at ${packet.dst}`,
      at: owner.role === 'pod' && owner.at !== undefined ? [owner.at] : [],
    },
    'delivered',
  );
}
