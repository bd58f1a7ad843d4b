import type { Placed } from '../facts.js';
import type { Missing } from '../journey/missing.js';
import type { HostRoute, HostRule, NextHop } from './host.js';

/** What the FIB is asked. Without `src` the kernel is choosing a source for its own packet. */
export interface RouteKey {
  readonly family: 4 | 6;
  readonly dst: string;
  readonly src?: string | undefined;
  /** Input device; absent for packets that the host makes itself. */
  readonly iif?: string | undefined;
  /** Output device that is asked for (a bound socket). */
  readonly oif?: string | undefined;
  readonly mark: number;
  readonly proto?: number | undefined;
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
}

export type RouteAnswer =
  | {
      readonly kind: 'unicast';
      readonly route: HostRoute;
      /** Several for a multipath route: the kernel takes one by hash. */
      readonly hops: readonly [NextHop, ...NextHop[]];
      readonly rule?: HostRule | undefined;
      /** Lines that decide it: the route, and the rule when it is not one of the kernel's own three. */
      readonly at: readonly Placed[];
      readonly assumptions: readonly Missing[];
    }
  | {
      readonly kind: 'local' | 'broadcast' | 'multicast';
      readonly dev?: string | undefined;
      readonly route?: HostRoute | undefined;
      readonly at: readonly Placed[];
      readonly assumptions: readonly Missing[];
    }
  | {
      readonly kind: 'blackhole' | 'unreachable' | 'prohibit';
      /** Absent when a rule says it. */
      readonly route?: HostRoute | undefined;
      readonly at: readonly Placed[];
      readonly assumptions: readonly Missing[];
    }
  | { readonly kind: 'none'; readonly searched: readonly number[]; readonly assumptions: readonly Missing[] }
  | { readonly kind: 'unknown'; readonly missing: Missing };

/** A question with three answers. */
export type Judged =
  | {
      readonly answer: 'yes' | 'no';
      readonly says: string;
      readonly at: readonly Placed[];
      readonly searched?: readonly number[];
    }
  | { readonly answer: 'unknown'; readonly missing: Missing };

/** The value of something that the bundle may not tell. */
export type Told<T> =
  | {
      readonly kind: 'known';
      readonly value: T;
      readonly at: readonly Placed[];
      readonly assumptions: readonly Missing[];
    }
  | { readonly kind: 'unknown'; readonly missing: Missing };

/** The link-layer address of a next hop, or the tunnel end of a MAC address. */
export type Resolved<T> =
  | { readonly kind: 'found'; readonly value: T; readonly at: readonly Placed[] }
  /** The device has no link-layer addresses (NOARP, point to point): nothing is to be resolved. */
  | { readonly kind: 'not-needed'; readonly at: readonly Placed[] }
  /** The entry is there and says that nobody answered (FAILED, INCOMPLETE), or the table is whole and has none on a device that does not ask. */
  | {
      readonly kind: 'failed';
      readonly says: string;
      readonly at: readonly Placed[];
      readonly searched: readonly number[];
    }
  /** The kernel would ask on the wire (ARP, ND, flooding): nothing is known of the answer. */
  | { readonly kind: 'asks' }
  | { readonly kind: 'unknown'; readonly missing: Missing };
