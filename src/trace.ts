import { type AnalyzeOptions, withModel } from './analyze.js';
import { Failure } from './core/failure.js';
import type { Evidence } from './core/finding.js';
import type { Collect, Trace, TracedStep, TracedWalk, TracedWay } from './core/trace.js';
import { inputName } from './intake/path.js';
import type { Missing } from './model/journey/missing.js';
import { packetWords } from './model/journey/packet.js';
import { sightings, VISIBLE } from './model/journey/seen.js';
import type { Journey, Origin, Step, Walk } from './model/journey/step.js';
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
    const from = named(journeys.origin(question.from));
    const to = named(journeys.destination(question.to));
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
    for (const { request, reply } of journey.walks) {
      ways.push({
        choice: request.choice,
        request: await traced(request, scene, quoter, false),
        reply: reply === undefined ? undefined : await traced(reply, scene, quoter, true),
      });
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

function named<T extends object>(meant: T | Missing): T {
  if ('collect' in meant && 'what' in meant) {
    throw new Failure(`the bundle does not tell ${meant.what}; collect: ${meant.collect}`);
  }
  return meant as T;
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
  const failed = journey.walks.find(({ request, reply }) => !ARRIVED.has((reply ?? request).disposition)) ?? first;
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
        : `Nobody can tell: ${end.missing.what} is not in the bundle. Collect: ${end.missing.collect}`;
  }
}

const ARRIVED: ReadonlySet<string> = new Set(['delivered', 'left-cluster']);

async function traced(walk: Walk, scene: Scene, quoter: Quoter, reply: boolean): Promise<TracedWalk> {
  const steps: TracedStep[] = [];
  for (const step of walk.steps) steps.push(await tracedStep(step, walk, scene, quoter, reply));
  return {
    disposition: walk.disposition,
    steps,
    assumed: walk.assumptions.map(collect),
    missing: walk.missing === undefined ? undefined : collect(walk.missing),
  };
}

const collect = (missing: Missing): Collect => ({ what: missing.what, collect: missing.collect });

async function tracedStep(step: Step, walk: Walk, scene: Scene, quoter: Quoter, reply: boolean): Promise<TracedStep> {
  const because: Evidence[] = await quoter.quote(step.at.map((at) => ({ role: 'decides', at })));
  const [first, ...rest] = step.searched ?? [];
  if (first !== undefined) {
    because.push(...(await quoter.quote([{ role: 'looked for', absent: step.says, searched: [first, ...rest] }])));
  }
  const { taps, seen } = VISIBLE.has(step.stage) ? await sightings(scene, step, reply) : { taps: [], seen: [] };
  const unknown = walk.disposition === 'unknown' && step === walk.steps.at(-1);
  return {
    node: step.node,
    stage: step.stage,
    device: step.dev,
    says: step.says,
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
