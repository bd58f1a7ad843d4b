import type { CauseCode } from '../core/code.js';
import type { Cite, NonEmpty } from '../core/finding.js';
import { contains } from '../core/prefix.js';
import type { Placed } from '../model/facts.js';
import type { NextHop } from '../model/host/host.js';
import { reversePath } from '../model/host/reverse-path.js';
import { forwarding } from '../model/host/settings.js';
import { endOf } from '../model/journey/compare.js';
import type { Conversation } from '../model/journey/conversations.js';
import type { Step, Walk } from '../model/journey/step.js';
import { isBgp } from './bgp-sessions.js';
import type { Case, CauseDraft } from './cause.js';
import { isEnvelope } from './causes/overlay-port-blocked.js';
import { causeOfEnd } from './culprit-stage.js';
import { decidingRoute } from './deciding-route.js';

/** A cause that was considered, and the line that says no. */
export interface Refuted {
  readonly code: CauseCode;
  readonly because: string;
  readonly evidence: NonEmpty<Cite>;
}

/**
 * What the worst conversation's walk passes, as causes that it is not: each with the line that lets the packet through. One
 * entry per code, and none for a code that a cause claims. A dump that the capture contradicts accuses nobody, and says so.
 */
export function refuted(given: Case, drafts: readonly CauseDraft[], known: readonly CauseCode[]): readonly Refuted[] {
  const found = new Map<CauseCode, Refuted>();
  const claimed = new Set<CauseCode>([...drafts.map((draft) => draft.code), ...known]);
  const add = (code: CauseCode, because: string, at: readonly Placed[]): void => {
    const [first, ...more] = at.map((line): Cite => ({ role: 'the line that says so', at: line }));
    if (first === undefined || claimed.has(code) || found.has(code)) return;
    found.set(code, { code, because, evidence: [first, ...more.slice(0, 2)] });
  };
  for (const one of contradicted(given)) if (!claimed.has(one.code) && !found.has(one.code)) found.set(one.code, one);
  const top = given.failed.find((c) => c.comparison !== undefined && c.comparison.parting.kind !== 'contradicted');
  const trip = top?.comparison?.trip;
  if (trip === undefined) return [...found.values()];
  const walks = [trip.request, ...(trip.reply === undefined ? [] : [trip.reply])];
  const open = leftOpen(walks);
  for (const walk of walks) {
    for (const [code, because, at] of passedOn(given, walk)) if (!open.has(code)) add(code, because, at);
  }
  return [...found.values()];
}

/** Causes that an input which is missing somewhere on the way could still show: one node's pass does not rule them out. */
function leftOpen(walks: readonly Walk[]): ReadonlySet<CauseCode> {
  const missing = walks.flatMap((walk) => [...walk.assumptions, ...(walk.missing === undefined ? [] : [walk.missing])]);
  const lacks = (pattern: RegExp): boolean => missing.some(({ what }) => pattern.test(what));
  const node = lacks(/configuration of|device by which/);
  const open = new Set<CauseCode>();
  const leave = (...codes: readonly CauseCode[]): void => codes.forEach((code) => void open.add(code));
  if (node || lacks(/netfilter rules|^the (?:filter|raw|mangle|nat) table|ipset/))
    leave('forward-drop', 'host-firewall-drop', 'overlay-port-blocked', 'missing-masquerade');
  if (node || lacks(/setting|routing/)) leave('rp-filter-drop', 'ip-forward-disabled');
  if (node || lacks(/routing/)) leave('missing-pod-route', 'blackhole-route');
  return open;
}

type Passed = readonly [code: CauseCode, because: string, at: readonly Placed[]];

/** All that the packet of a walk got past, node by node. */
function passedOn(given: Case, walk: Walk): readonly Passed[] {
  const out: Passed[] = [];
  const passing = walk.steps.slice(0, -1);
  for (const [i, step] of passing.entries()) {
    const host = given.hosts.get(step.node);
    const next = walk.steps[i + 1]!;
    const { packet } = step;
    const who = `${packet.src} to ${packet.dst}`;
    if (step.stage !== next.stage || step.node !== next.node) {
      if (step.stage === 'forward' && step.at.length > 0)
        out.push(['forward-drop', `FORWARD of ${step.node} lets ${who} through`, step.at]);
      if (step.stage === 'input' && step.at.length > 0)
        out.push([
          isEnvelope(step) || isBgp(step) ? 'overlay-port-blocked' : 'host-firewall-drop',
          `INPUT of ${step.node} lets ${step.outer === undefined ? who : `the envelope from ${step.outer.src}`} through`,
          step.at,
        ]);
    }
    if (step.stage === 'postrouting' && step.at.length > 0 && translatesSource(walk, i))
      out.push(['missing-masquerade', `${step.node} translates the source: ${step.says}`, step.at]);
    if (step.stage === 'receive' && host !== undefined && step.dev !== undefined) {
      const inner = step.outer ?? packet;
      const onwards = walk.steps.slice(i + 1).some((s) => s.node === step.node && s.stage === 'forward');
      const may = forwarding(host, step.dev, inner.family);
      if (onwards && may.kind === 'known' && may.value && forwardsEverywhere(given, walk))
        out.push(['ip-forward-disabled', `forwarding is on for ${step.dev} of ${step.node}`, may.at]);
      const back = reversePath(host, inner, step.dev);
      if (back.answer === 'yes') out.push(['rp-filter-drop', `on ${step.node}, ${back.says}`, back.at]);
    }
  }
  return [...out, ...routesOf(given, walk)];
}

