import type { Cite, Confidence, FindingDraft, NonEmpty } from '../core/finding.js';
import { endOf } from '../model/journey/compare.js';
import type { Conversation } from '../model/journey/conversations.js';
import { PASSING, type RoundTrip, type Step, type Walk } from '../model/journey/step.js';
import type { Case } from './cause.js';
import { restsOn } from './rests-on.js';

/** One place where predicted packets end, with all conversations that end there. */
export interface Blame {
  readonly node: string;
  /** The conversation that shows it best, its walk, and the last step of that. */
  readonly example: Conversation;
  readonly walk: Walk;
  readonly last: Step;
  readonly leg: 'request' | 'reply';
  readonly conversations: readonly Conversation[];
  /** Symptoms of these conversations. */
  readonly symptoms: readonly FindingDraft[];
  /** The packets were seen to come this far, and nowhere later. */
  readonly seen: boolean;
  /** Somebody tried and failed; false when it is only predicted. */
  readonly tried: boolean;
  /** What the prediction rests on besides the lines that decide its end. */
  readonly ground: readonly Cite[];
}

interface Ending {
  readonly conversation: Conversation;
  readonly trip: RoundTrip;
  readonly walk: Walk;
  readonly leg: 'request' | 'reply';
}

/**
 * How a conversation ends: by the way that sightings fit best; of one that nobody saw, only when all its ways fail. Packets that
 * vanish before the end that is predicted are not that end's doing.
 */
function endingOf(conversation: Conversation): Ending | undefined {
  const { comparison, journey } = conversation;
  if (comparison?.parting.kind === 'contradicted' || comparison?.parting.kind === 'vanished') return undefined;
  const trip = comparison?.trip ?? (journey.outcome === 'drop' ? journey.walks[0] : undefined);
  if (trip === undefined) return undefined;
  return { conversation, trip, walk: endOf(trip), leg: trip.reply === undefined ? 'request' : 'reply' };
}

/**
 * Groups the conversations whose packets end at one culprit. `culprit` names it (node and rule, interface, route), or
 * undefined when a walk's end is none of its business. Conversations that were tried come before those only predicted.
 */
export function blames(
  given: Case,
  culprit: (walk: Walk, last: Step, leg: 'request' | 'reply') => string | undefined,
): readonly Blame[] {
  const groups = new Map<string, Ending[]>();
  for (const conversation of [...given.failed, ...given.standing]) {
    const ending = endingOf(conversation);
    const last = ending?.walk.steps.at(-1);
    if (ending === undefined || last === undefined || PASSING.has(ending.walk.disposition)) continue;
    const key = culprit(ending.walk, last, ending.leg);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [ending]);
    else group.push(ending);
  }
  return [...groups.values()].map((endings): Blame => {
    const seenIn = (e: Ending): boolean =>
      e.conversation.comparison?.parting.kind === 'drop' && e.conversation.comparison.parting.seen;
    const rank = (e: Ending): number =>
      (e.conversation.symptoms.length > 0 ? 0 : 4) + (seenIn(e) ? 0 : 2) + (e.walk.assumptions.length === 0 ? 0 : 1);
    const best = [...endings].sort((a, b) => rank(a) - rank(b))[0]!;
    const symptoms = [...new Set(endings.flatMap((e) => e.conversation.symptoms))];
    return {
      node: best.walk.node,
      example: best.conversation,
      walk: best.walk,
      last: best.walk.steps.at(-1)!,
      leg: best.leg,
      conversations: endings.map((e) => e.conversation),
      symptoms,
      seen: endings.some(seenIn),
      tried: symptoms.length > 0,
      ground: restsOn(given, best.trip),
    };
  });
}

/**
 * How sure a blame is: configuration that decides without assumptions, and packets that were seen to stop there, prove it;
 * configuration alone makes it likely; what rests on assumptions and was never seen is only possible. So is a drop behind a jump
 * to a chain of kube-proxy or Docker that is not shown, behind rules of its own chain that are not, and behind a rule that asks a
 * set whose members are not.
 */
