import type { CauseCode } from '../code.js';
import type { CauseText } from './cause-text.js';

/** Addresses and subnets that contradict each other. */
export const ADDRESSING = {
  'pod-cidr-mismatch': {
    says: 'The CNI is configured with a network that does not contain the pod CIDRs that nodes really have.',
    physics:
      'The controller-manager gives each node a podCIDR out of --cluster-cidr; flannel and Canal learn their network from their own configuration. Source translation and forwarding rules are written for the configured network. Pods outside it keep their own address when they talk to nodes, and the node that receives such a packet finds its way back through the overlay, so its reverse-path filter drops it. Traffic between pods often works, which makes it look like an API server problem.',
    proof:
      "The network of the CNI's configuration (net-conf.json, FLANNEL_NETWORK, an IP pool) against the nodes' podCIDR, --cluster-cidr or the addresses of running pods. Proven when packets also show a pod source that was not translated. Likely when only one of the two networks can be read.",
    instead:
      'ippool-overlaps-node-network if the configured network contains too much rather than too little. missing-masquerade if the networks agree and the rule is missing all the same. pod-cidr-not-assigned if the node has no podCIDR.',
    fix: {
      words:
        "Set the CNI's network to the controller-manager's --cluster-cidr (not the other way round: running pods have those addresses), then restart the CNI on every node. Pods keep their addresses.",
      commands: [
        'kubectl -n kube-system edit configmap canal-config    # net-conf.json: "Network": "CLUSTER_CIDR"',
        'kubectl -n kube-system rollout restart daemonset canal',
      ],
    },
  },
  'pod-cidr-not-assigned': {
    says: 'A node has no podCIDR, so its CNI waits or fails.',
    physics:
      "flannel's Kubernetes mode and other host-local set-ups take the node's pod subnet from spec.podCIDR. The controller-manager fills it in only with --allocate-node-cidrs and a --cluster-cidr that still has room. Without it the agent never writes its lease or configuration, the node stays NotReady or its pods get no address, and no other node has a route to it.",
    proof:
      'The node object without podCIDR, and the CNI log that says so ("node X pod cidr not assigned"). One of the two alone makes it likely.',
    instead:
      'pod-range-exhausted if the controller-manager says that no CIDR is left. cni-config-missing if the CNI cannot read its own configuration. A CNI with address management of its own (Calico, Cilium) does not need podCIDR.',
    fix: {
      words:
        'Start the controller-manager with --allocate-node-cidrs=true and the right --cluster-cidr; or, for one node, set its podCIDR by hand to a free subnet. A podCIDR cannot be changed later, only set once.',
      commands: [
        'grep -E "allocate-node-cidrs|cluster-cidr" /etc/kubernetes/manifests/kube-controller-manager.yaml',
        `kubectl patch node NODE -p '{"spec":{"podCIDR":"FREE_SUBNET"}}'`,
      ],
    },
  },
  'duplicate-pod-cidr': {
    says: 'Two nodes own the same or overlapping pod CIDRs.',
    physics:
      'Every other node has one route per pod subnet, so of two owners only one gets the packets; which one may change when an agent restarts. Pods on both nodes are given the same addresses in turn. It comes from podCIDRs set by hand, from a node that was copied with its lease file, and from an etcd restored from an old backup.',
    proof:
      'Node objects, leases or routes that name the same or overlapping prefixes for two nodes that are both there. Old leases of nodes that are gone lower it to possible.',
    instead:
      'duplicate-pod-ip if only single addresses collide and the subnets differ. duplicate-node-address if the nodes themselves share an address.',
    fix: {
      words:
        'Take one of the two nodes out, delete its node object (a podCIDR cannot be changed in place), remove its local CNI state and let it join again.',
      commands: [
        'kubectl drain NODE --ignore-daemonsets --delete-emptydir-data && kubectl delete node NODE',
        'rm -rf /var/lib/cni/networks /run/flannel/subnet.env && systemctl restart kubelet    # on NODE',
      ],
    },
  },
  'duplicate-pod-ip': {
    says: 'Two live pods (not hostNetwork) have one address.',
    physics:
      'On one node the bridge or the host route leads to whichever pod answered ARP last; on two nodes the route decides. The other pod sends, and its answers go to the first. It happens when the record of given addresses (/var/lib/cni/networks, an IPAM block) was lost while pods lived on, or was restored from a backup.',
    proof:
      'The pod list with two running pods of one address, or neighbour entries with two MACs. Finished pods (Succeeded, Failed) keep their old address in the list and do not count. Proven when the nodes of both show the address at a pod of theirs, and packets to it fail; the list alone makes it likely.',
    instead: 'duplicate-pod-cidr if whole subnets collide and that is why the addresses do.',
    fix: {
      words:
        'Delete the younger pod, so that it gets a new address. Then find out why the record was lost, before it happens again.',
      commands: [
        'kubectl -n NAMESPACE delete pod YOUNGER_POD',
        'calicoctl ipam check    # Calico: shows leaked and doubled addresses',
      ],
    },
  },
  'duplicate-node-address': {
    says: 'Two nodes announce the same address.',
    physics:
      'Tunnels, BGP sessions and kubelet connections for both nodes go to one of them. The FDB and neighbour tables of the others hold one entry where two are needed, so pods of one node are cut off, and which one may change. Cloned machines and NAT interfaces with the same address on every machine (10.0.2.15) are the usual origin.',
    proof:
      'Two live nodes with the same InternalIP, public-ip annotation, lease or BGP address. Proven with the dumps of both nodes; likely with the announcements alone.',
    instead:
      'wrong-overlay-interface if the CNI picked an interface that has this address on every node while another interface is right: then that is the cause, and this supports it. node-address-mismatch if only one of the nodes is meant to have the address.',
    fix: {
      words: 'Give each node an address of its own, tell the kubelet which one to announce, and restart the CNI.',
      commands: [
        'echo "KUBELET_EXTRA_ARGS=--node-ip=OWN_ADDRESS" > /etc/default/kubelet && systemctl restart kubelet',
        'kubectl -n kube-flannel rollout restart daemonset kube-flannel-ds',
      ],
    },
  },
  'node-address-mismatch': {
    says: "The address that the cluster or the CNI announces for a node is on none of that node's interfaces, or another node has it.",
    physics:
      'Peers send tunnels and BGP to the announced address. If the node was given a new address by DHCP, or an annotation or environment variable still holds the old one, these packets go to nobody or to another machine. The node itself sends well, so traffic fails in one direction and in connections that others open.',
    proof:
      "The node object, annotation, lease or BGP address against that node's own ip addr. Without ip addr of that node it cannot be proven.",
    instead:
      "vtep-address-unreachable if the address is the node's own but peers cannot reach it. wrong-overlay-interface if the CNI names an interface, and another interface has the address that the node is known by. An address translated one to one in front of the node (ExternalIP, public-ip-overwrite) is on no interface by design.",
    fix: {
      words:
        "Correct what is announced: remove the stale override, set the kubelet's --node-ip, restart the CNI so that it writes the address again.",
      commands: [
        'kubectl annotate node NODE flannel.alpha.coreos.com/public-ip-overwrite=ADDRESS --overwrite',
        'kubectl -n kube-flannel delete pod FLANNEL_POD_OF_NODE',
        'calicoctl patch node NODE --patch \'{"spec":{"bgp":{"ipv4Address":"ADDRESS/LENGTH"}}}\'    # Calico',
      ],
    },
  },
  'cidr-overlap': {
    says: 'Pod, service or host networks overlap, so that some destinations are taken for others.',
    physics:
      'The longest prefix wins in routing, and service rules come before routing. A host network inside the pod network is reached through the overlay or not at all; a service network that covers a real host hides that host. Only some destinations fail, which makes it look like a fault of those.',
    proof:
      'The prefixes themselves: pod network, service network, interface prefixes and routes of the nodes. Proven when a failing flow has its destination in the overlap. A server that a bridge of containers hides: a failed try, a route to the bridge, and a neighbour entry that nobody answered.',
    instead:
      "ippool-overlaps-node-network when a pool or ipset that governs source translation contains a node's address, whatever the CNI. duplicate-pod-cidr for two nodes' subnets.",
    fix: {
      words:
        'Choose a pod or service network that nothing else uses. For Calico, add a pool, disable the old one and recreate the pods; for most other CNIs it means a new cluster. Until then a longer route to the hosts that matter can help.',
      commands: [
        'ip route show table all; kubectl cluster-info dump | grep -m1 -E "service-cluster-ip-range"',
        'ip route add HOST/32 via GATEWAY dev UPLINK    # stopgap, lost at reboot',
      ],
    },
  },
  'ippool-overlaps-node-network': {
    says: "An IP pool contains nodes' own addresses, so that traffic to these nodes is treated as pod traffic and is not translated (no SNAT).",
    physics:
      'Calico translates the source of packets from a pool with natOutgoing only if the destination is in no pool: "match-set cali40masq-ipam-pools src, ! match-set cali40all-ipam-pools dst". The default pool 192.168.0.0/16 covers many office and lab networks. Then pods reach the internet, but their packets to nodes, such as the API server, leave with the pod\'s address, and the answers go to the default gateway or are dropped by the reverse-path filter.',
    proof:
      'The pool or the ipset against the addresses of nodes. Proven when a packet with a pod source to such a node is seen, unanswered. The prefixes alone make it likely.',
    instead:
      'pod-cidr-mismatch if the configured network contains too little. cidr-overlap if networks overlap but no pool or ipset that governs translation is concerned. missing-masquerade if natOutgoing is off.',
    fix: {
      words:
        'Make a pool that contains no host address, disable the old one, recreate the pods so that they move, then delete the old pool. Keep --cluster-cidr of controller-manager and kube-proxy in step.',
      commands: [
        'calicoctl get ippool -o wide',
        'calicoctl apply -f new-pool.yaml    # cidr: FREE_NETWORK, natOutgoing: true',
        'calicoctl patch ippool OLD_POOL --patch \'{"spec":{"disabled":true}}\'',
        'kubectl -n NAMESPACE rollout restart deployment NAME    # each of them',
        'calicoctl delete ippool OLD_POOL',
      ],
    },
  },
  'pod-range-exhausted': {
    says: 'There is no address or subnet left to give.',
    physics:
      'host-local gives addresses out of one subnet per node (254 in a /24); Calico gives blocks of a pool; the controller-manager gives subnets out of --cluster-cidr. When one of them is used up, new pods stay in ContainerCreating, or a new node gets no podCIDR. Addresses also leak when containers die without a clean-up, so a range can be full with few pods.',
    proof:
      'The IPAM or CNI log or a pod event: "no IP addresses available in range set", "no available IP", "CIDR allocation failed". Counts of pods against the size of the range support it.',
    instead:
      'pod-cidr-not-assigned if the node has no podCIDR for another reason. cni-agent-failed if the agent cannot reach its datastore to ask for addresses.',
    fix: {
      words:
        'Free leaked addresses first, then add room: another Calico pool, a larger --cluster-cidr, fewer nodes with larger masks. Delete files of addresses only while no pod uses them.',
      commands: [
        'ls /var/lib/cni/networks/NETWORK | wc -l; crictl pods -q | wc -l    # many more files than pods: leaked',
        'calicoctl ipam show; calicoctl ipam check',
      ],
    },
  },
  'stale-bridge-address': {
    says: "The bridge (cni0, docker0) has an address of another subnet than the node's lease.",
    physics:
      'The bridge plugin gives cni0 the first address of the pod subnet and keeps what it finds. When the node gets another subnet (joined again, lease lost, kubeadm reset), the old address stays and the plugin refuses: "cni0 already has an IP address different from". Or new pods get addresses of the new subnet, behind a bridge that routes the old one.',
    proof:
      "The CNI's error, or ip addr of the bridge against the lease, subnet.env or podCIDR of that node, taken at the same time.",
    instead: 'duplicate-pod-cidr if another node now owns the old subnet as well and that is what breaks.',
    fix: {
      words:
        'Remove the bridge: the plugin makes it anew for the next pod. Pods on this node lose their network until they are recreated.',
      commands: [
        'kubectl drain NODE --ignore-daemonsets',
        'ip link set cni0 down && ip link delete cni0 && systemctl restart kubelet    # on NODE',
        'kubectl uncordon NODE',
      ],
    },
  },
} satisfies Partial<Record<CauseCode, CauseText>>;
