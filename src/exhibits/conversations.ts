import type { ConversationExhibit } from '../core/exhibits.js';
import type { Cite } from '../core/finding.js';
import { sideBySide } from '../core/side-by-side.js';
import type { CauseDraft } from '../diagnosis/cause.js';
import type { Judgement } from '../diagnosis/judge.js';
import { endOf } from '../model/journey/compare.js';
import type { Conversation } from '../model/journey/conversations.js';
import { type Origin, PASSING, type RoundTrip, type Step } from '../model/journey/step.js';
import type { Scene } from '../model/scene.js';
import type { Quoter } from '../store/evidence.js';
import { breakOf } from './break-of.js';
import { drawLadder, type LadderRoom, type Sketch, sketchCites, sketchLadder } from './ladder.js';
import { packetsApart } from './ladder-packets.js';
import { partingWords } from './parting.js';
import { calmed, type Sight, stepCites, tracedWalk } from './traced-walk.js';

const MAX_CONVERSATIONS = 6;
/** Some of those that are looked at turn out to be one. */
const MAX_LOOKED_AT = 10;
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
  for (const conversation of shown(room.judgement)) {
    const trip = tripOf(conversation);
    if (trip === undefined) continue;
    const told: Told = { conversation, trip, sketch: undefined, findings: findingsOf(room.judgement, conversation) };
    merge(distinct, told, asksPart);
  }
  const looked = distinct.slice(0, MAX_LOOKED_AT);
  const table = await packetsApart(
    room.scene,
    looked.map(({ conversation }) => conversation),
  );
  const sketched = await sideBySide(looked, room.scene.lanes, async (told) => ({
    ...told,
    sketch: await sketchLadder(room.ladders, told.conversation, told.trip, table),
  }));
  const drawn: Told[] = [];
  for (const told of sketched) merge(drawn, told, showsPart);
  const kept = drawn.slice(0, MAX_CONVERSATIONS);
  await room.quoter.gather(kept.flatMap(citesOf));
  const out: ConversationExhibit[] = [];
  for (const told of kept) out.push(await exhibitOf(room, told));
  return out;
}

/** A conversation with the way and the packets that are drawn of it. */
interface Told {
  readonly conversation: Conversation;
  readonly trip: RoundTrip;
  readonly sketch: Sketch | undefined;
  /** Places in the report's findings. */
  readonly findings: readonly number[];
}

/** Adds a conversation to those that differ; one that is another's part, or has another as its part, shares that one's place. */
function merge(distinct: Told[], told: Told, isPart: (part: Told, whole: Told) => boolean): void {
  const i = distinct.findIndex((other) => sameEnd(told, other) && (isPart(told, other) || isPart(other, told)));
  const known = distinct[i];
  if (known === undefined) {
    distinct.push(told);
    return;
  }
  const findings = [...new Set([...known.findings, ...told.findings])].sort((a, b) => a - b);
  distinct[i] = { ...(isPart(known, told) && isWider(told, known) ? told : known), findings };
}

const sameEnd = (a: Told, b: Told): boolean => endOf(a.trip).disposition === endOf(b.trip).disposition;

/** True when what the one asks is what becomes of the other on a hop, as of a request to a service. */
function asksPart(part: Told, whole: Told): boolean {
  const { from, to, proto, dport } = part.conversation.question;
  const src = from.address ?? part.trip.request.steps[0]?.packet.src;
  return whole.trip.request.steps.some(
    ({ packet }) => packet.src === src && packet.dst === to && packet.proto === proto && packet.dport === dport,
  );
}

/**
 * True when all packets of the one are packets of the other, or when nothing shows the one and its protocol was only guessed
 * (some symptoms tell addresses alone).
 */
function showsPart(part: Told, whole: Told): boolean {
  const all = whole.sketch?.places;
  const { proto, to } = part.conversation.question;
  if (part.sketch === undefined && (proto === 1 || proto === 58)) {
    const src = part.trip.request.steps[0]?.packet.src;
    return all !== undefined && whole.trip.request.steps.some(({ packet }) => packet.src === src && packet.dst === to);
  }
  return all !== undefined && part.sketch !== undefined && [...part.sketch.places].every((at) => all.has(at));
}

/** Of two that are one: the one whose asking end opened it, then the one with more packets, then the one with the longer way. */
function isWider(told: Told, known: Told): boolean {
  const measure = ({ sketch, trip }: Told): readonly number[] => [
    sketch?.opened === true ? 1 : 0,
    sketch?.places.size ?? 0,
    trip.request.steps.length,
  ];
  const [own, other] = [measure(told), measure(known)];
  const i = own.findIndex((value, at) => value !== other[at]);
  return i >= 0 && own[i]! > other[i]!;
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

/** What was seen at each step. */
function sightsOf({ conversation: { comparison } }: Told): (step: Step) => Sight {
  const sights = new Map<Step, Sight>(
    (comparison?.path ?? []).map(({ step, sight, seen }) => [step, { watched: sight !== 'dark', seen }]),
  );
  return (step) => sights.get(step) ?? { watched: false, seen: [] };
}

function citesOf(told: Told): readonly Cite[] {
  const sightOf = sightsOf(told);
  const steps = [...told.trip.request.steps, ...(told.trip.reply?.steps ?? [])];
  return [
    ...steps.flatMap((step) => stepCites(step, sightOf(step))),
    ...(told.sketch === undefined ? [] : sketchCites(told.sketch)),
  ];
}

async function exhibitOf({ scene, judgement, quoter }: ConversationRoom, told: Told): Promise<ConversationExhibit> {
  const { conversation, trip, sketch, findings } = told;
  const { request, reply } = trip;
  const parting = conversation.comparison?.parting;
  const sightOf = sightsOf(told);
  const broken = breakOf({ scene, judgement }, trip, conversation);
  return calmed<ConversationExhibit>({
    title: titleOf(scene, conversation),
    findings,
    parting: parting?.kind ?? 'predicted',
    says: namedBy(judgement, broken, partingWords(trip, parting)),
    request: await tracedWalk(request, quoter, sightOf),
    reply: reply === undefined ? undefined : await tracedWalk(reply, quoter, sightOf),
    ...broken,
    ladder: sketch === undefined ? undefined : await drawLadder(sketch, quoter),
  });
}

/** What stops it is not always to be seen on its way. */
function namedBy({ findings }: Judgement, { breaksAt }: Pick<ConversationExhibit, 'breaksAt'>, says: string): string {
  const named = breaksAt?.finding === undefined ? undefined : findings[breaksAt.finding];
  return named === undefined ? says : `${says} Which hop is at fault, ${named.code} tells.`;
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
