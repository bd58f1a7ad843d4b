import type { Placed } from '../facts.js';
import type { Device, Host } from '../host/host.js';

/** Why a bridge does not hand a frame to the port of a pod, with the lines that say so. */
export interface NotBridged {
  readonly says: string;
  readonly at: readonly Placed[];
}

/**
 * The port by which a bridge reaches an address is not forwarding, so that nothing passes it in either direction
 * (net/bridge/br_forward.c: should_deliver; br_input.c). Undefined when it is, and when the bundle does not tell.
 */
export function blockedPort(host: Host, bridge: string, address: string): NotBridged | undefined {
  return atAllOf(portsTo(host, bridge, address), (port) => {
    if (port.up === false) return { says: `${port.name}, its port of ${bridge}, is down`, at: port.links };
    const { state, at } = port.bridgePort ?? {};
    return state === undefined || state === 'forwarding' || at === undefined
      ? undefined
      : { says: `${port.name}, its port of ${bridge}, is ${state}`, at: [at] };
  });
}

/**
 * A frame that bridge-netfilter translated goes back to the pod it came from: the bridge sends nothing out of the port by
 * which it came, unless hairpin is on (should_deliver). A packet that is routed instead comes from the bridge itself.
 */
export function noHairpin(host: Host, bridge: string, address: string): NotBridged | undefined {
  return atAllOf(portsTo(host, bridge, address), (port) => {
    const { hairpin, at } = port.bridgePort ?? {};
    return hairpin !== false || at === undefined
      ? undefined
      : {
          says: `it would go back out of ${port.name}, by which it came to ${bridge}, and hairpin is off there`,
          at: [at],
        };
  });
}

/** What holds at every port that it may be; of several the first one is named. */
function atAllOf(ports: readonly Device[], fault: (port: Device) => NotBridged | undefined): NotBridged | undefined {
  const faults = ports.map(fault);
  return faults.every((one) => one !== undefined) ? faults[0] : undefined;
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
