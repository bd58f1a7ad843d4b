import type { BreakAt, ConversationExhibit } from '../core/exhibits.js';
import type { CauseDraft } from '../diagnosis/cause.js';
import { culpritsOf } from '../diagnosis/culprits.js';
import type { Judgement } from '../diagnosis/judge.js';
import { endOf, type Parting } from '../model/journey/compare.js';
import type { Conversation } from '../model/journey/conversations.js';
import { PASSING, type RoundTrip, type Step } from '../model/journey/step.js';
import type { Scene } from '../model/scene.js';
import { type Hop, hopOfCause, type Shown } from './hop-of-cause.js';

type Broken = Pick<ConversationExhibit, 'breaksAt' | 'unmarked'>;

/**
 * Where a conversation breaks: by the walk, where it ends there; else by the cause that explains the conversation; else
 * between where its packets were seen and where they were missed. Where a cause stands and no hop can be named, why.
 */
export function breakOf(
  { scene, judgement }: { readonly scene: Scene; readonly judgement: Judgement },
  trip: RoundTrip,
  conversation: Conversation,
): Broken {
  const parting = conversation.comparison?.parting;
  const ended = endedAt(trip, parting);
  if (ended !== undefined) return { breaksAt: ended };
  const stands = judgement.standing.filter(({ cause }) => cause.severity !== 'info' && cause.confidence !== 'possible');
  const explaining = stands.find(({ explained }) =>
    conversation.symptoms.some((symptom) => explained.includes(symptom)),
  );
  const cause = (explaining ?? stands[0])?.cause;
  const vanished = vanishedAt(trip, parting);
  if (cause === undefined) return { breaksAt: vanished };
  const culprits = culpritsOf(cause, (name) => scene.cluster.nodes.has(name));
  const hop = hopOfCause(cause, culprits, trip, shownOf(trip, conversation));
  if (hop !== undefined && (explaining !== undefined || isUnknownEnd(trip, hop)))
    return { breaksAt: { ...hop, finding: judgement.drafts.indexOf(cause) } };
  if (vanished !== undefined) return { breaksAt: vanished };
  return { unmarked: unmarkedWords(trip, conversation, explaining === undefined ? 'other' : 'its', cause) };
}

/** Where the configuration lets it end. */
function endedAt(trip: RoundTrip, parting: Parting | undefined): BreakAt | undefined {
  const end = endOf(trip);
  if (parting !== undefined && parting.kind !== 'drop') return undefined;
  if (PASSING.has(end.disposition) || end.disposition === 'unknown') return undefined;
  return at(trip, end.steps.at(-1), 'stops');
}

function vanishedAt(trip: RoundTrip, parting: Parting | undefined): BreakAt | undefined {
  return parting?.kind === 'vanished' ? at(trip, parting.before.step, 'lost') : undefined;
}

function at(trip: RoundTrip, step: Step | undefined, how: BreakAt['how']): BreakAt | undefined {
  if (step === undefined) return undefined;
  const there = trip.request.steps.lastIndexOf(step);
  if (there >= 0) return { walk: 'request', step: there, how };
  const back = trip.reply?.steps.lastIndexOf(step) ?? -1;
  return back < 0 ? undefined : { walk: 'reply', step: back, how };
}

function shownOf(trip: RoundTrip, { comparison, symptoms }: Conversation): Shown {
  const parting = comparison?.parting;
  const large = symptoms.find(({ code }) => code === 'large-packets-lost');
  // A ping that gets no answer does not tell which of the two was lost.
  const icmp = trip.request.packet.icmpType !== undefined;
  const [receiver] = large?.subjects ?? [];
  return {
    stretch: parting?.kind === 'vanished' ? { after: parting.after.step, before: parting.before.step } : undefined,
    leg: receiver === undefined || icmp ? undefined : receiver === trip.reply?.packet.dst ? 'reply' : 'request',
  };
}

/** True for the step where nobody can tell any more. */
function isUnknownEnd(trip: RoundTrip, { walk, step }: Hop): boolean {
  const end = endOf(trip);
  return end.disposition === 'unknown' && end === trip[walk] && step === end.steps.length - 1;
}

function unmarkedWords(
  trip: RoundTrip,
  { symptoms }: Conversation,
  whose: 'its' | 'other',
  { code, title }: CauseDraft,
): string {
  const end = endOf(trip);
  const last = end.steps.at(-1);
  if (whose === 'other') {
    return symptoms.length === 0
      ? `No hop is marked: what is wrong (${code}: ${title}) does not lie on this way, which nobody tried.`
      : `No hop is marked: ${code} does not explain this conversation, and nothing shows where it stops.`;
  }
  return end.disposition === 'unknown' && last !== undefined
    ? `No hop is marked: the bundle shows this way no further than ${last.node}, and what is wrong does not lie on that part (${code}: ${title}).`
    : `No hop is marked: nothing shows at which of them it stops (${code}: ${title}).`;
}
