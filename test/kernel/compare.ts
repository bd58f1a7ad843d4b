import type { Disposition } from '../../src/model/journey/step.js';
import type { Observation } from './lab.js';
import { space } from './network/plan.js';
import type { Machine, World } from './network/world.js';
import type { Outcome } from './outcome.js';
import type { Prediction } from './prediction.js';
import { LOCAL_LATER } from './twists/rules.js';

/** What podtrail may be held to: the machines that the bundle shows. */
export interface Given {
  readonly world: World;
  /** Namespace that the packet was made in. */
  readonly origin: string;
}

/** Says how a prediction and the kernel differ; undefined when they agree. */
export function disagreement(
  given: Given,
  predicted: Prediction,
  outcome: Outcome,
  seen: Observation,
): string | undefined {
  const home = homeOf(given.world);
  const end = endOf(outcome, given.origin);
  const at = home.get(end)!;
  if (predicted.disposition === 'unknown' || beyond(given, predicted, outcome, seen, at)) return undefined;
  switch (predicted.disposition) {
    case 'delivered':
      if (outcome.kind !== 'delivered') return `not delivered: ${words(outcome)}`;
      if (at.name !== predicted.node) return `delivered on ${at.name}, not on ${predicted.node}`;
      return sameEnds(predicted, outcome);
    case 'left-cluster':
    case 'sent-astray':
      return leftBy(given.world, predicted, outcome, seen);
    case 'not-recognised':
      return notTaken(predicted, outcome);
    case 'device-down':
      // It is the receiver's at times: then the sender is the last that saw it.
      return outcome.kind === 'delivered' ? `delivered on ${at.name}` : undefined;
    case 'loop':
      // Where the TTL ends is of no interest; that it does is.
      return outcome.kind === 'delivered' ? `delivered on ${at.name}` : undefined;
    case 'dropped-by-reverse-path':
      // A host does not answer ARP for what it would drop (arp_process asks the same routing function).
      if (nobodyAnswers(outcome)) return undefined;
      break;
    default:
      break;
  }
  if (outcome.kind === 'delivered') return `delivered on ${at.name}`;
  if (at.name !== predicted.node && !(outcome.kind === 'lost' && outcome.last === undefined))
    return `ended on ${at.name}, not on ${predicted.node}: ${words(outcome)}`;
  return wrongWay(predicted, outcome, seen, at);
}

/**
 * True where the dumps cannot tell: it ended on a machine that is not in them, after podtrail had trusted the network in
 * between; or nobody has the next hop's address, which podtrail cannot know of addresses outside.
 */
function beyond(
  { world, origin }: Given,
  predicted: Prediction,
  outcome: Outcome,
  seen: Observation,
  at: Machine,
): boolean {
  const shown = new Set([...homeOf(world)].filter(([, machine]) => machine.shown).map(([namespace]) => namespace));
  // What comes from outside, podtrail starts at the node that it is for.
  if (!shown.has(origin) && !seen.sightings.some((sighting) => sighting.namespace === space(predicted.start)))
    return true;
  // A machine that is not in the dumps has the address as well.
  if (outcome.kind === 'delivered') return predicted.trusting && !at.shown && ownAddresses(at).includes(predicted.dst);
  if (predicted.trusting && (!at.shown || nobodyAnswers(outcome))) return true;
  // Nor does it answer ARP for an address that it does not take for its own.
  const silent = nobodyAnswers(outcome) || (outcome.kind === 'lost' && outcome.last === undefined);
  if ((silent || predicted.trusting) && world.twists.some((twist) => twist.endsWith(LOCAL_LATER))) return true;
  const elsewhere = predicted.disposition === 'left-cluster' || predicted.disposition === 'sent-astray';
  if (elsewhere && outcome.kind === 'lost' && at.name === predicted.node && complained(seen, at)) return true;
  const nobody = !addressesOf(world).has(predicted.dst);
  return (
    nobody && at.name === predicted.node && ['delivered', 'left-cluster', 'sent-astray'].includes(predicted.disposition)
  );
}

/** The host made an ICMP error, though nobody saw it. */
const complained = ({ counters }: Observation, at: Machine): boolean =>
  counters[space(at.name)]?.['Icmp.OutDestUnreachs'] !== undefined;

/** Every address that some machine or pod has. */
function addressesOf(world: World): ReadonlySet<string> {
  const all = world.machines.flatMap((machine) => [
    ...ownAddresses(machine),
    ...machine.pods.map((pod) => pod.address),
  ]);
  return new Set(all);
}

const ownAddresses = (machine: Machine): string[] => [
  ...machine.uplinks.map((uplink) => uplink.address),
  ...[machine.bridge?.address, machine.overlay?.address].filter((address) => address !== undefined),
  ...machine.addresses.map((line) => line.split('/')[0]!),
];

const nobodyAnswers = (outcome: Outcome): boolean =>
  (outcome.kind === 'rejected' && outcome.how === 'icmp 3/1') ||
  (outcome.kind === 'refused' && outcome.error === 'EHOSTUNREACH');

/** Machine of each namespace: pods belong to their node. */
function homeOf(world: World): ReadonlyMap<string, Machine> {
  const home = new Map<string, Machine>();
  for (const machine of world.machines) {
    home.set(space(machine.name), machine);
    for (const pod of machine.pods) home.set(space(pod.name), machine);
  }
  return home;
}

function endOf(outcome: Outcome, origin: string): string {
  if (outcome.kind === 'refused') return origin;
  return outcome.kind === 'lost' ? (outcome.last?.namespace ?? origin) : outcome.namespace;
}

