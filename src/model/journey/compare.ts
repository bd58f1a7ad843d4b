import type { Scene } from '../scene.js';
import { condition, type Seen, sightings, visibleSteps } from './seen.js';
import type { Journey, RoundTrip, Step, Walk } from './step.js';
import { PASSING } from './step.js';
import { type During, ranDuring, runsAt, WAYS_COMPARED, type Watch } from './watch.js';

/** A step of the predicted way with what the taps at its place show. */
export interface SightedStep {
  readonly step: Step;
  readonly leg: 'request' | 'reply';
  /** `dark`: no tap stands there that ran at the time. */
  readonly sight: 'seen' | 'not-seen' | 'dark';
  readonly seen: readonly Seen[];
  /** Sources of the taps that stand there. */
  readonly looked: readonly number[];
}

/** Where prediction and sightings part; four outcomes, told apart. */
export type Parting =
  /** The model says drop; `seen` is true when the packets were seen to come that far, and nowhere later. */
  | { readonly kind: 'drop'; readonly seen: boolean; readonly last?: SightedStep | undefined }
  /** The packets vanish between these two places, whatever the model says of the way behind them. */
  | { readonly kind: 'vanished'; readonly after: SightedStep; readonly before: SightedStep }
  /** The model says drop, and the packets are seen beyond: the dump is of another time than the capture. */
  | { readonly kind: 'contradicted'; readonly beyond: readonly Seen[] }
  /** The model says pass, and nothing seen contradicts it. */
  | { readonly kind: 'agrees' }
  | { readonly kind: 'cannot-tell' };

export interface Comparison {
  /** The way that the sightings fit best; the failing one among equals. */
  readonly trip: RoundTrip;
  readonly path: readonly SightedStep[];
  readonly parting: Parting;
}

/** The walk that ends the way: the reply's when the request arrives. */
export const endOf = (trip: RoundTrip): Walk => trip.reply ?? trip.request;

/** Lays what taps saw over each way of a journey, and says where the two part. */
export async function compare(
  scene: Scene,
  watch: Watch,
  journey: Journey,
  during?: During,
): Promise<Comparison | undefined> {
  const compared: Comparison[] = [];
  for (const trip of journey.walks.slice(0, WAYS_COMPARED))
    compared.push(await compareTrip(scene, watch, trip, during));
  const seenCount = (c: Comparison): number => c.path.filter((s) => s.sight === 'seen').length;
  return [...compared].sort((a, b) => seenCount(b) - seenCount(a) || telling(b) - telling(a))[0];
}

/** Of ways that are seen equally far: the failing one tells most, and one that would fail only where nothing came to least. */
function telling({ trip, parting }: Comparison): number {
  if (PASSING.has(endOf(trip).disposition)) return 1;
  return parting.kind === 'vanished' ? 0 : 2;
}

async function compareTrip(
  scene: Scene,
  watch: Watch,
  trip: RoundTrip,
  during: During | undefined,
): Promise<Comparison> {
  const path: SightedStep[] = [
    ...(await sightedSteps(scene, watch, trip.request, 'request', during)),
    ...(trip.reply === undefined ? [] : await sightedSteps(scene, watch, trip.reply, 'reply', during)),
  ];
  const end = endOf(trip);
  const lastSeen = path.findLast((s) => s.sight === 'seen');
  if (end.disposition === 'unknown') return { trip, path, parting: { kind: 'cannot-tell' } };
  if (!PASSING.has(end.disposition)) {
    const beyond = await seenBeyond(scene, watch, end, trip);
    if (beyond.length > 0) return { trip, path, parting: { kind: 'contradicted', beyond } };
    // What never came into the node cannot have met the node's rules.
    const lost = vanishing(path, lastSeen);
    return lost?.before.step.stage === 'receive'
      ? { trip, path, parting: lost }
      : { trip, path, parting: { kind: 'drop', seen: lastSeen !== undefined && lost === undefined, last: lastSeen } };
  }
  if (lastSeen === undefined) return { trip, path, parting: { kind: 'cannot-tell' } };
  return { trip, path, parting: vanishing(path, lastSeen) ?? { kind: 'agrees' } };
}

/**
 * The first place behind the last sighting whose tap ran and shows nothing. A tap that missed what a later one shows was blind
 * (filter, offload), and accuses nobody.
 */
function vanishing(
  path: readonly SightedStep[],
  lastSeen: SightedStep | undefined,
): Extract<Parting, { readonly kind: 'vanished' }> | undefined {
  if (lastSeen === undefined) return undefined;
  const missed = path.slice(path.indexOf(lastSeen) + 1).find((s) => s.sight === 'not-seen');
  return missed === undefined ? undefined : { kind: 'vanished', after: lastSeen, before: missed };
}

/** What comes in from another node; inside a node a terminal's text is too often an excerpt of what was meant to be looked at. */
const taken = ({ stage }: Step): boolean => stage === 'receive';

async function sightedSteps(
  scene: Scene,
  watch: Watch,
  walk: Walk,
  leg: 'request' | 'reply',
  during: During | undefined,
): Promise<SightedStep[]> {
  const out: SightedStep[] = [];
  for (const step of visibleSteps(scene, walk)) {
    const { taps, seen } = await sightings(scene, step, leg === 'reply', watch.packets);
    const earlier = out.findLast((sighted) => sighted.sight === 'seen')?.seen[0];
    const before = earlier === undefined ? undefined : { ...earlier, timeKind: earlier.tap.timeKind };
    const ran = [
      ...taps.filter((tap) => tap.kind === 'capture' && ranDuring(watch, tap, during)).map((tap) => tap.source),
      ...(taken(step) ? runsAt(scene, watch, step, before).map(({ source }) => source) : []),
    ];
    out.push({
      step,
      leg,
      sight: seen.length > 0 ? 'seen' : ran.length > 0 ? 'not-seen' : 'dark',
      seen,
      looked: [...new Set(ran)],
    });
  }
  return out;
}

/**
 * Packets that the model says are dropped, seen where they could only be after that: on other nodes than the walk came to,
 * or leaving by the device that the walk did not get to.
 */
async function seenBeyond(scene: Scene, watch: Watch, end: Walk, trip: RoundTrip): Promise<readonly Seen[]> {
  const last = end.steps.at(-1);
  if (last === undefined) return [];
  const been = new Set([...trip.request.steps, ...(trip.reply?.steps ?? [])].map((step) => step.node));
  const taps = scene.taps.filter((tap) => tap.kind === 'capture' && tap.node !== undefined && !been.has(tap.node));
  if (taps.length === 0) return [];
  const where = condition(scene, last.packet, undefined, end === trip.reply, 'any-envelope');
  if (where === undefined) return [];
  const rows = await scene.rows(
    `SELECT tap, min(place) AS place, count(*) AS n, min(time_ns) AS first_ns, max(time_ns) AS last_ns
     FROM ${watch.packets} p WHERE tap IN (${taps.map((tap) => tap.tap).join(',')}) AND ${where} GROUP BY tap ORDER BY tap`,
  );
  return rows.map(
    (row): Seen => ({
      tap: scene.tap(Number(row['tap'])),
      place: Number(row['place']),
      count: Number(row['n']),
      firstNs: Number(row['first_ns']),
      lastNs: Number(row['last_ns']),
    }),
  );
}
