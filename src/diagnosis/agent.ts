import type { pod } from '../core/event/kubernetes.js';
import type { Cluster } from '../model/cluster.js';
import type { Fact } from '../model/facts.js';
import { shownCnis } from './shown-cni.js';

/** Pods of CNI agents, by the names that their manifests give them. */
const AGENT =
  /^(kube-flannel|canal|calico-node|cilium|weave-net|kube-router|antrea-agent|kube-ovn-cni|ovnkube-node|aws-node|azure-cns|kindnet|rke2-(?:canal|calico|flannel))-?/;
const NOT_THE_AGENT = /(operator|typha|kube-controllers|deploy-job|hubble)/;

/** True for the name of a CNI agent's pod. */
export const isAgent = (name: string): boolean => AGENT.test(name) && !NOT_THE_AGENT.test(name);

/** The CNI agent's pod on a node. */
export function agentOn(cluster: Cluster, node: string): Fact<typeof pod> | undefined {
  return cluster.facts.pods.find(
    (p) => p.node !== undefined && cluster.named(p.node) === node && isAgent(p.name) && p.namespace !== undefined,
  );
}

/** Command that restarts the CNI agent of one node; names the pod when the bundle shows it, else its label. */
export function restartAgent(cluster: Cluster, node: string): string {
  const pod = agentOn(cluster, node);
  if (pod !== undefined) return `kubectl -n ${pod.namespace} delete pod ${pod.name}`;
  const label = labelOf(cluster);
  return label === undefined
    ? `kubectl get pods -A -o wide --field-selector spec.nodeName=${node} | grep -E '${agentNames(cluster)}'    # then kubectl -n NAMESPACE delete pod NAME`
    : `kubectl delete pods -A -l ${label} --field-selector spec.nodeName=${node}`;
}

/** Names to look for: those of the CNIs that the bundle shows, of the usual ones where it shows none. */
function agentNames(cluster: Cluster): string {
  const cnis = shownCnis(cluster);
  const names = [
    ...(cnis.has('flannel') ? ['flannel'] : []),
    ...(cnis.has('flannel') || cnis.has('calico') ? ['canal'] : []),
    ...(cnis.has('calico') ? ['calico'] : []),
    ...(cnis.has('cilium') ? ['cilium'] : []),
    ...(cnis.has('other') ? ['weave', 'kube-router', 'antrea', 'ovn', 'aws-node', 'kindnet'] : []),
  ];
  return (
    names.length > 0 ? names : ['cni', 'flannel', 'canal', 'calico', 'cilium', 'weave', 'kube-router', 'antrea']
  ).join('|');
}

/** The label that the manifests of flannel, Canal and Calico give their agents, by the annotations that these write. */
function labelOf({ facts }: Cluster): string | undefined {
  const flannel = facts.nodeAnnotations.some((a) => /flannel[^/]*\/backend-type$/.test(a.key));
  const calico = facts.nodeAnnotations.some((a) => /^projectcalico\.org\/IPv[46]Address$/.test(a.key));
  if (flannel) return calico ? 'k8s-app=canal' : 'app=flannel';
  return calico ? 'k8s-app=calico-node' : undefined;
}

/** Command that restarts the CNI agent everywhere. */
export function restartAgents(cluster: Cluster): string {
  const pod = cluster.facts.pods.find((p) => isAgent(p.name) && p.namespace !== undefined);
  if (pod !== undefined)
    return `kubectl -n ${pod.namespace} rollout restart daemonset ${pod.name.replace(/-[a-z0-9]{5}$/, '')}`;
  const label = labelOf(cluster);
  return label === undefined
    ? `kubectl get daemonsets -A | grep -E '${agentNames(cluster)}'    # then kubectl -n NAMESPACE rollout restart daemonset NAME`
    : `kubectl delete pods -A -l ${label}`;
}

/** True for a pod of an agent that runs and is ready, or ended as it should. */
export function isAtWork(p: Fact<typeof pod>): boolean {
  const [ready, all] = (p.ready ?? '1/1').split('/');
  return /^(Running|Completed|Succeeded|Terminating)?$/.test(p.phase ?? '') && (p.phase !== 'Running' || ready === all);
}

/** True when the node's agent is listed, and no pod of it is at work. */
export function agentIsDown(cluster: Cluster, node: string | undefined): boolean {
  const own = cluster.facts.pods.filter(
    (p) => isAgent(p.name) && p.node !== undefined && cluster.named(p.node) === node,
  );
  return own.length > 0 && !own.some(isAtWork);
}
