import type { CauseCode } from '../code.js';
import type { CauseText } from './cause-text.js';

/** Services and their endpoints. */
export const SERVICES = {
  'service-rules-missing': {
    says: 'A service has no forwarding rules on this node, or such that lead to pods that are gone.',
    physics:
      'A service address exists only in the rules (iptables, nftables, IPVS) that kube-proxy writes on each node. Without them the packet keeps its destination, follows the default route and vanishes. Rules that were not changed when an endpoint went away send connections to an address that nobody has. kube-proxy does not run, cannot reach the API server, or was replaced by a CNI that has not taken over.',
    proof:
      "The node's rules, complete, against the list of services. A service that is younger than the dump does not count. Rules against the endpoints, with packets to an address that is none of them, not answered. Without the complete rules it is possible at best.",
    instead:
      'service-without-endpoint if the rule is there and rejects. mixed-iptables-backends if the rules are in the other set.',
    fix: {
      words: 'Bring kube-proxy back on that node and read its log.',
      commands: [
        'kubectl -n kube-system get pods -o wide -l k8s-app=kube-proxy',
        'kubectl -n kube-system logs KUBE_PROXY_POD',
        'iptables-save | grep NAMESPACE/SERVICE    # IPVS: ipvsadm -Ln -t SERVICE_ADDRESS:PORT',
      ],
    },
  },
  'service-without-endpoint': {
    says: 'A service has no endpoint, or no ready one.',
    physics:
      'Without a ready pod kube-proxy answers for the service: its rules reject with an ICMP port unreachable, and the client sees "connection refused". The selector fits no pod, the pods are not ready, or the target port has another name.',
    proof:
      'The REJECT rule ("has no endpoints") or the endpoints themselves. Endpoints of another time than the failure make it likely.',
    instead:
      'local-traffic-policy-no-endpoint if there are endpoints, but none on this node. service-rules-missing if there is no rule at all.',
    fix: {
      words: 'Make selector and labels fit, or find out why the pods are not ready.',
      commands: [
        'kubectl -n NAMESPACE get endpoints SERVICE',
        "kubectl -n NAMESPACE get service SERVICE -o jsonpath='{.spec.selector}'",
        'kubectl -n NAMESPACE get pods --show-labels',
      ],
    },
  },
  'local-traffic-policy-no-endpoint': {
    says: 'The traffic policy of a service is Local and there is no endpoint on this node.',
    physics:
      "With externalTrafficPolicy or internalTrafficPolicy: Local kube-proxy sends only to pods of the same node, which keeps the client's address. A node without such a pod drops. A load balancer should notice by healthCheckNodePort; a client that uses the NodePort of such a node does not.",
    proof:
      'The drop in the Local chain (KUBE-XLB, KUBE-EXT, KUBE-SVL: "has no local endpoints"), and endpoints that are all on other nodes.',
    instead: 'service-without-endpoint if there are none anywhere.',
    fix: {
      words:
        "Send clients to nodes that have a pod, run one on each node (DaemonSet), or set the policy to Cluster and lose the client's address.",
      commands: [
        'kubectl -n NAMESPACE get pods -o wide -l SELECTOR',
        'kubectl -n NAMESPACE patch service SERVICE -p \'{"spec":{"externalTrafficPolicy":"Cluster"}}\'',
      ],
    },
  },
} satisfies Partial<Record<CauseCode, CauseText>>;
