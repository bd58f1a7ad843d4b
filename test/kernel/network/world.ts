import type { Firewall } from './firewall.js';

/** A broadcast domain between hosts. */
export interface Wire {
  readonly name: string;
  /** First three bytes of its /24. */
  readonly net: string;
}

export interface Uplink {
  readonly dev: string;
  readonly wire: Wire;
  readonly address: string;
  readonly mac: string;
}

export interface Pod {
  readonly name: string;
  readonly address: string;
  /** The host's end of its veth pair. */
  readonly hostDev: string;
  readonly hostMac: string;
  readonly mac: string;
}

export interface Overlay {
  readonly dev: string;
  readonly address: string;
  readonly mac: string;
  readonly vni: number;
  readonly port: number;
  readonly underlay: string;
  readonly local: string;
}

export interface Service {
  readonly address: string;
  readonly port: number;
  readonly nodePort: number;
  readonly targetPort: number;
  readonly endpoints: readonly string[];
}

/** A host of the network, with its configuration as arguments of `ip`, `bridge` and `iptables`. */
export interface Machine {
  readonly name: string;
  readonly role: 'node' | 'router' | 'outside';
  /** Its dumps are in the bundle. */
  shown: boolean;
  readonly uplinks: Uplink[];
  readonly pods: Pod[];
  /** `cni0` and the like, with its address; pods are routed without one. */
  bridge?: { readonly dev: string; readonly address: string; readonly mac: string };
  podNet?: string;
  overlay?: Overlay;
  /** Arguments of `ip addr add`, `ip route add`, `ip rule add`, `ip neigh replace`, `bridge fdb append`. */
  readonly addresses: string[];
  readonly routes: string[];
  readonly rules: string[];
  readonly neighbours: string[];
  readonly fdb: string[];
  /** Lines of `ip -batch` after all others. */
  readonly afterwards: string[];
  readonly sysctls: Map<string, number>;
  /** Lines of `ipset restore`. */
  readonly sets: string[];
  readonly legacy: Firewall;
  readonly nft: Firewall;
  /** The back end that the node's own programs use. */
  readonly rulesOf: 'legacy' | 'nft';
}

export interface World {
  readonly wires: readonly Wire[];
  readonly machines: readonly Machine[];
  readonly services: readonly Service[];
  readonly podNetwork: string;
  /** How pods of different nodes reach each other. */
  readonly between: 'vxlan' | 'routes' | 'nothing';
  readonly podsBy: 'bridge' | 'routed' | 'none';
  /** In plain words: what was made odd, for the report of a mismatch. */
  readonly twists: string[];
}

export const nodesOf = (world: World): readonly Machine[] => world.machines.filter((m) => m.role === 'node');

export const firewallOf = (machine: Machine): Firewall => machine[machine.rulesOf];

/** Devices of a machine, in the order in which they are made. */
export const devicesOf = (machine: Machine): string[] => [
  ...machine.uplinks.map((uplink) => uplink.dev),
  ...(machine.bridge === undefined ? [] : [machine.bridge.dev]),
  ...(machine.overlay === undefined ? [] : [machine.overlay.dev]),
  ...machine.pods.map((pod) => pod.hostDev),
];
