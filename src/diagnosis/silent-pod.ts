import type { FindingDraft } from '../core/finding.js';
import type { Ask } from './asks.js';
import type { Case } from './cause.js';
import { capturedAll } from './held.js';

/** A pod to which packets were seen going, and from which nothing came back. */
export interface SilentPod {
  /** `namespace/name`, or its address where no list names it. */
  readonly name: string;
  readonly node: string;
  readonly address: string;
  /** Device of the node by which they were seen to go. */
  readonly dev: string | undefined;
}

/**
 * The pod that does not answer, where the network did its part: all conversations of the symptom that can be followed were seen leaving the
 * pod's node towards the pod, a tap that shows the way back ran there, and it shows no answer.
 *
 * Innocent: taps that end before the answer, or are filtered (`sight` is then dark); answers that were seen anywhere; pods on the host's
 * own network, which have no device of their own; nodes whose devices have eBPF programs, which taps stand in front of.
 */
export function silentPodOf(given: Case, symptom: FindingDraft): SilentPod | undefined {
  const { failed, cluster, facts, hosts } = given;
  const told = failed.filter(({ symptoms }) => symptoms.includes(symptom));
  const pods = told.flatMap(({ comparison }): readonly SilentPod[] => {
    if (comparison?.parting.kind !== 'vanished') return [];
    const { trip, parting, path } = comparison;
    const { request, reply } = trip;
    const answer = reply?.steps[0];
    if (request.disposition !== 'delivered' || answer === undefined) return [];
    const { after, before } = parting;
    const last = path.findLast(({ leg }) => leg === 'request');
    const back = path.find(({ leg }) => leg === 'reply');
    if (after !== last || before.leg !== 'reply' || after.step.node !== request.node) return [];
    // In a capture of all devices, what came from the pod would be there, whatever became of it behind.
    const heard = before.step.node === request.node && capturedAll(given, request.node);
    if (before !== back && !heard) return [];
    if (cluster.nodeWithAddress(answer.packet.src) !== undefined || hosts.get(request.node)?.dataPlane !== undefined)
      return [];
    const pod = facts.pods.find((p) => p.ip === answer.packet.src || p.ips?.includes(answer.packet.src) === true);
    const name = pod === undefined ? answer.packet.src : `${pod.namespace ?? 'default'}/${pod.name}`;
    return [{ name, node: request.node, address: answer.packet.src, dev: after.step.dev }];
  });
  // One that went another way, or cannot be followed, may be lost elsewhere.
  return pods.length > 0 && pods.length === told.length ? pods[0] : undefined;
}

/** What says why it does not answer. */
export function lookInto({ name, node, address }: SilentPod, code: Ask['code']): Ask {
  const [namespace, pod] = name.includes('/') ? name.split('/') : ['NAMESPACE', `POD_WITH_${address}`];
  return {
    code,
    missing: [`why ${name} on ${node} does not answer: whether it listens, and what it says`],
    collect: `kubectl -n ${namespace} describe pod ${pod}; kubectl -n ${namespace} logs ${pod} --all-containers --tail=200`,
  };
}

/** For a headline: where to look, and where not. */
export const inWords = ({ name, node, dev }: SilentPod): string =>
  `Its packets were seen going to ${name} on ${node}${dev === undefined ? '' : ` by ${dev}`}, and no answer came from there: the network did its part, so look into that pod.`;
