import type { Placed } from '../facts.js';
import type { Device, Host } from '../host/host.js';
import type { Missing } from './missing.js';
import { ended, lostTrack, type Moved, type Walking } from './walking.js';

/** Why a bridge does not hand a frame to a port, with the line that says so. */
interface Fault {
  readonly says: string;
  readonly at: readonly Placed[];
}

/**
 * The end of a packet whose port of the bridge, to a pod or from it, does not forward: nothing passes it in either direction
 * (net/bridge/br_forward.c: should_deliver; br_input.c). Undefined when it does, and when nothing is said of ports.
 */
export const blockedPort = (host: Host, walking: Walking, bridge: string, address: string): Moved | undefined =>
  endAt(host, walking, bridge, address, (port) => {
    if (port.up === false) return { says: `${port.name}, its port of ${bridge}, is down`, at: port.links.slice(0, 1) };
    const { state, at } = port.bridgePort ?? {};
    if (state === undefined || state === 'forwarding' || at === undefined) return undefined;
    // A port that just came up is disabled until the kernel notices its carrier (net/core/link_watch.c).
    if (state === 'disabled' && port.flags?.includes('NO-CARRIER') === true && port.flags.includes('LOWER_UP'))
      return undefined;
    return { says: `${port.name}, its port of ${bridge}, is ${state}`, at: [at] };
  });

/**
 * The end of a packet that bridge-netfilter translated and that goes back to the pod it came from: the bridge sends nothing
 * out of the port by which it came, unless hairpin is on (should_deliver). A packet that is routed instead comes from the
 * bridge itself.
 */
export const noHairpin = (host: Host, walking: Walking, bridge: string, address: string): Moved | undefined =>
  endAt(host, walking, bridge, address, (port) => {
    const { hairpin, at } = port.bridgePort ?? {};
    return hairpin !== false || at === undefined
      ? undefined
      : {
          says: `it would go back out of ${port.name}, by which it came to ${bridge}, and hairpin is off there`,
          at: [at],
        };
  });

/** Of several ports that may be the pod's, all must have the fault; when some have it nobody can tell. */
function endAt(
  host: Host,
  walking: Walking,
  bridge: string,
  address: string,
  fault: (port: Device) => Fault | undefined,
): Moved | undefined {
  const ports = portsTo(host, bridge, address);
  const faults = ports.flatMap((port) => fault(port) ?? []);
  const [first] = faults;
  if (first === undefined) return undefined;
  if (faults.length === ports.length)
    return ended(walking, { node: host.name, stage: 'bridge', dev: bridge, ...first }, 'not-bridged');
  const missing: Missing = {
    what: `which port of ${bridge} on ${host.name} leads to ${address}`,
    collect: `ip neigh show dev ${bridge}; bridge fdb show br ${bridge}    # on ${host.name}`,
    at: first.at,
  };
  return lostTrack(walking, host.name, 'bridge', missing);
}

/** The port that neighbour and FDB entries name; else it may be any port of the bridge that a pod's cable is. */
function portsTo(host: Host, bridge: string, address: string): readonly Device[] {
  const ports = [...host.devices.values()].filter((device) => device.master === bridge);
  const macs = host.neighbours.value.flatMap((entry) =>
    entry.dev === bridge && entry.address === address && entry.mac !== undefined ? [entry.mac] : [],
  );
  const named = new Set(host.fdb.value.flatMap(({ mac, dev }) => (macs.includes(mac) ? [dev] : [])));
  const own = ports.filter((port) => named.has(port.name));
  return own.length === 1 ? own : ports.filter((port) => port.role === 'workload');
}
