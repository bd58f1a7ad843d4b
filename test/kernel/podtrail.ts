import { withModel } from '../../src/analyze.js';
import { packetWords } from '../../src/model/journey/packet.js';
import type { Origin, Step, Walk } from '../../src/model/journey/step.js';
import type { Sent } from './lab.js';
import { space } from './network/plan.js';
import type { World } from './network/world.js';
import type { Prediction } from './prediction.js';

const PROTOCOLS = { icmp: 1, tcp: 6, udp: 17 } as const;

/** What podtrail says about each question, from the folder of dumps alone: through intake, parsers, store and model. */
export async function predict(
  folder: string,
  world: World,
  questions: readonly Sent[],
): Promise<ReadonlyMap<number, readonly Prediction[]>> {
  return withModel([folder], {}, async ({ journeys, scene }) => {
    const file = (step: Step): string =>
      step.at.map((at) => ` [${scene.file(at.source).split('/').slice(-2).join('/')}:${at.line}]`).join('');
    const told = (walk: Walk): Prediction => ({
      disposition: walk.disposition,
      start: walk.steps[0]?.node ?? walk.node,
      node: walk.node,
      src: walk.packet.src,
      dst: walk.packet.dst,
      outerSrc: (walk.steps.at(-1)?.outer ?? walk.packet).src,
      sport: walk.packet.sport,
      dport: walk.packet.dport,
      steps: walk.steps.map(
        (step) =>
          `${step.node} ${step.stage} ${step.dev ?? ''}: ${step.says}; ${packetWords(step.packet)}` +
          `${step.outer === undefined ? '' : ` in ${packetWords(step.outer)}`}${file(step)}`,
      ),
      trusting: walk.steps.some((step) => step.stage === 'underlay'),
      missing: walk.missing?.what,
      choice: walk.choice,
    });
    const predictions = new Map<number, readonly Prediction[]>();
    for (const question of questions) {
      const { walks } = journeys.between({
        from: originOf(world, question),
        to: question.to,
        proto: PROTOCOLS[question.proto],
        sport: question.sport,
        dport: question.dport,
        length: question.length,
      });
      predictions.set(
        question.number,
        walks.map(({ request, reply }) => ({
          ...told(request),
          reply: reply === undefined ? undefined : told(reply),
        })),
      );
    }
    return predictions;
  });
}

function originOf(world: World, { namespace, from }: Sent): Origin {
  for (const machine of world.machines) {
    if (space(machine.name) === namespace)
      return machine.shown ? { kind: 'node', node: machine.name, address: from } : { kind: 'outside', address: from };
    if (machine.pods.some((pod) => space(pod.name) === namespace))
      return { kind: 'pod', node: machine.name, address: from };
  }
  throw new Error(`no machine for ${namespace}`);
}
