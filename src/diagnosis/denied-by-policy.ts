import type { Host } from '../model/host/host.js';
import { endOf, type SightedStep } from '../model/journey/compare.js';
import type { Conversation } from '../model/journey/conversations.js';
import { PASSING, type RoundTrip } from '../model/journey/step.js';
import { type Admission, admission } from '../model/policies/admission.js';
import { enforcerOn } from '../model/policies/enforcer.js';
import { type Direction, type Policy, policiesOf } from '../model/policies/policies.js';
import type { Case } from './cause.js';

/** A conversation that was tried and failed, and that the policies of one of its ends do not admit. */
export interface Denial {
  readonly conversation: Conversation;
  readonly trip: RoundTrip;
  readonly direction: Direction;
  /** Node of the pod whose policies deny it. */
  readonly node: string;
  readonly verdict: Extract<Admission, { kind: 'denied' }>;
  readonly enforcer: NonNullable<ReturnType<typeof enforcerOn>>;
  /** The last place where the packets were seen before the policy takes them. */
  readonly seen: SightedStep | undefined;
  /** The walk gets to the pod, were it not for the policy. */
  readonly arrives: boolean;
}

export interface Policed {
  readonly denials: readonly Denial[];
  /** What would tell of conversations of which nobody can. */
  readonly missing: readonly string[];
  /** Policies that select a pod of a failed conversation and allow it. */
  readonly allowed: readonly Policy[];
}

/**
 * Asks the policy objects about each failed conversation, at both ends, where the rules of the end's node are not in the bundle. Where
 * they are, they are what the policies came to, and the walk has decided.
 */
export function policed(given: Case): Policed {
  const policies = policiesOf(given.cluster);
  const denials: Denial[] = [];
  const missing = new Set<string>();
  const allowed = new Set<Policy>();
  for (const conversation of policies.length === 0 ? [] : given.failed) {
    const trip = conversation.comparison?.trip ?? conversation.journey.walks[0];
    if (trip === undefined || conversation.comparison?.parting.kind === 'contradicted') continue;
    const end = endOf(trip).disposition;
    if (!PASSING.has(end) && end !== 'unknown') continue;
    for (const direction of ['Egress', 'Ingress'] as const) {
      const asked = ask(given, policies, conversation, trip, direction);
      if (asked?.kind === 'denial') denials.push(asked.denial);
      else if (asked?.kind === 'unknown') missing.add(asked.missing);
      else if (asked?.kind === 'allowed') allowed.add(asked.by);
    }
  }
  return { denials, missing: [...missing], allowed: [...allowed] };
}

type Asked =
  | { readonly kind: 'denial'; readonly denial: Denial }
  | { readonly kind: 'unknown'; readonly missing: string }
  | { readonly kind: 'allowed'; readonly by: Policy };

function ask(
  given: Case,
  policies: readonly Policy[],
  conversation: Conversation,
  trip: RoundTrip,
  direction: Direction,
): Asked | undefined {
  const { cluster } = given;
  const { packet } = trip.request;
  const [pod, peer] = direction === 'Ingress' ? [packet.dst, packet.src] : [packet.src, packet.dst];
  const { role, node } = cluster.owner(pod);
  if (role !== 'pod' || node === undefined) return undefined;
  // What a node and its own pods say to each other no policy may stop.
  const far = cluster.owner(peer);
  if (far.node === node && far.role !== 'pod') return undefined;
  const enforcer = enforcerOn(cluster, node);
  if (enforcer === undefined || (enforcer.makesRules && isRuled(given.hosts.get(node)))) return undefined;
  const before = sightingBefore(conversation, direction, node);
  if (before === undefined) return undefined;
  const verdict = admission(cluster, policies, { direction, pod, peer, proto: packet.proto, dport: packet.dport });
  if (verdict.kind === 'unknown') return { kind: 'unknown', missing: verdict.missing };
  if (verdict.kind === 'allowed') return { kind: 'allowed', by: verdict.by };
  if (verdict.kind === 'open') return undefined;
  const arrives = PASSING.has(trip.request.disposition);
  return {
    kind: 'denial',
    denial: { conversation, trip, direction, node, verdict, enforcer, seen: before.seen, arrives },
  };
}

const isRuled = (host: Host | undefined): boolean =>
  host?.rulesets.some((rules) => [...rules.tables.values()].some((table) => table.shown === 'whole')) ?? false;

/**
 * Where the packets were last seen before the policy's place: at the pod's device. Undefined when they were seen behind it, or
 * vanish before it where a tap should show them: then the policy does not take them.
 */
function sightingBefore(
  { comparison }: Conversation,
  direction: Direction,
  node: string,
): { readonly seen: SightedStep | undefined } | undefined {
  if (comparison === undefined) return { seen: undefined };
  const { path } = comparison;
  const isBehind = ({ step, leg }: SightedStep): boolean =>
    leg === 'reply' ||
    (direction === 'Ingress'
      ? step.node === node && (step.stage === 'transmit' || step.stage === 'deliver')
      : step.stage === 'transmit' || step.node !== node);
  const first = path.findIndex(isBehind);
  const before = first < 0 ? path : path.slice(0, first);
  if (path.slice(before.length).some(({ sight }) => sight === 'seen')) return undefined;
  const seen = before.findLast(({ sight }) => sight === 'seen');
  const lost = before.slice(seen === undefined ? 0 : before.indexOf(seen) + 1).some((s) => s.sight === 'not-seen');
  return lost ? undefined : { seen };
}
