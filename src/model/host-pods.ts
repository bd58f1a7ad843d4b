import type { pod } from '../core/event/kubernetes.js';
import type { Fact } from './facts.js';

/** Agents of networks and of kube-proxy, one a node: their manifests say `hostNetwork: true`, without which they could not work. */
const AGENT =
  /^(?:kube-proxy|kube-flannel(?:-ds)?(?:-(?:amd64|arm64|arm|ppc64le|s390x))?|canal|rke2-canal|calico-node|cilium|weave-net|kube-router|antrea-agent|kindnet|ovnkube-node|kube-ovn-cni|kube-multus-ds|aws-node)-[a-z0-9]{5}$/;
/** Static pods are named after their node, and are on its network: there is none for pods yet when they start. */
const STATIC = /^(?:etcd|kube-apiserver|kube-controller-manager|kube-scheduler)-/;
const NAMESPACE = /^(?:kube-system|kube-flannel|calico-system|cilium|weave|openshift-[a-z-]+)$/;

/**
 * A table of pods (`kubectl get pods -o wide`) does not tell which of them are on their node's network. Of the agents' and the control
 * plane's that is known; then their address is the node's, and so is every other pod's there that has it. A pod of such a name in
 * another namespace is somebody's own.
 */
export const onHostNetwork = (one: Fact<typeof pod>): Fact<typeof pod> =>
  one.host_network === undefined &&
  (one.namespace === undefined || NAMESPACE.test(one.namespace)) &&
  (AGENT.test(one.name) || (one.node !== undefined && STATIC.test(one.name) && one.name.endsWith(`-${one.node}`)))
    ? { ...one, host_network: true }
    : one;