export function confidenceOf(blame: Blame): Confidence {
  const sure = blame.walk.assumptions.length === 0;
  if (sure && blame.seen) return 'proven';
  if (!blame.seen && blame.walk.assumptions.some(({ what }) => isHidden(what, blame.node))) return 'possible';
  return sure || blame.seen || blame.tried ? 'likely' : 'possible';
}

const isHidden = (what: string, node: string): boolean =>
  hiddenChain(what, node) !== undefined || (what.endsWith(` on ${node}`) && what.startsWith('members of ipset '));

const hiddenChain = (what: string, node: string): string | undefined =>
  what.endsWith(` on ${node}`) ? /^the other rules of chain (\S+) /.exec(what)?.[1] : undefined;

/**
 * Chains that accept no new connection between pods or nodes, so that a drop behind them is one whether they are shown or not:
 * kube-proxy's accept what is marked or known, or refuse (pkg/proxy/iptables/proxier.go); Docker's, what is for its own bridges.
 */
const LETS_NOTHING_IN =
  /^(?:KUBE-(?:FORWARD|SERVICES|EXTERNAL-SERVICES|FIREWALL|PROXY-FIREWALL|IPVS-FILTER)|DOCKER|DOCKER-(?:CT|BRIDGE|FORWARD|ISOLATION-STAGE-[12]))$/;

/**
 * True for a drop that nobody saw, behind a jump to a chain that is not shown and that may accept the packet: the CNI's own
 * chains do (`FLANNEL-FWD`, `cali-FORWARD`, `CNI-FORWARD`), and firewalld's. Nothing can then be said of the drop.
 */
export const mayBeAccepted = ({ walk, node, seen }: Blame): boolean =>
  !seen &&
  walk.assumptions.some(({ what }) => {
    const chain = hiddenChain(what, node);
    return chain !== undefined && chain !== walk.by?.chain && !LETS_NOTHING_IN.test(chain);
  });

/** The lines that decide the end of the walk; where the end is the kernel's own default, those of the step that led there. */
export function decidedBy(blame: Blame, role: string): NonEmpty<Cite> {
  const { last, walk } = blame;
  const cites: Cite[] = last.at.map((at) => ({ role, at }));
  const [first, ...rest] = last.searched ?? [];
  if (first !== undefined) cites.push({ role, absent: last.says, searched: [first, ...rest] });
  if (cites.length === 0) {
    const before = walk.steps.findLast((step) => step.at.length > 0);
    cites.push(...(before?.at ?? []).map((at): Cite => ({ role: before!.says, at })));
  }
  const [one, ...others] = cites;
  if (one === undefined) throw new Error(`a walk to ${last.packet.dst} without a single line`);
  return [one, ...others];
}

/** The route that sent the packet to where it ended. */
export const routeBefore = (walk: Walk): Step | undefined =>
  walk.steps.findLast((step) => (step.stage === 'route' || step.stage === 'output-route') && step.dev !== undefined);

/** True for a symptom whose flows are all among the conversations of the blame, or that one of them is about. */
export const concerns = ({ conversations }: Blame, symptom: FindingDraft): boolean =>
  concernsConversations(conversations, symptom);

/** The same for conversations that were not grouped by where they end. */
export function concernsConversations(conversations: readonly Conversation[], symptom: FindingDraft): boolean {
  if (conversations.some((conversation) => conversation.symptoms.includes(symptom))) return true;
  const flows = symptom.flows ?? [];
  const about = new Set(
    conversations.flatMap(({ question, comparison }) => {
      const ends = [`${question.from.address ?? ''} ${question.to}`];
      for (const step of comparison?.trip.request.steps ?? []) ends.push(`${step.packet.src} ${step.packet.dst}`);
      return ends;
    }),
  );
  return (
    flows.length > 0 &&
    flows.every((flow) => about.has(`${flow.src} ${flow.dst}`) || about.has(`${flow.dst} ${flow.src}`))
  );
}
