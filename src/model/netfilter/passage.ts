import type { Placed } from '../facts.js';
import type { Missing } from '../journey/missing.js';
import type { Packet } from '../journey/packet.js';
import type { NfRule } from './ruleset.js';

export const HOOKS = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] as const;
export type Hook = (typeof HOOKS)[number];

/** A packet at a hook. */
export interface Crossing {
  readonly hook: Hook;
  readonly packet: Packet;
  readonly iif?: string | undefined;
  readonly oif?: string | undefined;
  /** Gateway of the route; absent when the destination is on link. MASQUERADE picks the source that is near it. */
  readonly nextHop?: string | undefined;
  /** Chains of this priority and later are not passed: IPVS takes the packet away before them. */
  readonly before?: number | undefined;
  /** The connection's destination is settled: NAT of OUTPUT is not asked, for it was asked in PREROUTING. */
  readonly mapped?: boolean | undefined;
  /** Bridge ports, when the packet passes the hook through bridge-netfilter. */
  readonly physIn?: string | undefined;
  readonly physOut?: string | undefined;
}

/** One thing that a rule did: it rewrote, marked, dropped, accepted. */
export interface RuleStep {
  readonly table: string;
  readonly chain: string;
  readonly says: string;
  readonly at: Placed;
  /** The chain that it jumps to, when it does nothing else. */
  readonly jumpsTo?: string | undefined;
  /** The packet after it. */
  readonly packet: Packet;
}

/**
 * One way through all tables of a hook, of both back ends. There are several when endpoints are chosen at random, or when a
 * rule "may" match and that makes a difference; ways that end in the same packet and verdict are one.
 */
export interface Passage {
  readonly verdict: 'accept' | 'drop' | 'reject' | 'unknown';
  readonly packet: Packet;
  readonly steps: readonly RuleStep[];
  /** The rule or the chain's policy that decided `drop` or `reject`. */
  readonly by?:
    | {
        readonly table: string;
        readonly chain: string;
        readonly rule?: NfRule | undefined;
        readonly at?: Placed | undefined;
      }
    | undefined;
  readonly missing?: Missing | undefined;
  readonly assumptions: readonly Missing[];
  /** `10.1.2.3:80, 1 of 3`. */
  readonly choice?: string | undefined;
}
