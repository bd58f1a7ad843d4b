import type { CauseCode } from '../core/code.js';
import { cutLists } from '../model/cut-lists.js';
import { forwarding } from '../model/host/settings.js';
import { isLive } from '../model/interfaces.js';
import { endOf } from '../model/journey/compare.js';
import type { Conversation } from '../model/journey/conversations.js';
import { collectNode } from '../model/journey/ground.js';
import type { Missing } from '../model/journey/missing.js';
import type { Step, Walk } from '../model/journey/step.js';
import type { Case } from './cause.js';
import { causeAt } from './culprit-stage.js';
import { dumped } from './dumped.js';
import { isPolicyChain } from './rule-words.js';
import { type Answered, answeredConversations } from './seen-working.js';
import { causeOfInput } from './undecided.js';

/** What speaks for a network in which no check found a fault, and what keeps from saying that there is none. */
export interface CleanBill {
  readonly answered: Answered;
  /** Ways between live nodes and pods that were walked, and those of them that get through whatever is taken for granted. */
  readonly walked: number;
  readonly passing: number;
  /** Where the ways end that the configuration lets nobody go, and that nobody was seen to go; the first of each end. */
  readonly failing: readonly { readonly from: string; readonly to: string; readonly last: Step }[];
  /** What the other ways lack, and what those that pass took for granted: one entry per thing, in the order of the walks. */
  readonly lacking: readonly Lacking[];
}

/** Something that the bundle lacks, with the cause that it would show. */
export interface Lacking extends Missing {
  readonly code: CauseCode;
}

/**
 * What a walk takes for granted and what would hardly change its end: SELinux's table, which iptables-save prints only where it is
 * in use; whether the mark counts in the reverse path; the source that a node prefers where one on the link is known.
 */
const HARDLY_MATTERS = /^the (?:IPv6 )?security table of |\.src_valid_mark of |^the rest of the addresses of /;

/** Looks at what was seen to work, and at the ways that every cluster needs. */
export async function cleanBill(given: Case): Promise<CleanBill> {
  const answered = withoutReported(await answeredConversations(given), given);
  const ways = given.standing.filter(({ question: { from } }) => !('node' in from) || isLive(given.cluster, from.node));
  const failing = new Map<string, CleanBill['failing'][number]>();
  const lacking = new Map<string, Lacking>();
  for (const way of ways) {
    if (answered.shows(way.question.from, way.question.to)) continue;
    for (const { last } of deadEnds(way)) {
      if (isPassedOn(given, answered, last)) continue;
      const key = `${last.node} ${last.says}`;
      if (!failing.has(key)) failing.set(key, { ...endsOf(way), last });
    }
    for (const missing of openEnds(given, way)) if (!lacking.has(missing.what)) lacking.set(missing.what, missing);
  }
  return {
    answered,
    walked: ways.length,
    passing: ways.filter(({ journey }) => journey.outcome === 'pass').length,
    failing: [...failing.values()],
    lacking: withoutParts([...cutNodes(given), ...lacking.values()]),
  };
}

/** Conversations without an answer of which a finding tells, if only for information, are not too short to tell. */
function withoutReported(answered: Answered, { symptoms }: Case): Answered {
  const flows = symptoms.filter(({ code }) => /^unreplied-/.test(code)).flatMap((symptom) => symptom.flows ?? []);
  const told = new Set(flows.flatMap(({ src, dst }) => [`${src} ${dst}`, `${dst} ${src}`]));
  return { ...answered, open: answered.open.filter(({ src, dst }) => !told.has(`${src} ${dst}`)) };
}

/** Nodes that a list which was cut leaves out have ways that nobody walked. */
const cutNodes = ({ cluster }: Case): readonly Lacking[] =>
  cutLists(cluster).has('nodes')
    ? [{ code: ELSE, what: 'the rest of the list of nodes', collect: 'kubectl get nodes -o wide' }]
    : [];

/** Where nothing of a node is shown, its single tables need no word. */
function withoutParts(lacking: readonly Lacking[]): readonly Lacking[] {
  const whole = lacking.flatMap(({ what }) => /^the configuration of (\S+)$/.exec(what)?.[1] ?? []);
  const isPart = ({ what }: Missing): boolean =>
    whole.some((node) => what.endsWith(` of ${node}`) && what !== `the configuration of ${node}`);
  return lacking.filter((missing) => !isPart(missing));
}

/**
 * True for a packet that a router is taken to know nothing of, while packets of pods go both ways between these two nodes: the routes
 * by which the answers went are those of everything else, so the router knows the pods.
 */
const isPassedOn = ({ cluster }: Case, answered: Answered, { stage, node, packet }: Step): boolean =>
  stage === 'underlay' && answered.talk(node, cluster.owner(packet.dst).node ?? '');

/**
 * The ends of a way of which every branch fails. What a network policy does not admit is meant: policies deny by design, and
 * nobody tried.
 */
function deadEnds({ journey }: Conversation): readonly { readonly walk: Walk; readonly last: Step }[] {
  if (journey.outcome !== 'drop') return [];
  const ends = journey.walks.flatMap((trip) => {
    const walk = endOf(trip);
    const last = walk.steps.at(-1);
    return last === undefined ? [] : [{ walk, last }];
  });
  return ends.some(({ walk }) => walk.by !== undefined && isPolicyChain(walk.by.chain)) ? [] : ends.slice(0, 1);
}

/** What keeps a way that does not fail from being sure: where it cannot be followed, and what was taken for granted. */
function openEnds(given: Case, { journey }: Conversation): readonly Lacking[] {
  if (journey.outcome === 'drop') return [];
  return journey.walks
    .flatMap(({ request, reply }) => (reply === undefined ? [request] : [request, reply]))
    .flatMap((walk): readonly Lacking[] => [
      ...(walk.missing === undefined ? [] : [{ ...walk.missing, code: causeAt(walk.steps.at(-1)!) ?? ELSE }]),
      ...walk.assumptions.map((one) => ({ ...one, code: causeOfInput(one, walk.steps) ?? ELSE })),
      ...unknownForwarding(given, walk).map((one) => ({ ...one, code: 'ip-forward-disabled' as const })),
    ])
    .filter(({ what }) => !HARDLY_MATTERS.test(what))
    .map((lacking) => wholeNode(given, lacking));
}

/** Of a node without a single route all is lacking, not one table. */
function wholeNode({ cluster }: Case, lacking: Lacking): Lacking {
  const node = /^routing table \S+ of (\S+)$/.exec(lacking.what)?.[1];
  return node === undefined || dumped(cluster).routed.has(node)
    ? lacking
    : { ...lacking, what: `the configuration of ${node}`, collect: collectNode(node) };
}

/** What the whole of a node would show first. */
const ELSE: CauseCode = 'missing-pod-route';

/** Walks take it that a node forwards: that is no fault to accuse it of, but no proof either. */
const unknownForwarding = ({ hosts }: Case, { steps }: Walk): readonly Missing[] =>
  steps.flatMap((step, i) => {
    const host = hosts.get(step.node);
    if (step.stage !== 'receive' || step.dev === undefined || host === undefined) return [];
    if (!steps.slice(i + 1).some(({ node, stage }) => node === step.node && stage === 'transmit')) return [];
    const may = forwarding(host, step.dev, step.packet.family);
    return may.kind === 'unknown' ? [may.missing] : [];
  });

const endsOf = ({ question: { from, to } }: Conversation): { readonly from: string; readonly to: string } => ({
  from: from.kind === 'node' ? from.node : from.address,
  to,
});
