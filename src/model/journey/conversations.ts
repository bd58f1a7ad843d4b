import { familyOf } from '../../core/address.js';
import type { FindingDraft, FlowKey } from '../../core/finding.js';
import { formatPrefix, type Prefix } from '../../core/prefix.js';
import type { ClockOffset } from '../clock-offsets.js';
import { usedSubnets } from '../pod-networks.js';
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
const MAX_NODES = 10;

/** VXLAN (Linux and IANA), Geneve, flannel's udp back end. */
export const OVERLAY_PORTS: ReadonlySet<number> = new Set([8472, 4789, 6081, 8285]);

const PROTO_OF: Readonly<Record<string, number>> = { 'unreplied-icmp': 1, 'unreplied-udp': 17 };

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
      const from = originOf(scene, journeys, flow);
      if (from === undefined) continue;
      const proto = PROTO_OF[symptom.code] ?? (flow.dport === undefined ? 1 : OVERLAY_PORTS.has(flow.dport) ? 17 : 6);
      const question: Question = {
        from,
        to: flow.dst,
        proto: proto === 1 && flow.dst.includes(':') ? 58 : proto,
        dport: flow.dport,
      };
      const key = JSON.stringify(question);
      const known = byQuestion.get(key);
      if (known === undefined) byQuestion.set(key, { question, symptoms: [symptom] });
      else if (!known.symptoms.includes(symptom)) known.symptoms.push(symptom);
      if (byQuestion.size >= MAX_FAILED) break;
    }
  }
  const watch = await watchOf(scene, clocks);
  const out: Conversation[] = [];
  for (const { question, symptoms: about } of byQuestion.values()) {
    const journey = journeys.between(question);
    const comparison = await compare(scene, watch, journey, timeOf(scene, about));
    out.push({ question, journey, comparison, symptoms: about });
  }
  return out;
}

/** When it happened, by the clock of the node whose capture shows it. */
function timeOf(scene: Scene, about: readonly FindingDraft[]): During | undefined {
  const timed = about.find((s) => s.firstNs !== undefined && s.timeKind === 'epoch');
  if (timed === undefined) return undefined;
  const taps = timed.evidence.flatMap((cite) => ('at' in cite && 'tap' in cite.at ? [scene.tap(cite.at.tap)] : []));
  return { firstNs: Number(timed.firstNs), clockOf: taps[0]?.node };
}

/** Where a flow starts. A client known by name alone counts as one from outside when it asks a node's own address. */
function originOf(scene: Scene, journeys: Journeys, flow: FlowKey): Origin | undefined {
  const from = journeys.origin(flow.src);
  if (!('collect' in from)) return from;
  const asksNode = scene.cluster.nodeWithAddress(flow.dst) !== undefined;
  return familyOf(flow.src) === undefined && asksNode ? { kind: 'outside', address: ANYWHERE } : undefined;
}

/**
 * What every cluster must be able to do, for bundles in which nobody tried: pods of one node to pods, to nodes; nodes to
 * pods. One pair per two nodes; of pods the first that runs there, else an address of the node's subnet.
 */
export function standingConversations(scene: Scene, journeys: Journeys): readonly Conversation[] {
  const { cluster } = scene;
  const nodes = [...cluster.nodes.values()].slice(0, MAX_NODES);
  const podOf = new Map<string, string>();
  for (const pod of cluster.facts.pods) {
    if (pod.ip === undefined || pod.node === undefined || pod.host_network === true || podOf.has(pod.node)) continue;
    if (cluster.owner(pod.ip).role === 'pod' && /^(Running)?$/.test(pod.phase ?? '')) podOf.set(pod.node, pod.ip);
  }
  for (const { node, prefix } of subnetsInUse(scene)) if (!podOf.has(node)) podOf.set(node, someAddress(prefix));
  const out: Conversation[] = [];
  const ask = (from: Origin, to: string): void => {
    const question: Question = { from, to, proto: 6, dport: 80 };
    out.push({ question, journey: journeys.between(question), symptoms: [] });
  };
  for (const a of nodes) {
    for (const b of nodes) {
      const podA = podOf.get(a.name);
      const podB = podOf.get(b.name);
      if (a === b) continue;
      if (podA !== undefined && podB !== undefined) ask({ kind: 'pod', node: a.name, address: podA }, podB);
      if (podB !== undefined) ask({ kind: 'node', node: a.name }, podB);
    }
  }
  return out;
}

/** Subnets that pods of a node surely get addresses from: leases, and podCIDRs where flannel deals them out. */
function subnetsInUse({ cluster }: Scene): readonly { readonly node: string; readonly prefix: Prefix }[] {
  const { leases, pools, ipamBlocks, settings } = cluster.facts;
  const flannel = leases.length > 0 || settings.some((s) => s.component === 'flannel');
  return usedSubnets(cluster).flatMap(({ node, prefix, what }) =>
    node !== undefined && (what === 'lease' || (flannel && pools.length === 0 && ipamBlocks.length === 0))
      ? [{ node, prefix }]
      : [],
  );
}

/** An address in the middle of a range, which no bridge and no tunnel device has. */
function someAddress(prefix: Prefix): string {
  const bits = prefix.family === 4 ? 32 : 128;
  const room = 1n << BigInt(bits - prefix.length);
  const offset = room > 16n ? 11n : room > 2n ? 2n : 0n;
  return formatPrefix({ ...prefix, first: prefix.first + offset, length: bits }).replace(/\/\d+$/, '');
}
