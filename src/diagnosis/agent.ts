import type { pod } from '../core/event/kubernetes.js';
import type { Cluster } from '../model/cluster.js';
import type { Fact } from '../model/facts.js';

/** Pods of CNI agents, by the names that their manifests give them. */
const AGENT =
  /^(kube-flannel|canal|calico-node|cilium|weave-net|kube-router|antrea-agent|kube-ovn-cni|rke2-(?:canal|calico|flannel))-?/;
const NOT_THE_AGENT = /(operator|typha|kube-controllers|deploy-job|hubble)/;

/** True for the name of a CNI agent's pod. */
export const isAgent = (name: string): boolean => AGENT.test(name) && !NOT_THE_AGENT.test(name);

/** The CNI agent's pod on a node. */
export function agentOn(cluster: Cluster, node: string): Fact<typeof pod> | undefined {
  return cluster.facts.pods.find(
    (p) => p.node !== undefined && cluster.named(p.node) === node && isAgent(p.name) && p.namespace !== undefined,
  );
}

/** Command that restarts the CNI agent of one node; names the pod when the bundle shows it. */
export function restartAgent(cluster: Cluster, node: string): string {
  const pod = agentOn(cluster, node);
  return pod === undefined
    ? `kubectl get pods -A -o wide --field-selector spec.nodeName=${node} | grep -E 'flannel|canal|calico|cilium'    # then kubectl -n NAMESPACE delete pod NAME`
    : `kubectl -n ${pod.namespace} delete pod ${pod.name}`;
}

/** Command that restarts the CNI agent everywhere. */
export function restartAgents(cluster: Cluster): string {
  const pod = cluster.facts.pods.find((p) => isAgent(p.name) && p.namespace !== undefined);
  return pod === undefined
    ? "kubectl get daemonsets -A | grep -E 'flannel|canal|calico|cilium'    # then kubectl -n NAMESPACE rollout restart daemonset NAME"
    : `kubectl -n ${pod.namespace} rollout restart daemonset ${pod.name.replace(/-[a-z0-9]{5}$/, '')}`;
}
