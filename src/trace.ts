import { type AnalyzeOptions, withModel } from './analyze.js';
import { Failure } from './core/failure.js';
import type { Trace, TracedWay } from './core/trace.js';
import { calmed, type Sight, tracedWalk } from './exhibits/traced-walk.js';
import { inputName } from './intake/path.js';
import type { Missing } from './model/journey/missing.js';
import { sightings, visibleSteps } from './model/journey/seen.js';
import { type Journey, type Origin, PASSING, type RoundTrip, type Step, type Walk } from './model/journey/step.js';
import type { Scene } from './model/scene.js';
import { Quoter } from './store/evidence.js';

/** What `podtrail trace` asks. */
export interface TraceQuestion {
  /** Address, or the name of a pod or node. */
  readonly from: string;
  /** Address, or the name of a pod, node or service. */
  readonly to: string;
  readonly port?: number | undefined;
  readonly proto: 'tcp' | 'udp' | 'icmp';
  /** IP length in bytes. */
  readonly length?: number | undefined;
}

const PROTOCOLS = { tcp: 6, udp: 17, icmp: 1 } as const;

/**
 * Walks one packet through the network that the bundle describes, and lays what captures saw beside it. Fails with a clear
 * message when the bundle does not tell what a name means.
 */
export async function trace(
  paths: readonly string[],
  question: TraceQuestion,
  options: AnalyzeOptions = {},
): Promise<Trace> {
  return withModel(paths, options, async ({ store, scene, journeys }) => {
    const from = named(question.from, journeys.origin(question.from), scene);
    const to = named(question.to, journeys.destination(question.to), scene);
    if (from.kind !== 'node' && from.address.includes(':') !== to.address.includes(':'))
      throw new Failure(
        `${from.address} and ${to.address} are of different families: no packet goes from one to the other`,
      );
    const ipv6 = to.address.includes(':');
    const journey = journeys.between({
      from,
      to: to.address,
      proto: question.proto === 'icmp' && ipv6 ? 58 : PROTOCOLS[question.proto],
      dport: question.port,
      length: question.length,
    });
    const quoter = new Quoter(store);
    const ways: TracedWay[] = [];
    for (const { request, reply } of [...journey.walks].sort((a, b) => rank(a) - rank(b))) {
      const way = {
        choice: request.choice,
        request: await tracedWalk(request, quoter, sightIn(scene, request, 'request')),
        reply: reply === undefined ? undefined : await tracedWalk(reply, quoter, sightIn(scene, reply, 'reply')),
      };
      ways.push(calmed(way));
    }
    const port = question.port === undefined ? '' : ` port ${question.port}`;
    return {
      schema: 'podtrail.trace/1',
      bundle: paths.map((path) => inputName(path)).join(' '),
      question: `${question.proto} ${originWords(from)} -> ${to.says}${port}`,
      outcome: journey.outcome,
      summary: summaryOf(journey),
      ways,
    };
  });
}

/** Ways that rest on nothing that was taken for granted first, and of these the failing ones: they want to be looked at. */
const rank = ({ request, reply }: RoundTrip): number =>
  (request.assumptions.length + (reply?.assumptions.length ?? 0) > 0 ? 2 : 0) +
  (PASSING.has((reply ?? request).disposition) ? 1 : 0);

const NODES_NAMED = 8;

function named<T extends object>(name: string, meant: T | Missing, { cluster }: Scene): T {
  if (!('collect' in meant && 'what' in meant)) return meant as T;
  const nodes = [...cluster.nodes.keys()].sort();
  const known = `${nodes.slice(0, NODES_NAMED).join(', ')}${nodes.length > NODES_NAMED ? ', …' : ''}`;
  throw new Failure(
    `the bundle does not tell ${meant.what}${nodes.length === 0 || cluster.nodes.has(name) ? '' : ` (its nodes: ${known})`}; collect: ${meant.collect}`,
  );
}

function originWords(from: Origin): string {
  switch (from.kind) {
    case 'node':
      return `node ${from.node}${from.address === undefined ? '' : ` (${from.address})`}`;
    case 'pod':
      return `${from.name === undefined ? 'pod' : `pod ${from.name}`} (${from.address}) on ${from.node}`;
    case 'outside':
      return from.address;
  }
}

/** Where it ends, in one sentence. */
function summaryOf(journey: Journey): string {
  const [first] = journey.walks;
  if (first === undefined) return 'No way was found.';
  const failed = journey.walks.find(({ request, reply }) => !PASSING.has((reply ?? request).disposition)) ?? first;
  const end = failed.reply ?? failed.request;
  const last = end.steps.at(-1);
  const where = last === undefined ? '' : `${last.node}${last.dev === undefined ? '' : `, ${last.dev}`}: ${last.says}`;
  const granted = grantedIn(failed);
  switch (journey.outcome) {
    case 'pass':
      return `${first.reply === undefined ? `It gets through: ${where}` : 'It gets through, and so does the answer'}.${granted}`;
    case 'drop':
      return `${failed.reply === undefined ? 'The packet' : 'The answer'} ends as ${end.disposition} at ${where}.${granted}`;
    case 'mixed':
      return `Some ways get through, some do not: ${end.disposition} at ${where}.${granted}`;
    case 'unknown':
      return end.missing === undefined
        ? 'Nobody can tell: the ways differ by what the bundle does not show.'
        : `Nobody can tell: the bundle does not show ${end.missing.what}.`;
  }
}

/** What the summary rests on besides the bundle. */
function grantedIn({ request, reply }: RoundTrip): string {
  const [first, ...others] = new Set([...request.assumptions, ...(reply?.assumptions ?? [])].map(({ what }) => what));
  if (first === undefined) return '';
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return ` Not in the bundle, and taken to be as usual: ${first}${more}.`;
}

const sightIn = (scene: Scene, walk: Walk, leg: 'request' | 'reply'): ((step: Step) => Promise<Sight>) => {
  const visible = visibleSteps(scene, walk);
  return async (step) => {
    if (!visible.has(step)) return { watched: false, seen: [] };
    const { taps, seen } = await sightings(scene, step, leg === 'reply');
    return { watched: taps.length > 0, seen };
  };
};
