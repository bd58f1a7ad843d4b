import type { ConversationExhibit } from '../core/exhibits.js';
import type { CauseDraft } from '../diagnosis/cause.js';
import type { Judgement } from '../diagnosis/judge.js';
import { endOf } from '../model/journey/compare.js';
import type { Conversation } from '../model/journey/conversations.js';
import { type Origin, PASSING, type RoundTrip, type Step, type Walk } from '../model/journey/step.js';
import type { Scene } from '../model/scene.js';
import type { Quoter } from '../store/evidence.js';
import { type LadderRoom, ladderOf } from './ladder.js';
import { partingWords } from './parting.js';
import { calmed, type Sight, tracedWalk } from './traced-walk.js';

const MAX_CONVERSATIONS = 6;
/** Of a cluster in which nothing fails, so many ways show how it works. */
const MAX_WORKING = 2;

/** What conversations are drawn from. */
export interface ConversationRoom {
  readonly scene: Scene;
  readonly judgement: Judgement;
  readonly quoter: Quoter;
  readonly ladders: LadderRoom;
}

/**
 * The conversations that failed, the one that the verdict is about first; where nobody tried, those that the configuration
 * lets fail; where all is well, two that show how it works.
 */
export async function conversationExhibits(room: ConversationRoom): Promise<readonly ConversationExhibit[]> {
  const out: ConversationExhibit[] = [];
  for (const conversation of shown(room.judgement)) {
    const trip = tripOf(conversation);
    if (trip !== undefined) out.push(await exhibitOf(room, conversation, trip));
  }
  return out;
}

function shown({ given, standing, findings, drafts }: Judgement): readonly Conversation[] {
  if (given === undefined) return [];
  const [top] = standing.filter(({ cause }) => cause.severity !== 'info');
  const broken = given.standing.filter((conversation) => conversation.journey.outcome === 'drop');
  const place = (conversation: Conversation): number => {
    const places = conversation.symptoms.map((symptom) => drafts.indexOf(symptom)).filter((i) => i >= 0);
    return Math.min(findings.length, ...places);
  };
  const weight = (conversation: Conversation): number => {
    const explained = conversation.symptoms.some((symptom) => top?.explained.includes(symptom));
    const decided = top !== undefined && decidedBy(conversation, top.cause);
    const parting = conversation.comparison?.parting.kind;
    const told =
      parting === 'drop' || parting === 'vanished' ? 2 : parting === undefined || parting === 'agrees' ? 0 : 1;
    return (explained ? 12 : 0) + (decided ? 6 : 0) + told;
  };
  const failing = [...given.failed, ...broken]
    .map((conversation, i) => ({ conversation, i, weight: weight(conversation), place: place(conversation) }))
    .sort((a, b) => b.weight - a.weight || a.place - b.place || a.i - b.i)
    .map(({ conversation }) => conversation);
  return failing.length > 0 ? failing.slice(0, MAX_CONVERSATIONS) : given.standing.slice(0, MAX_WORKING);
}

/** True when a line that the cause cites decides where the walk ends. */
function decidedBy(conversation: Conversation, cause: CauseDraft): boolean {
  const trip = tripOf(conversation);
  if (trip === undefined || PASSING.has(endOf(trip).disposition)) return false;
  const cited = new Set(
    cause.evidence.flatMap((c) => ('at' in c && 'line' in c.at ? [`${c.at.source} ${c.at.line}`] : [])),
  );
  return endOf(trip)
    .steps.slice(-3)
    .some((step) => step.at.some((at) => cited.has(`${at.source} ${at.line}`)));
}

/** The way that is drawn: what was seen fits it best, else the first that fails. */
function tripOf({ comparison, journey }: Conversation): RoundTrip | undefined {
  return comparison?.trip ?? journey.walks.find((trip) => !PASSING.has(endOf(trip).disposition)) ?? journey.walks[0];
}

async function exhibitOf(
  { scene, judgement, quoter, ladders }: ConversationRoom,
  conversation: Conversation,
  trip: RoundTrip,
): Promise<ConversationExhibit> {
  const { comparison } = conversation;
  const sights = new Map<Step, Sight>(
    (comparison?.path ?? []).map(({ step, sight, seen }) => [step, { watched: sight !== 'dark', seen }]),
  );
  const sightOf = (step: Step): Sight => sights.get(step) ?? { watched: false, seen: [] };
  const { request, reply } = trip;
  return calmed<ConversationExhibit>({
    title: titleOf(scene, conversation),
    findings: conversation.symptoms
      .map((symptom) => judgement.drafts.indexOf(symptom))
      .filter((i) => i >= 0)
      .sort((a, b) => a - b),
    parting: comparison?.parting.kind ?? 'predicted',
    says: partingWords(trip, comparison?.parting),
    request: await tracedWalk(request, quoter, sightOf),
    reply: reply === undefined ? undefined : await tracedWalk(reply, quoter, sightOf),
    breaksAt: breakOf(trip, conversation),
    ladder: await ladderOf(ladders, conversation, trip),
  });
}

function breakOf(trip: RoundTrip, { comparison }: Conversation): ConversationExhibit['breaksAt'] {
  const at = (walk: Walk, step: Step | undefined): ConversationExhibit['breaksAt'] =>
    step === undefined
      ? undefined
      : { walk: walk === trip.request ? 'request' : 'reply', step: walk.steps.lastIndexOf(step) };
  const end = endOf(trip);
  const parting = comparison?.parting;
  switch (parting?.kind) {
    case 'vanished': {
      const walk = parting.before.leg === 'reply' ? trip.reply : trip.request;
      return walk === undefined ? undefined : at(walk, parting.before.step);
    }
    case 'contradicted':
    case 'agrees':
    case 'cannot-tell':
      return undefined;
    default:
      return PASSING.has(end.disposition) || end.disposition === 'unknown' ? undefined : at(end, end.steps.at(-1));
  }
}

const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [58, 'icmpv6'],
  [132, 'sctp'],
]);

function titleOf(scene: Scene, { question }: Conversation): string {
  const proto = PROTOCOLS.get(question.proto) ?? `protocol ${question.proto}`;
  const port = question.dport === undefined ? '' : ` port ${question.dport}`;
  return `${proto} ${originWords(scene, question.from)} -> ${scene.describeAddress(question.to)}${port}`;
}

function originWords(scene: Scene, from: Origin): string {
  switch (from.kind) {
    case 'node':
      return from.address === undefined ? `node ${from.node}` : `${from.address} (node ${from.node})`;
    case 'pod':
      return `${from.address} (${from.name === undefined ? 'pod' : `pod ${from.name}`} on ${from.node})`;
    case 'outside':
      return scene.describeAddress(from.address);
  }
}
