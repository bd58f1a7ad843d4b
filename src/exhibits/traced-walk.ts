import type { Cite, Evidence } from '../core/finding.js';
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
  const steps: TracedStep[] = [];
  for (const step of walk.steps) {
    const unknown = walk.disposition === 'unknown' && step === walk.steps.at(-1);
    steps.push(await tracedStep(step, unknown, quoter, await sightOf(step)));
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

async function tracedStep(step: Step, unknown: boolean, quoter: Quoter, { watched, seen }: Sight): Promise<TracedStep> {
  const because: Evidence[] = await quoter.quote(step.at.map((at): Cite => ({ role: 'decides', at })));
  const [first, ...rest] = step.searched ?? [];
  if (first !== undefined) {
    because.push(...(await quoter.quote([{ role: 'looked for', absent: step.says, searched: [first, ...rest] }])));
  }
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
    verdict: unknown ? 'unknown' : seen.length > 0 ? 'confirmed' : watched ? 'contradicted' : 'predicted',
  };
}
