import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collect, write } from './bundle.js';
import { disagreement } from './compare.js';
import type { Lab, Observation, Sent } from './lab.js';
import type { Mismatch } from './mismatch.js';
import { plan } from './network/plan.js';
import { questions } from './network/questions.js';
import type { World } from './network/world.js';
import { worldOf } from './network/world-of.js';
import { replyOutcome, requestOutcome } from './outcome.js';
import { predict } from './podtrail.js';
import type { Prediction } from './prediction.js';
import { Random } from './random.js';

/** How many packets are sent through one world. */
export const PER_WORLD = 8;

/** UDP ports on which the lab's hosts answer (lab/send.py). */
const LISTENING = [53, 80, 443, 8080];

export interface Tally {
  /** Number of cases by the disposition that was predicted and is true. */
  readonly agreed: Map<string, number>;
  /** podtrail could not tell, by what it missed. */
  readonly untold: Map<string, number>;
  readonly mismatches: Mismatch[];
}

export const emptyTally = (): Tally => ({ agreed: new Map(), untold: new Map(), mismatches: [] });

const count = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

/** Builds the world of a seed, dumps it, asks podtrail, sends the packets, and lays one beside the other. */
export async function runWorld(lab: Lab, seed: number, only: number | undefined, tally: Tally): Promise<void> {
  const random = new Random(seed);
  const world = worldOf(random);
  const asked = questions(world, PER_WORLD, random).filter(
    (question) => only === undefined || question.number === only,
  );
  const { namespaces, links } = plan(world);
  const refused = await lab.build(namespaces, links);
  if (refused.length > 0) throw new Error(`SEED=${seed}: the set-up was refused:\n${refused.join('\n')}`);
  const folder = mkdtempSync(join(tmpdir(), `podtrail-kernel-${seed}-`));
  write(folder, await collect(lab, world));
  const predictions = await predict(folder, world, asked);
  let kept = false;
  for (const question of asked) {
    const seen = await settled(lab, world, question, predictions.get(question.number)!);
    for (const mismatch of judge(world, question, predictions.get(question.number)!, seen, tally)) {
      kept = true;
      tally.mismatches.push({ ...mismatch, seed, question, twists: world.twists, seen, kept: folder });
    }
  }
  if (!kept) rmSync(folder, { recursive: true });
}

/** Seconds to wait for what nobody answers; a busy machine delivers late, so what seems to disagree is sent once more. */
const PATIENCE = [0.08, 0.4, 1.5];

async function settled(
  lab: Lab,
  world: World,
  question: Sent,
  predictions: readonly Prediction[],
): Promise<Observation> {
  for (const [i, patience] of PATIENCE.entries()) {
    const again = { ...question, number: question.number + 100 * i, sport: question.sport + 1000 * i };
    const seen = withPort(await lab.send(again, patience), again.sport, question.sport);
    if (i === PATIENCE.length - 1 || judge(world, question, predictions, seen, emptyTally()).length === 0) return seen;
  }
  throw new Error('no patience at all');
}

/** Sent from another port, so that no conntrack entry knows it; told as if from the first. */
const withPort = (seen: Observation, from: number, to: number): Observation => {
  const told = (port: number | undefined): number | undefined => (port === from ? to : port);
  return { ...seen, sightings: seen.sightings.map((s) => ({ ...s, sport: told(s.sport), dport: told(s.dport) })) };
};

type Found = Pick<Mismatch, 'which' | 'says' | 'predictions' | 'outcome'>;

function judge(
  world: World,
  question: Sent,
  predictions: readonly Prediction[],
  seen: Observation,
  tally: Tally,
): Found[] {
  const given = { world, origin: question.namespace };
  const unsure = predictions.find((predicted) => predicted.disposition === 'unknown');
  if (unsure !== undefined || predictions.length === 0) {
    count(tally.untold, unsure?.missing ?? 'no walk at all');
    return [];
  }
  const outcome = requestOutcome(seen);
  const differences = predictions.map((predicted) => disagreement(given, predicted, outcome, seen));
  const right = predictions.filter((_, i) => differences[i] === undefined);
  if (right.length === 0) return [{ which: 'request', says: differences.join(' / '), predictions, outcome }];
  count(tally.agreed, right[0]!.disposition);
  return judgeReply(world, question, right, seen, tally);
}

/** The answer, along the way that the request took. */
function judgeReply(
  world: World,
  question: Sent,
  taken: readonly Prediction[],
  seen: Observation,
  tally: Tally,
): Found[] {
  const replies = taken.flatMap(({ reply }) => (reply === undefined ? [] : [reply]));
  const outcome = replyOutcome(seen, question.namespace);
  const request = seen.sightings.find((s) => s.how === 'taken' && s.kind === 'request' && s.outer === undefined);
  if (request === undefined) return [];
  // A closed UDP port is answered with an ICMP error, which is no answer of the connection.
  const closed = request.proto === 'udp' && !LISTENING.includes(request.dport!);
  if (replies.length === 0 || closed) return [];
  const unsure = replies.find((predicted) => predicted.disposition === 'unknown');
  if (unsure !== undefined) {
    count(tally.untold, unsure.missing ?? '');
    return [];
  }
  const differences = replies.map((predicted) =>
    disagreement({ world, origin: request.namespace }, predicted, outcome ?? { kind: 'lost', last: undefined }, seen),
  );
  const right = replies.filter((_, i) => differences[i] === undefined);
  if (right.length === 0) return [{ which: 'reply', says: differences.join(' / '), predictions: taken, outcome }];
  count(tally.agreed, `answer ${right[0]!.disposition}`);
  return [];
}
