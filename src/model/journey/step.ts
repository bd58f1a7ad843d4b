import type { Placed } from '../facts.js';
import type { Passage } from '../netfilter/passage.js';
import type { Missing } from './missing.js';
import type { Packet } from './packet.js';

/** Where on its way a packet is; the closed set of stages, in the order in which a forwarded packet meets them. */
export const STAGES = [
  'start',
  'output-route',
  'receive',
  'prerouting',
  'reverse-path',
  'route',
  'forward',
  'bridge',
  'input',
  'output',
  'postrouting',
  'neighbour',
  'encapsulate',
  'transmit',
  'underlay',
  'decapsulate',
  'deliver',
] as const;
export type Stage = (typeof STAGES)[number];

/** One thing that happens to the packet, and the lines of the bundle that decide it. */
export interface Step {
  readonly node: string;
  readonly stage: Stage;
  /** Device that the stage is about: input, output or tunnel device. */
  readonly dev?: string | undefined;
  /** What happens, in words; no full stop. */
  readonly says: string;
  /** Lines that decide it; empty when it follows from the kernel's own default, which `says` then names. */
  readonly at: readonly Placed[];
  /** The chain that a rule jumps to, when the step is no more than that. */
  readonly jumpsTo?: string | undefined;
  /** Where we looked in vain (sources), for a step whose point is an absence. */
  readonly searched?: readonly number[] | undefined;
  /** The packet after this step. */
  readonly packet: Packet;
  /** The envelope around it, while it is in a tunnel. */
  readonly outer?: Packet | undefined;
}

/** How a journey can end; closed and documented in docs/journey.md. */
export const DISPOSITIONS = [
  /** Handed to the process or pod that has the destination address. */
  'delivered',
  /** Left the last node that the bundle knows, towards a destination outside the cluster. */
  'left-cluster',
  /** A netfilter rule or policy dropped it silently. */
  'dropped-by-rule',
  /** A netfilter rule, or a virtual server of IPVS without real servers, answered with an error or reset. */
  'rejected-by-rule',
  /** The reverse-path filter dropped it on arrival. */
  'dropped-by-reverse-path',
  /** A blackhole route. */
  'dropped-by-route',
  /** An unreachable or prohibit route. */
  'rejected-by-route',
  /** No route at all. */
  'no-route',
  /** The packet is not for this host, and forwarding is off. */
  'forwarding-disabled',
  /** Next hop or VTEP cannot be resolved to a link-layer address, or the FDB has no tunnel end for it. */
  'no-neighbour',
  /** Sent, in clear or as a tunnel's envelope, to an address where the destination is not. */
  'sent-astray',
  /** The receiver does not take the envelope: other port, VNI, or MAC than its tunnel device has. */
  'not-decapsulated',
  /** Larger than the path takes, and must not be fragmented. */
  'too-big',
  /** The device that it must leave by is down. */
  'device-down',
  /** A bridge does not hand it to the pod's port, or does not take it from there: the port is not forwarding, or hairpin is off. */
  'not-bridged',
  /** It comes back to a node where it has been. */
  'loop',
  /** The answer arrived, but from another address than was asked, or at another host than asked: nobody undid the translation. */
  'not-recognised',
  /** Nobody can tell; `missing` says why. */
  'unknown',
] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

/** One way that the packet may take, from its start to its end. */
export interface Walk {
  readonly steps: readonly Step[];
  readonly disposition: Disposition;
  /** Present with `unknown`. */
  readonly missing?: Missing | undefined;
  /** The rule, or the chain with its policy, that dropped or rejected it. */
  readonly by?: Passage['by'];
  /** What was taken for granted on the way, because the bundle does not tell; a verdict on it is at most `likely`. */
  readonly assumptions: readonly Missing[];
  /** Why there are several walks: `endpoint 10.1.2.3:80, 1 of 3`. */
  readonly choice?: string | undefined;
  /** Per node, in order of the walk: the connection as its conntrack has it, for the way back. */
  readonly tracked: readonly TrackedAt[];
  /** Last node, and the packet as it was there. */
  readonly node: string;
  readonly packet: Packet;
}

/** Where a packet is made. */
export type Origin =
  /** By a process of the node itself; without an address the kernel chooses the source. */
  | { readonly kind: 'node'; readonly node: string; readonly address?: string | undefined }
  | { readonly kind: 'pod'; readonly node: string; readonly address: string; readonly name?: string | undefined }
  /** Somewhere that the bundle does not know; it arrives at the destination's node by the wire. */
  | { readonly kind: 'outside'; readonly address: string };

/** Stands for a client of which only a name is known; TEST-NET-1 (RFC 5737) is routed by no network. */
export const ANYWHERE = '192.0.2.1';

/** One node's conntrack entry of the walked connection. */
export interface TrackedAt {
  readonly node: string;
  /** As it came to the node. */
  readonly before: Packet;
  /** As it left the node: what replies are the mirror of. */
  readonly after: Packet;
  readonly inDev?: string | undefined;
  readonly outDev?: string | undefined;
}

/** What all walks together say. `mixed`: some endpoints work, some do not. */
export type Outcome = 'pass' | 'drop' | 'mixed' | 'unknown';

/** All ways that a packet may take, and the ways back of those that arrive. */
export interface Journey {
  readonly origin: Origin;
  readonly walks: readonly RoundTrip[];
  readonly outcome: Outcome;
}

export interface RoundTrip {
  readonly request: Walk;
  /** Absent when the request does not arrive at a host that the bundle knows. */
  readonly reply?: Walk | undefined;
}

export const PASSING: ReadonlySet<Disposition> = new Set(['delivered', 'left-cluster']);
