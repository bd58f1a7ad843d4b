import type { ConversationExhibit } from '../core/exhibits.js';
import type { CauseDraft } from '../diagnosis/cause.js';
import type { Judgement } from '../diagnosis/judge.js';
import { endOf } from '../model/journey/compare.js';
import type { Conversation } from '../model/journey/conversations.js';
import { type Origin, PASSING, type RoundTrip, type Step, type Walk } from '../model/journey/step.js';
import type { Scene } from '../model/scene.js';
import type { Quoter } from '../store/evidence.js';
import { type DrawnLadder, type LadderRoom, ladderOf } from './ladder.js';
import { partingWords } from './parting.js';
import { calmed, type Sight, tracedWalk } from './traced-walk.js';

const MAX_CONVERSATIONS = 6;
/** Some of those that are looked at turn out to be one. */
const MAX_LOOKED_AT = 14;
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
 * lets fail; where all is well, two that show how it works. One conversation may have failed under several names (service and
 * endpoint, either end as the asking one): it is drawn once.
 */
export async function conversationExhibits(room: ConversationRoom): Promise<readonly ConversationExhibit[]> {
  const distinct: Told[] = [];
  for (const conversation of shown(room.judgement).slice(0, MAX_LOOKED_AT)) {
    const trip = tripOf(conversation);
    if (trip === undefined) continue;
    const drawn = await ladderOf(room.ladders, conversation, trip);
    const told: Told = { conversation, trip, drawn, findings: findingsOf(room.judgement, conversation) };
    const i = distinct.findIndex((other) => isPart(told, other) || isPart(other, told));
    const known = distinct[i];
    if (known !== undefined) {
      const findings = [...new Set([...known.findings, ...told.findings])].sort((a, b) => a - b);
      distinct[i] = { ...(isWider(told, known) ? told : known), findings };
    } else if (distinct.length < MAX_CONVERSATIONS) distinct.push(told);
  }
  const out: ConversationExhibit[] = [];
  for (const told of distinct) out.push(await exhibitOf(room, told));
  return out;
}

/** A conversation with the way and the packets that are drawn of it. */
interface Told {
  readonly conversation: Conversation;
  readonly trip: RoundTrip;
  readonly drawn: DrawnLadder | undefined;
  /** Places in the report's findings. */
  readonly findings: readonly number[];
}

/** True when the first is a part of the second, and both come to the same end: its packets, or what it asks on a hop. */
function isPart(part: Told, whole: Told): boolean {
  const [end, other] = [endOf(part.trip), endOf(whole.trip)];
  if (end.disposition !== other.disposition) return false;
  const within = whole.drawn?.places;
  if (part.drawn !== undefined) return within !== undefined && [...part.drawn.places].every((at) => within.has(at));
  const { from, to, proto, dport } = part.conversation.question;
  const src = from.address ?? part.trip.request.steps[0]?.packet.src;
  return whole.trip.request.steps.some(
    ({ packet }) => packet.src === src && packet.dst === to && packet.proto === proto && packet.dport === dport,
  );
}

/** Of two that are one: the one that is asked by who opened it, then the one with more packets. */
function isWider(told: Told, known: Told): boolean {
  const opened = (one: Told): number => (one.drawn?.opened === true ? 1 : 0);
  if (opened(told) !== opened(known)) return opened(told) > opened(known);
  return (told.drawn?.places.size ?? 0) > (known.drawn?.places.size ?? 0);
}

const findingsOf = ({ drafts }: Judgement, { symptoms }: Conversation): readonly number[] =>
  symptoms
    .map((symptom) => drafts.indexOf(symptom))
    .filter((i) => i >= 0)
    .sort((a, b) => a - b);

function shown(judgement: Judgement): readonly Conversation[] {
  const { given, standing, findings } = judgement;
  if (given === undefined) return [];
  const [top] = standing.filter(({ cause }) => cause.severity !== 'info');
  const weight = (conversation: Conversation): number => {
    const explained = conversation.symptoms.some((symptom) => top?.explained.includes(symptom));
    const decided = top !== undefined && decidedBy(conversation, top.cause);
    const parting = conversation.comparison?.parting;
    const told =
      parting === undefined ? 0 : parting.kind === 'vanished' || (parting.kind === 'drop' && parting.seen) ? 2 : 1;
    return (explained ? 12 : 0) + (decided ? 6 : 0) + told;
  };
  const ranked = (conversations: readonly Conversation[]): readonly Conversation[] =>
    conversations
      .map((conversation, i) => ({
        conversation,
        i,
        weight: weight(conversation),
        place: findingsOf(judgement, conversation)[0] ?? findings.length,
      }))
      .sort((a, b) => b.weight - a.weight || a.place - b.place || a.i - b.i)
      .map(({ conversation }) => conversation);
  const broken = given.standing.filter((conversation) => conversation.journey.outcome === 'drop');
  const tried = given.failed.length > 0 && (top === undefined || given.failed.some((one) => weight(one) >= 6));
  if (tried) return ranked(given.failed);
  const failing = ranked([...given.failed, ...broken]);
  return failing.length > 0 ? failing : given.standing.slice(0, MAX_WORKING);
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
  { scene, quoter }: ConversationRoom,
  { conversation, trip, drawn, findings }: Told,
): Promise<ConversationExhibit> {
  const { comparison } = conversation;
  const sights = new Map<Step, Sight>(
    (comparison?.path ?? []).map(({ step, sight, seen }) => [step, { watched: sight !== 'dark', seen }]),
  );
  const sightOf = (step: Step): Sight => sights.get(step) ?? { watched: false, seen: [] };
  const { request, reply } = trip;
  return calmed<ConversationExhibit>({
    title: titleOf(scene, conversation),
    findings,
    parting: comparison?.parting.kind ?? 'predicted',
    says: partingWords(trip, comparison?.parting),
    request: await tracedWalk(request, quoter, sightOf),
    reply: reply === undefined ? undefined : await tracedWalk(reply, quoter, sightOf),
    breaksAt: breakOf(trip, conversation),
    ladder: drawn?.ladder,
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
