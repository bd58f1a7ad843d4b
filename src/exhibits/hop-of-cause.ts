import type { CauseCode } from '../core/code.js';
import type { CauseDraft } from '../diagnosis/cause.js';
import type { RoundTrip, Stage, Step, Walk } from '../model/journey/step.js';

/** Where on a packet's way a cause acts, for the ways that the model lets through or cannot follow. */
interface Acts {
  /**
   * The first of these stages that the way has. Where a node shows no rules its packets meet no hook, so the next stage stands
   * for the hook.
   */
  readonly at: readonly Stage[];
  /** anywhere: another node than the one at fault may meet it. wire: between two nodes. */
  readonly on: 'culprit' | 'anywhere' | 'wire';
  readonly how: 'stops' | 'goes-wrong' | 'lost';
}

const stops = (...at: readonly Stage[]): Acts => ({ at, on: 'culprit', how: 'stops' });
const stopsAnywhere = (...at: readonly Stage[]): Acts => ({ at, on: 'anywhere', how: 'stops' });
/** It goes on, with a wrong address or by a wrong way, and nothing comes back. */
const goesWrong = (...at: readonly Stage[]): Acts => ({ at, on: 'culprit', how: 'goes-wrong' });
const goesWrongAnywhere = (...at: readonly Stage[]): Acts => ({ at, on: 'anywhere', how: 'goes-wrong' });
const LOST: Acts = { at: ['receive'], on: 'wire', how: 'lost' };
/** No packet begins its way: pods get no network, or a service no endpoint. */
const NOWHERE: Acts = { at: [], on: 'anywhere', how: 'stops' };

const ACTS: Readonly<Record<CauseCode, Acts>> = {
  'pod-cidr-mismatch': goesWrongAnywhere('postrouting', 'transmit'),
  'pod-cidr-not-assigned': stops('underlay'),
  'duplicate-pod-cidr': stops('deliver', 'transmit'),
  'duplicate-pod-ip': stops('deliver', 'transmit'),
  'duplicate-node-address': stops('decapsulate', 'deliver'),
  'node-address-mismatch': stopsAnywhere('neighbour', 'underlay'),
  'cidr-overlap': goesWrong('route', 'output-route'),
  'ippool-overlaps-node-network': goesWrongAnywhere('postrouting', 'transmit'),
  'pod-range-exhausted': NOWHERE,
  'stale-bridge-address': stops('underlay', 'deliver'),
  'vtep-address-unreachable': LOST,
  'wrong-overlay-interface': stopsAnywhere('encapsulate'),
  'overlay-port-blocked': stops('input', 'decapsulate'),
  'stale-vtep': goesWrong('encapsulate', 'neighbour'),
  // A packet with the device's own MAC as its source is taken for a loop (drivers/net/vxlan: vxlan_set_mac).
  'duplicate-vtep-mac': stops('decapsulate'),
  'overlay-parameter-mismatch': stopsAnywhere('decapsulate'),
  // The receiver verifies the checksum before it opens the envelope, or hands on what is in it.
  'vxlan-checksum-offload': stopsAnywhere('decapsulate'),
  'overlay-source-address': goesWrong('output-route', 'transmit'),
  'mtu-blackhole': LOST,
  'next-hop-off-link': stops('neighbour', 'route', 'output-route'),
  'missing-pod-route': goesWrong('underlay', 'route', 'output-route'),
  'blackhole-route': stops('route', 'output-route'),
  'asymmetric-route': goesWrong('underlay', 'route', 'output-route'),
  'rp-filter-drop': stops('reverse-path'),
  'ip-forward-disabled': stops('route'),
  'bgp-not-established': goesWrong('underlay'),
  'neighbour-table-full': stops('neighbour', 'transmit'),
  'forward-drop': stops('forward', 'transmit'),
  'host-firewall-drop': stops('input', 'deliver', 'output'),
  'missing-masquerade': goesWrong('postrouting', 'transmit'),
  'bridge-netfilter-disabled': goesWrong('bridge', 'deliver'),
  // conntrack translates before it routes (PREROUTING, or OUTPUT for the node's own packets).
  'stale-conntrack-entry': goesWrong('prerouting', 'receive', 'output', 'start'),
  'conntrack-table-full': stops('prerouting', 'receive', 'output', 'start'),
  // An entry is confirmed as the packet leaves (nf_conntrack_confirm at POSTROUTING).
  'conntrack-insert-race': stops('postrouting', 'transmit'),
  'mixed-iptables-backends': stops('forward', 'transmit'),
  'network-policy-drop': stops('forward', 'transmit', 'deliver'),
  'service-rules-missing': goesWrong('underlay', 'transmit'),
  'service-without-endpoint': NOWHERE,
  'local-traffic-policy-no-endpoint': stops('input', 'forward', 'deliver'),
  'cni-config-missing': goesWrong('underlay'),
  'cni-agent-failed': goesWrong('underlay'),
  'underlay-drop': LOST,
};

/** A step of a way there and back, and what becomes of the packet there. */
export interface Hop {
  readonly walk: 'request' | 'reply';
  readonly step: number;
  readonly how: Acts['how'];
}

/** What is known of where the packets of a conversation stop. */
export interface Shown {
  /** Between where a packet was seen last and where it was missed. */
  readonly stretch?: { readonly after: Step; readonly before: Step } | undefined;
  /** Of the two ways the one whose packets are lost. */
  readonly leg?: 'request' | 'reply' | undefined;
}

/**
 * The first step at which the cause meets this conversation; where the way ends unknown at a node at fault, its end.
 * Undefined when the way does not come by, or when nobody shows which of the two ways it is.
 */
export function hopOfCause(
  cause: CauseDraft,
  culprits: readonly string[],
  trip: RoundTrip,
  { stretch, leg }: Shown,
): Hop | undefined {
  const { at, on, how } = ACTS[cause.code];
  const places = placesOf(trip);
  const from = stretch === undefined ? 0 : places.findIndex(({ step }) => step === stretch.after);
  const to = stretch === undefined ? places.length : places.findIndex(({ step }) => step === stretch.before) + 1;
  const within = places
    .slice(Math.max(0, from), to)
    .filter(({ step }) => step !== stretch?.after || step.stage === 'receive');
  const last = places.at(-1);
  const unknown = (trip.reply ?? trip.request).disposition === 'unknown';
  if (on === 'wire' && leg === undefined && !unknown) return undefined;
  for (const stage of at) {
    const fitting = within.filter(
      (place) =>
        place.step.stage === stage &&
        (leg === undefined || place.walk === leg) &&
        (on === 'anywhere' || (on === 'wire' ? place.fresh : culprits.includes(place.step.node))),
    );
    const place = fitting.find(({ step }) => step.dev !== undefined && cause.subjects.includes(step.dev)) ?? fitting[0];
    if (place !== undefined) return { walk: place.walk, step: place.at, how };
  }
  return at.length > 0 && unknown && last !== undefined && culprits.includes(last.step.node)
    ? { walk: last.walk, step: last.at, how }
    : undefined;
}

interface Place {
  readonly walk: 'request' | 'reply';
  readonly at: number;
  readonly step: Step;
  /** The packet comes there from another node. */
  readonly fresh: boolean;
}

function placesOf({ request, reply }: RoundTrip): readonly Place[] {
  const of = (walk: 'request' | 'reply', steps: Walk['steps']): Place[] =>
    steps.map((step, at) => ({ walk, at, step, fresh: at > 0 && steps[at - 1]?.node !== step.node }));
  return [...of('request', request.steps), ...of('reply', reply?.steps ?? [])];
}