/** True when the settings of every node that forwards on the way are in the bundle, and on. */
const forwardsEverywhere = (given: Case, { steps }: Walk): boolean =>
  steps.every((step, i) => {
    if (step.stage !== 'receive' || !steps.slice(i + 1).some((s) => s.node === step.node && s.stage === 'forward'))
      return true;
    const host = given.hosts.get(step.node);
    const may =
      host === undefined || step.dev === undefined ? undefined : forwarding(host, step.dev, step.packet.family);
    return may?.kind === 'known' && may.value;
  });

const translatesSource = ({ steps }: Walk, i: number): boolean => {
  const [before, here]: readonly (Step | undefined)[] = [steps[i - 1], steps[i]];
  return (
    before !== undefined && here !== undefined && before.node === here.node && before.packet.src !== here.packet.src
  );
};

/** The routes that lead on, and the discarding ones that they are longer than. */
function routesOf(given: Case, walk: Walk): readonly Passed[] {
  return [...new Set(walk.steps.map((step) => step.node))].flatMap((node): readonly Passed[] => {
    const host = given.hosts.get(node);
    const first = walk.steps.find((s) => s.node === node && /route$/.test(s.stage) && s.outer === undefined);
    const taken = first === undefined ? undefined : decidingRoute(host, { ...walk, steps: [first] });
    if (host === undefined || first === undefined || taken === undefined || taken.route.type !== 'unicast') return [];
    const { dst } = first.packet;
    const peer = given.cluster.owner(dst);
    if (!/^pod/.test(peer.role) || peer.node === node || taken.route.prefix.length === 0) return [];
    if (!leadsOn(given, walk, node, taken.route.hops, peer.node)) return [];
    const discard = [...host.tables.values()]
      .flatMap((table) => table.value)
      .find((route) => /^(?:blackhole|unreachable|prohibit)$/.test(route.type) && contains(route.prefix, dst));
    return [
      ['missing-pod-route', `${node} has a route to ${dst}: ${first.says}`, taken.route.at],
      ...(discard === undefined
        ? []
        : ([
            [
              'blackhole-route',
              `a longer route than the ${discard.type} one leads from ${node} to ${dst}`,
              [...taken.route.at, ...discard.at],
            ],
          ] as const)),
    ];
  });
}

/** A route is one only where it leads somewhere: the walk went on to another node, or its next hop is the very node it is for. */
const leadsOn = (
  { cluster }: Case,
  { steps }: Walk,
  node: string,
  hops: readonly NextHop[],
  peer: string | undefined,
): boolean =>
  steps.slice(steps.findLastIndex((step) => step.node === node) + 1).length > 0 ||
  hops.some(({ via }) => via === undefined || (peer !== undefined && cluster.owner(via).node === peer));

/** Walks that should end where packets were seen to go on. */
function contradicted(given: Case): readonly Refuted[] {
  return given.failed.flatMap((conversation: Conversation): readonly Refuted[] => {
    const { comparison } = conversation;
    if (comparison?.parting.kind !== 'contradicted') return [];
    const end = endOf(comparison.trip);
    const last = end.steps.at(-1);
    const code = causeOfEnd(end, comparison.trip.reply === undefined ? 'request' : 'reply');
    const [beyond] = comparison.parting.beyond;
    if (last === undefined || code === undefined || beyond === undefined) return [];
    return [
      {
        code,
        because: `the configuration of ${last.node} is of another time than the capture: by it ${last.says}, but the packets were seen beyond`,
        evidence: [
          { role: 'seen beyond', at: { tap: beyond.tap.tap, place: beyond.place } },
          ...last.at.slice(0, 2).map((at): Cite => ({ role: 'what the configuration says', at })),
        ],
      },
    ];
  });
}
