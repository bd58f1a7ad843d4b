import type { policyPeer } from '../../core/event/policy.js';
import { contains, parsePrefix } from '../../core/prefix.js';
import type { Cluster } from '../cluster.js';
import type { Fact } from '../facts.js';
import { ANYWHERE } from '../journey/step.js';
import { calicoSelects } from './calico-selector.js';
import { type Labels, NAME_LABEL, namespaceLabels, type PolicyPod, podWithAddress } from './labels.js';
import type { Policy } from './policies.js';
import { both, either, type Match, selects } from './selector.js';

/** The far end of a connection, as a policy can know it. */
export interface Peer {
  /** Absent for a client that only a name tells of. */
  readonly address: string | undefined;
  readonly pod: PolicyPod | undefined;
  /** It may be a pod that nothing tells of. */
  readonly maybePod: boolean;
}

export function peerWith(cluster: Cluster, address: string): Peer {
  const pod = podWithAddress(cluster, address);
  const { role } = cluster.owner(address);
  return {
    address: address === ANYWHERE ? undefined : address,
    pod,
    maybePod: pod === undefined && (role === 'pod' || role === 'pod-range' || role === 'unknown'),
  };
}

/** Whether one entry of a rule's `from` or `to` means this peer. */
export function means(cluster: Cluster, policy: Policy, entry: Fact<typeof policyPeer>, peer: Peer): Match {
  let match: Match = true;
  if (entry.cidrs !== undefined) match = both(match, within(entry.cidrs, peer));
  if (entry.except !== undefined) {
    const excepted = within(entry.except, peer);
    match = both(match, excepted === undefined ? undefined : !excepted);
  }
  if (entry.selector === undefined && entry.namespace_selector === undefined) return match;
  return both(match, isSelected(cluster, policy, entry, peer));
}

function within(prefixes: readonly string[], { address }: Peer): Match {
  let match: Match = false;
  for (const text of prefixes) {
    const prefix = parsePrefix(text);
    const fits = prefix?.length === 0 ? true : address === undefined ? undefined : contains(prefix!, address);
    match = either(match, prefix === undefined ? undefined : fits);
  }
  return match;
}

function isSelected(cluster: Cluster, policy: Policy, entry: Fact<typeof policyPeer>, { pod, maybePod }: Peer): Match {
  // Calico's selectors also mean host endpoints and network sets, which the bundle may not show.
  if (pod === undefined) return maybePod || policy.maker !== 'kubernetes' ? undefined : false;
  const { namespace } = pod;
  const inNamespace =
    entry.namespace_selector === undefined
      ? policy.namespace === undefined || (namespace === undefined ? undefined : namespace === policy.namespace)
      : namespaceSelected(cluster, policy, entry.namespace_selector, namespace);
  return both(inNamespace, podSelected(policy, entry.selector ?? '', pod));
}

/** Whether a policy's words mean this pod. */
export function podSelected(policy: Policy, selector: string, pod: PolicyPod): Match {
  const labels = pod.shown?.labels;
  if (policy.maker === 'kubernetes') return selects(selector, labels);
  return calicoSelects(selector, labels && withCalicosOwn(labels, pod));
}

/** Whether a policy's words mean this namespace. Its name is a label that needs no look at the object. */
export function namespaceSelected(
  cluster: Cluster,
  policy: Policy,
  selector: string,
  namespace: string | undefined,
): Match {
  if (namespace === undefined) return selector === '' ? true : undefined;
  const labels = namespaceLabels(cluster, namespace);
  if (policy.maker === 'kubernetes') {
    const only = new RegExp(`^${NAME_LABEL.replaceAll('.', '\\.')}(?:=[^,]*| in \\([^)]*\\))$`).test(selector);
    return selects(selector, labels ?? (only ? new Map([[NAME_LABEL, namespace]]) : undefined));
  }
  return calicoSelects(selector, labels && new Map([...labels, ['projectcalico.org/name', namespace]]));
}

/** Labels that Calico adds to each pod (libcalico-go lib/backend/k8s/conversion/workload_endpoint_default.go). */
const withCalicosOwn = (labels: Labels, { namespace }: PolicyPod): Labels =>
  new Map([
    ...labels,
    ['projectcalico.org/orchestrator', 'k8s'],
    ...(namespace === undefined ? [] : [['projectcalico.org/namespace', namespace] as const]),
  ]);
