import { type AnalyzeOptions, withModel } from './analyze.js';
import { Failure } from './core/failure.js';
import type { Evidence } from './core/finding.js';
import type { Collect, Trace, TracedStep, TracedWalk, TracedWay } from './core/trace.js';
import { inputName } from './intake/path.js';
import type { Missing } from './model/journey/missing.js';
import { packetWords } from './model/journey/packet.js';
import { type Sighted, sightings, visibleSteps } from './model/journey/seen.js';
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
const SEEN_SHOWN = 3;

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
        request: await traced(request, scene, quoter, false),
        reply: reply === undefined ? undefined : await traced(reply, scene, quoter, true),
      };
      ways.push(noticed(way) ? way : unwatched(way));
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

const noticed = ({ request, reply }: TracedWay): boolean =>
  [...request.steps, ...(reply?.steps ?? [])].some((step) => step.verdict === 'confirmed');

/** A conversation that no capture shows was not held while they ran: no tap contradicts it. */
function unwatched(way: TracedWay): TracedWay {
  const calm = (walk: TracedWalk): TracedWalk => ({
    ...walk,
    steps: walk.steps.map((step) => (step.verdict === 'contradicted' ? { ...step, verdict: 'predicted' } : step)),
  });
  return { ...way, request: calm(way.request), reply: way.reply === undefined ? undefined : calm(way.reply) };
}

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
  switch (journey.outcome) {
    case 'pass':
      return first.reply === undefined ? `It gets through: ${where}.` : 'It gets through, and so does the answer.';
    case 'drop':
      return `${failed.reply === undefined ? 'The packet' : 'The answer'} ends as ${end.disposition} at ${where}.`;
    case 'mixed':
      return `Some ways get through, some do not: ${end.disposition} at ${where}.`;
    case 'unknown':
      return end.missing === undefined
        ? 'Nobody can tell: the ways differ by what the bundle does not show.'
        : `Nobody can tell: the bundle does not show ${end.missing.what}. Collect: ${end.missing.collect}`;
  }
}

async function traced(walk: Walk, scene: Scene, quoter: Quoter, reply: boolean): Promise<TracedWalk> {
  const steps: TracedStep[] = [];
  const visible = visibleSteps(scene, walk);
  for (const step of walk.steps) {
    const sighted = visible.has(step) ? await sightings(scene, step, reply) : { taps: [], seen: [] };
    steps.push(await tracedStep(step, walk, sighted, quoter));
  }
  return {
    disposition: walk.disposition,
    steps,
    assumed: walk.assumptions.map(collect),
    missing: walk.missing === undefined ? undefined : collect(walk.missing),
  };
}

const collect = (missing: Missing): Collect => ({ what: missing.what, collect: missing.collect });

async function tracedStep(step: Step, walk: Walk, { taps, seen }: Sighted, quoter: Quoter): Promise<TracedStep> {
  const because: Evidence[] = await quoter.quote(step.at.map((at) => ({ role: 'decides', at })));
  const [first, ...rest] = step.searched ?? [];
  if (first !== undefined) {
    because.push(...(await quoter.quote([{ role: 'looked for', absent: step.says, searched: [first, ...rest] }])));
  }
  const unknown = walk.disposition === 'unknown' && step === walk.steps.at(-1);
  return {
    node: step.node,
    stage: step.stage,
    device: step.dev,
    says: step.says,
    jumpsTo: step.jumpsTo,
    packet: packetWords(step.packet),
    envelope: step.outer === undefined ? undefined : packetWords(step.outer),
    because,
    seen: await quoter.quote(
      seen.slice(0, SEEN_SHOWN).map((s) => ({
        role: s.count === 1 ? 'seen once' : `seen ${s.count} times`,
        at: { tap: s.tap.tap, place: s.place },
      })),
    ),
    verdict: unknown ? 'unknown' : seen.length > 0 ? 'confirmed' : taps.length > 0 ? 'contradicted' : 'predicted',
  };
}
