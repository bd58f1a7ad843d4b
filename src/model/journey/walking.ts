import type { Placed } from '../facts.js';
import type { NextHop } from '../host/host.js';
import type { Missing } from './missing.js';
import type { Packet } from './packet.js';
import type { Disposition, Stage, Step, TrackedAt, Walk } from './step.js';

/** A packet on its way: immutable; each hop makes the next one. */
export interface Walking {
  readonly steps: readonly Step[];
  readonly packet: Packet;
  /** The packet inside, and the steps are those of the envelope. */
  readonly inside?: Packet | undefined;
  /** Inner destination MAC of a VXLAN envelope, and its VNI. */
  readonly envelope?: Envelope | undefined;
  readonly assumptions: readonly Missing[];
  readonly choice?: string | undefined;
  readonly tracked: readonly TrackedAt[];
  /** Connections that the request left in the conntrack of each node: what the reply is matched with. */
  readonly known: readonly TrackedAt[];
  /** How often it was received anywhere; the TTL in a way. */
  readonly hops: number;
}

export interface Envelope {
  readonly kind: 'vxlan' | 'ipip' | 'gre' | 'gretap' | 'geneve' | 'udp';
  readonly vni?: number | undefined;
  readonly mac?: string | undefined;
  readonly port?: number | undefined;
}

/** Where it is now. */
export type Position =
  /** The host makes it; `bound` when the sender chose the source address. */
  | { readonly at: 'output'; readonly node: string; readonly bound: boolean }
  | { readonly at: 'receive'; readonly node: string; readonly iif: string; readonly physIn?: string | undefined }
  /** All hooks are passed: it leaves by this device. */
  | { readonly at: 'transmit'; readonly node: string; readonly oif: string; readonly hop?: NextHop | undefined }
  /** On the wire of this device, to this next hop. */
  | { readonly at: 'wire'; readonly node: string; readonly oif: string; readonly nextHop: string }
  | { readonly at: 'end'; readonly walk: Walk };

export type Moved = { readonly walking: Walking; readonly position: Position };

interface Says {
  readonly node: string;
  readonly stage: Stage;
  readonly dev?: string | undefined;
  readonly says: string;
  readonly at?: readonly Placed[] | undefined;
  readonly jumpsTo?: string | undefined;
  readonly searched?: readonly number[] | undefined;
}

/** The walk with one step more; the packet becomes `packet` when given. */
export function stepped(walking: Walking, says: Says, packet: Packet = walking.packet): Walking {
  const step: Step = {
    node: says.node,
    stage: says.stage,
    dev: says.dev,
    says: says.says,
    at: says.at ?? [],
    jumpsTo: says.jumpsTo,
    searched: says.searched,
    packet: walking.inside ?? packet,
    outer: walking.inside === undefined ? undefined : packet,
  };
  return { ...walking, packet, steps: [...walking.steps, step] };
}

/** The end of a walk. */
export function ended(
  walking: Walking,
  says: Says,
  disposition: Disposition,
  why: { readonly missing?: Missing | undefined; readonly by?: Walk['by'] } = {},
): { readonly walking: Walking; readonly position: Position } {
  const last = stepped(walking, says);
  return {
    walking: last,
    position: {
      at: 'end',
      walk: {
        steps: last.steps,
        disposition,
        missing: why.missing,
        by: why.by,
        assumptions: last.assumptions,
        choice: last.choice,
        tracked: last.tracked,
        node: says.node,
        packet: last.inside ?? last.packet,
      },
    },
  };
}

/** The end that nobody can tell. */
export const lostTrack = (walking: Walking, node: string, stage: Stage, missing: Missing): Moved =>
  ended(
    walking,
    { node, stage, says: `cannot tell: the bundle does not show ${missing.what}`, at: missing.at },
    'unknown',
    { missing },
  );

export const assuming = (walking: Walking, more: readonly Missing[]): Walking =>
  more.length === 0
    ? walking
    : {
        ...walking,
        assumptions: [
          ...walking.assumptions,
          ...more.filter((m) => !walking.assumptions.some((a) => a.what === m.what)),
        ],
      };
