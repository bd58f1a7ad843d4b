import type { Prefix } from '../../core/prefix.js';
import type { Cluster } from '../cluster.js';
import type { Placed } from '../facts.js';

/** Lines that something follows from; never empty. */
export type Lines = readonly [Placed, ...Placed[]];

/** A value with the lines that it is known from. */
export interface Known<T> {
  readonly value: T;
  readonly at: Lines;
}

/**
 * The way that a CNI lays on one node to the pods of another. A part that the bundle does not tell is absent: nothing is
 * taken from a CNI's default unless its whole configuration is shown.
 */
export interface IntendedWay {
  readonly backend: Backend;
  readonly from: string;
  readonly to: string;
  /** Pods of `to`. */
  readonly subnet: Known<Prefix>;
  readonly route?: IntendedRoute | undefined;
  /** Entry for the next hop on the tunnel device. */
  readonly neighbour?: IntendedNeighbour | undefined;
  /** Where the tunnel device sends envelopes for that entry's MAC address. */
  readonly fdb?: IntendedFdb | undefined;
}

export type Backend =
  | 'flannel vxlan'
  | 'flannel host-gw'
  | 'flannel udp'
  | 'flannel ipip'
  | 'Calico VXLAN'
  | 'Calico IPIP'
  | 'Calico BGP';

export interface IntendedRoute {
  readonly prefix: Prefix;
  /** Absent where packets go into the device itself (flannel's UDP). */
  readonly via?: string | undefined;
  readonly dev: string;
  readonly onlink: boolean;
  /** Who installs it, as `ip route` prints it. */
  readonly proto?: string | undefined;
  readonly at: Lines;
}

export interface IntendedNeighbour {
  readonly address: string;
  readonly dev: string;
  readonly mac: string;
  readonly at: Lines;
}

export interface IntendedFdb {
  readonly mac: string;
  readonly dev: string;
  readonly dst: string;
  readonly at: Lines;
}

/** A tunnel device that the CNI makes on a node. */
export interface IntendedDevice {
  readonly name: string;
  readonly kind: 'vxlan' | 'ipip' | 'tun';
  readonly vni?: Known<number> | undefined;
  /** UDP port of envelopes. */
  readonly port?: Known<number> | undefined;
}

/** Whether the CNI gives packets of pods their node's address when they leave the pod network. */
export interface IntendedMasquerade {
  readonly wanted: boolean;
  /** The option that says it, as its owner names it. */
  readonly option: string;
  /** Networks whose pods it is about, and towards which nothing is translated. */
  readonly networks: readonly Known<string>[];
  readonly at: Lines;
}

/** What a CNI would install, as far as the bundle tells. One file each; listed in `index.ts`. */
export interface Cni {
  readonly name: 'flannel' | 'Canal' | 'Calico';
  /** Ways to the pods of `to`, one for each of its subnets. */
  ways(cluster: Cluster, from: string, to: string): readonly IntendedWay[];
  /** The tunnel device of a node; absent when there is none, and when nothing tells. */
  device(cluster: Cluster, node: string): IntendedDevice | undefined;
  /** For the packets of a pod (its address) that runs on the node. */
  masquerade(cluster: Cluster, node: string, pod: string): IntendedMasquerade | undefined;
}