export function words(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'delivered':
      return `delivered at ${outcome.namespace} as ${outcome.src}:${outcome.sport} > ${outcome.dst}:${outcome.dport}`;
    case 'rejected':
      return `rejected by ${outcome.namespace} with ${outcome.how}`;
    case 'refused':
      return `refused with ${outcome.error}`;
    case 'lost':
      return outcome.last === undefined
        ? 'never seen'
        : `seen last at ${outcome.last.namespace} ${outcome.last.device ?? ''} ${outcome.last.how}`;
  }
}

function sameEnds(predicted: Prediction, got: Outcome & { kind: 'delivered' }): string | undefined {
  for (const key of ['src', 'dst'] as const)
    if (predicted[key] !== got[key]) return `delivered with ${key} ${got[key]}, not ${predicted[key]}`;
  // A masqueraded source port is the kernel's choice.
  if (predicted.dport !== undefined && got.dport !== undefined && predicted.dport !== got.dport)
    return `delivered to port ${got.dport}, not ${predicted.dport}`;
  return undefined;
}

/** Somebody took the answer, but not as one: it is for another host, or from another. */
function notTaken(predicted: Prediction, outcome: Outcome): string | undefined {
  if (outcome.kind === 'delivered') return sameEnds(predicted, outcome);
  return outcome.kind === 'lost' && outcome.last?.how === 'taken' ? undefined : words(outcome);
}

/** The packet went out by the last known machine, with these ends, and no shown machine took it afterwards. */
function leftBy(world: World, predicted: Prediction, outcome: Outcome, { sightings }: Observation): string | undefined {
  const from = space(predicted.node);
  const out = sightings.filter((seen) => seen.namespace === from && seen.how === 'out' && seen.device !== 'lo');
  const inner = (seen: (typeof out)[number]) => seen.src === predicted.src && seen.dst === predicted.dst;
  // Whether somebody unknown has the next hop's address, the dumps cannot tell.
  if (!out.some(inner) && nobodyAnswers(outcome) && (outcome.kind !== 'rejected' || outcome.namespace === from))
    return undefined;
  if (!out.some(inner)) return `${predicted.node} did not send ${predicted.src} > ${predicted.dst}: ${words(outcome)}`;
  if (outcome.kind === 'rejected' && outcome.namespace === from && outcome.how !== 'icmp 3/1') return words(outcome);
  if (outcome.kind !== 'delivered' || predicted.disposition === 'left-cluster') return undefined;
  const taker = world.machines.find((machine) => space(machine.name) === outcome.namespace);
  const hidden = world.machines.some((machine) => machine.role === 'router' && !machine.shown);
  return taker?.shown === false || hidden ? undefined : `delivered at ${outcome.namespace}`;
}

/** Errors with which the kernel refuses a socket, by the disposition that they tell. */
const REFUSALS: Partial<Record<Disposition, readonly string[]>> = {
  // A socket knows before OUTPUT that its packet is too big.
  'dropped-by-rule': ['EPERM', 'EACCES', 'EMSGSIZE'],
  'rejected-by-rule': ['EPERM', 'EMSGSIZE', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EACCES'],
  'dropped-by-route': ['EINVAL'],
  // An unreachable route says EHOSTUNREACH, an unreachable rule ENETUNREACH (fib4_rule_action).
  'rejected-by-route': ['EACCES', 'EHOSTUNREACH', 'ENETUNREACH'],
  'no-route': ['ENETUNREACH'],
  'no-neighbour': ['EHOSTUNREACH', 'ENOBUFS'],
  'too-big': ['EMSGSIZE'],
};

/** ICMP errors that a disposition may give; others that reject give none. */
const ERRORS: Partial<Record<Disposition, RegExp>> = {
  'rejected-by-rule': /^(icmp 3\/\d+|reset)$/,
  'rejected-by-route': /^icmp 3\/(0|1|13)$/,
  'no-route': /^icmp 3\/0$/,
  'no-neighbour': /^icmp 3\/1$/,
  'too-big': /^icmp 3\/4$/,
  // Nobody listens on the port; a tunnel device with another VNI or MAC is silent.
  'not-decapsulated': /^icmp 3\/3$/,
  loop: /^icmp 11\/0$/,
};

/** Counters that must have moved on the machine where it ends. */
const COUNTERS: Partial<Record<Disposition, readonly string[]>> = {
  'dropped-by-reverse-path': ['TcpExt.IPReversePathFilter'],
  'forwarding-disabled': ['Ip.InAddrErrors'],
};

function wrongWay(predicted: Prediction, outcome: Outcome, { counters }: Observation, at: Machine): string | undefined {
  const { disposition } = predicted;
  if (outcome.kind === 'refused') {
    const allowed = REFUSALS[disposition] ?? [];
    return allowed.includes(outcome.error) ? undefined : `refused with ${outcome.error}`;
  }
  if (outcome.kind === 'rejected') return ERRORS[disposition]?.test(outcome.how) === true ? undefined : words(outcome);
  // Its own address as a source is dropped without a counter.
  const uncounted = disposition === 'dropped-by-reverse-path' && ownAddresses(at).includes(predicted.outerSrc);
  const wanted = uncounted ? undefined : COUNTERS[disposition];
  const moved = counters[space(at.name)] ?? {};
  if (wanted !== undefined && !wanted.some((name) => moved[name] !== undefined))
    return `${words(outcome)}, but ${wanted.join(' and ')} did not move on ${at.name}`;
  for (const [other, names] of Object.entries(COUNTERS))
    if (other !== disposition && names.some((name) => moved[name] !== undefined))
      return `the kernel counts it as ${other}`;
  return undefined;
}
