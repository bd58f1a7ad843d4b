import { familyOf } from '../../core/address.js';
import type { FindingDraft, FlowKey } from '../../core/finding.js';
import { sideBySide } from '../../core/side-by-side.js';
import { wordTable } from '../../core/word-table.js';
import type { ClockOffset } from '../clock-offsets.js';
import { OVERLAY_PORTS } from '../overlay-ports.js';
import { podSubnets, someAddress } from '../pod-networks.js';
import type { Scene } from '../scene.js';
import { type Comparison, compare } from './compare.js';
import type { Journeys, Question } from './journeys.js';
import { ANYWHERE, type Journey, type Origin } from './step.js';
import { type During, watchOf } from './watch.js';

/** A conversation worth walking: one that failed, or one that every cluster must be able to hold. */
export interface Conversation {
  readonly question: Question;
  readonly journey: Journey;
  /** What was seen of it; absent for one that nobody saw. */
  readonly comparison?: Comparison | undefined;
  /** Symptoms that are about it; none for a conversation that is only predicted. */
  readonly symptoms: readonly FindingDraft[];
}

const MAX_FAILED = 60;

const PROTO_OF = wordTable<number>({ 'unreplied-icmp': 1, 'unreplied-udp': 17 });

/** The conversations that symptoms are about, each walked and compared with what was seen; worst first. */
export async function failedConversations(
  scene: Scene,
  journeys: Journeys,
  symptoms: readonly FindingDraft[],
  clocks: readonly ClockOffset[],
): Promise<readonly Conversation[]> {
  const byQuestion = new Map<string, { question: Question; symptoms: FindingDraft[] }>();
  for (const symptom of symptoms) {
    if (symptom.severity === 'info') continue;
    for (const flow of (symptom.flows ?? []).slice(0, 8)) {
      const origin = originOf(scene, journeys, flow);
      if (origin === undefined) continue;
      const from = inFamilyOf(scene, origin, flow.dst);
      const proto = PROTO_OF[symptom.code] ?? (flow.dport === undefined ? 1 : OVERLAY_PORTS.has(flow.dport) ? 17 : 6);
      const question: Question = {
        from,
        to: flow.dst,
        proto: proto === 1 && flow.dst.includes(':') ? 58 : proto,
        dport: flow.dport,
      };
      const key = JSON.stringify(question);
      const known = byQuestion.get(key);
      if (known === undefined) {
        if (byQuestion.size < MAX_FAILED) byQuestion.set(key, { question, symptoms: [symptom] });
      } else if (!known.symptoms.includes(symptom)) known.symptoms.push(symptom);
    }
  }
  const asked = [...byQuestion.values()].map((one) => ({ ...one, journey: journeyOf(journeys, one.question) }));
  const watch = await watchOf(
    scene,
    asked.map(({ journey }) => journey),
    clocks,
  );
  return sideBySide(asked, scene.lanes, async ({ question, journey, symptoms: about }) => {
    const comparison = await compare(scene, watch, journey, timeOf(scene, about));
    return { question, journey, comparison, symptoms: about };
  });
}

/**
 * The whole way; of one that cannot even be begun, because the sender's node is not shown, what the receiver's node does with
 * it, if that stops it.
 */
function journeyOf(journeys: Journeys, question: Question): Journey {
  const whole = journeys.between(question);
  if (whole.outcome !== 'unknown') return whole;
  const rest = journeys.arriving(question);
  return rest?.outcome === 'drop' ? rest : whole;
}

/** When it happened, by the clock of the node whose capture shows it. */
function timeOf(scene: Scene, about: readonly FindingDraft[]): During | undefined {
  const timed = about.find((s) => s.firstNs !== undefined && s.timeKind === 'epoch');
  if (timed === undefined) return undefined;
  const taps = timed.evidence.flatMap((cite) => ('at' in cite && 'tap' in cite.at ? [scene.tap(cite.at.tap)] : []));
  return { firstNs: Number(timed.firstNs), clockOf: taps[0]?.node };
}

/**
 * Tables of pods show one address of each. A pod that talks to an address of the other family has another one, out of its node's
 * range of that family.
 */
function inFamilyOf(scene: Scene, from: Origin, dst: string): Origin {
  const family = familyOf(dst);
  if (from.kind !== 'pod' || family === undefined || familyOf(from.address) === family) return from;
  const range = podSubnets(scene.cluster).find(({ node, prefix }) => node === from.node && prefix.family === family);
  return range === undefined ? from : { ...from, address: someAddress(range.prefix) };
}

/** Where a flow starts. A client known by name alone counts as one from outside when it asks a node's own address. */
function originOf(scene: Scene, journeys: Journeys, flow: FlowKey): Origin | undefined {
  const from = journeys.origin(flow.src);
  if (!('collect' in from)) return from;
  const asksNode = scene.cluster.nodeWithAddress(flow.dst) !== undefined;
  return familyOf(flow.src) === undefined && asksNode ? { kind: 'outside', address: ANYWHERE } : undefined;
}
