import type { Cite } from '../core/finding.js';
import type { Collect, TracedStep, TracedWalk, TracedWay } from '../core/trace.js';
import type { Missing } from '../model/journey/missing.js';
import { packetWords } from '../model/journey/packet.js';
import type { Seen } from '../model/journey/seen.js';
import type { Step, Walk } from '../model/journey/step.js';
import type { Quoter } from '../store/evidence.js';

/** What captures at the place of a step show of its packet; `watched` is true when a tap that could show it stands there. */
export interface Sight {
  readonly watched: boolean;
  readonly seen: readonly Seen[];
}

const SEEN_SHOWN = 3;

/** A walk with its lines quoted and what was seen laid beside each step. */
export async function tracedWalk(
  walk: Walk,
  quoter: Quoter,
  sightOf: (step: Step) => Promise<Sight> | Sight,
): Promise<TracedWalk> {
  const sighted: { readonly step: Step; readonly sight: Sight }[] = [];
  for (const step of walk.steps) sighted.push({ step, sight: await sightOf(step) });
  await quoter.gather(sighted.flatMap(({ step, sight }) => stepCites(step, sight)));
  const steps: TracedStep[] = [];
  for (const { step, sight } of sighted) {
    const unknown = walk.disposition === 'unknown' && step === walk.steps.at(-1);
    steps.push(await tracedStep(step, unknown, quoter, sight));
  }
  return {
    disposition: walk.disposition,
    steps,
    assumed: walk.assumptions.map(collect),
    missing: walk.missing === undefined ? undefined : collect(walk.missing),
  };
}

/** A conversation that no capture shows was not held while they ran: no tap contradicts it. */
export function calmed<T extends Pick<TracedWay, 'request' | 'reply'>>(way: T): T {
  const { request, reply } = way;
  if ([...request.steps, ...(reply?.steps ?? [])].some((step) => step.verdict === 'confirmed')) return way;
  const calm = (walk: TracedWalk): TracedWalk => ({
    ...walk,
    steps: walk.steps.map((step) => (step.verdict === 'contradicted' ? { ...step, verdict: 'predicted' } : step)),
  });
  return { ...way, request: calm(request), reply: reply === undefined ? undefined : calm(reply) };
}

const collect = (missing: Missing): Collect => ({ what: missing.what, collect: missing.collect });

/** What a traced step quotes. */
export const stepCites = (step: Step, sight: Sight): readonly Cite[] => [...decidingCites(step), ...seenCites(sight)];

function decidingCites(step: Step): readonly Cite[] {
  const cites = step.at.map((at): Cite => ({ role: 'decides', at }));
  const [first, ...rest] = step.searched ?? [];
  return first === undefined
    ? cites
    : [...cites, { role: 'looked for', absent: step.says, searched: [first, ...rest] }];
}

const seenCites = ({ seen }: Sight): readonly Cite[] =>
  seen.slice(0, SEEN_SHOWN).map(({ tap, place, count }) => ({
    role: count === 1 ? 'seen once' : `seen ${count} times`,
    at: { tap: tap.tap, place },
  }));

async function tracedStep(step: Step, unknown: boolean, quoter: Quoter, sight: Sight): Promise<TracedStep> {
  return {
    node: step.node,
    stage: step.stage,
    device: step.dev,
    says: step.says,
    jumpsTo: step.jumpsTo,
    packet: packetWords(step.packet),
    envelope: step.outer === undefined ? undefined : packetWords(step.outer),
    because: await quoter.quote(decidingCites(step)),
    seen: await quoter.quote(seenCites(sight)),
    verdict: unknown ? 'unknown' : sight.seen.length > 0 ? 'confirmed' : sight.watched ? 'contradicted' : 'predicted',
  };
}
