import type { pod } from '../core/event/kubernetes.js';
import type { Remedy } from '../core/finding.js';
import type { Cluster } from '../model/cluster.js';
import type { Fact } from '../model/facts.js';

/** The pod that writes the rules of a node for services. */
export const proxyOn = (cluster: Cluster, node: string): Fact<typeof pod> | undefined =>
  cluster.facts.pods.find(
    (p) => p.name.startsWith('kube-proxy') && p.node !== undefined && cluster.named(p.node) === node,
  );

/** kube-proxy writes all of its rules anew when it starts. */
export const proxyAnew = (proxy: Fact<typeof pod> | undefined, node: string, verify: string): Remedy => ({
  command:
    proxy === undefined
      ? `kubectl -n kube-system get pods -o wide --field-selector spec.nodeName=${node} | grep kube-proxy    # k3s, RKE2: part of the agent: systemctl restart k3s-agent`
      : `kubectl -n ${proxy.namespace ?? 'kube-system'} delete pod ${proxy.name}`,
  why: `kube-proxy on ${node} then writes all rules anew; its log says what kept it from doing so.`,
  verify,
  rollback: 'none needed',
});
