import type { CauseCode } from '../code.js';
import type { CauseText } from './cause-text.js';

/** Agents of the CNI, and what lies beneath the cluster. */
export const CLUSTER = {
  'cni-config-missing': {
    says: "The CNI's configuration is absent, or unreadable for it: a file, a config map, an etcd key.",
    physics:
      'The agent starts, finds no network to work with and waits or exits; or the runtime finds no file in /etc/cni/net.d and keeps the node NotReady. Examples: the etcd key /coreos.com/network/config was never written, net-conf.json does not parse, the service account may not read the config map.',
    proof:
      'The CNI log or the kubelet\'s message that names what is missing ("cni config uninitialized", "failed to read net conf", "Couldn\'t fetch network config").',
    instead:
      'cni-agent-failed if the configuration is there and something else stops the agent. pod-cidr-not-assigned if the missing thing is the podCIDR.',
    fix: {
      words: 'Put back what the log names, then restart the agent.',
      commands: [
        'ls -l /etc/cni/net.d; kubectl -n kube-flannel get configmap kube-flannel-cfg -o yaml',
        'kubectl apply -f CNI_MANIFEST',
        `etcdctl put /coreos.com/network/config '{"Network":"POD_NETWORK","Backend":{"Type":"vxlan"}}'    # flannel with etcd`,
      ],
    },
  },
  'cni-agent-failed': {
    says: 'The CNI agent does not run, or cannot program the node.',
    physics:
      'Routes, FDB and rules stay as the agent left them, so old pods go on working and everything newer is missing: nodes that joined, pods that moved, policies that changed. It crashes, waits for the datastore, is evicted, or the kernel lacks a module.',
    proof:
      'State of the pod (CrashLoopBackOff, not ready, many restarts at the time) and its log. A log without a state makes it likely.',
    instead:
      'The more specific code when the log names one: pod-cidr-not-assigned, cni-config-missing, pod-range-exhausted, next-hop-off-link, bgp-not-established.',
    fix: {
      words: 'Read the log of the last crash, remove what it names, restart the agent on that node.',
      commands: [
        'kubectl -n NAMESPACE get pods -o wide | grep -E "flannel|calico|canal|cilium"',
        'kubectl -n NAMESPACE logs AGENT_POD --previous',
        'kubectl -n NAMESPACE delete pod AGENT_POD',
      ],
    },
  },
  'underlay-drop': {
    says: "Both nodes' configuration is right; the packet leaves one node and never arrives at the other.",
    physics:
      "Something between the nodes drops it: a cloud's security group that knows no UDP 8472 or protocol 4, a source check that refuses pod addresses, a router's access list, a switch. The nodes can reach each other by ssh, because that is another protocol.",
    proof:
      "Seen, or computed, leaving the sender's uplink and not arriving at the receiver, independent of size, with no rule on the receiver that drops it. Proven: taps on both. Likely: one tap or TRACE on the sender while the same request from the node's own address is answered, or complete models of both nodes.",
    instead:
      'Any code of a node that explains it comes first: overlay-port-blocked, vtep-address-unreachable, stale-vtep, rp-filter-drop. Loss that depends on the size is always mtu-blackhole.',
    fix: {
      words:
        "Let the overlay's protocol pass between the nodes in both directions. With native routing switch off the cloud's source check.",
      commands: [
        "tcpdump -nn -i any 'udp port 8472 or ip proto 4'    # on both nodes, to hand to the network team",
        'aws ec2 authorize-security-group-ingress --group-id GROUP --protocol udp --port 8472 --source-group GROUP',
        'aws ec2 modify-instance-attribute --instance-id INSTANCE --no-source-dest-check',
      ],
    },
  },
} satisfies Partial<Record<CauseCode, CauseText>>;
