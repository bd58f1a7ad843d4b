import type { CauseCode, SymptomCode } from './code.js';

/** What `podtrail explain` says of a symptom. */
export interface SymptomText {
  /** What it says. */
  readonly says: string;
  /** When it is not said, although it looks alike. */
  readonly not: string;
}

/** What `podtrail explain` says of a cause. */
export interface CauseText {
  readonly says: string;
  /** What proves it. */
  readonly proof: string;
  /** What to choose instead, and when. */
  readonly instead: string;
}

export const SYMPTOMS: Readonly<Record<SymptomCode, SymptomText>> = {
  'unreplied-syn': {
    says: 'at the tap nearest the client, no SYN-ACK and no RST came back for the SYNs of one attempt. An ICMP error is not a reply: report icmp-error as well. If another tap shows the answer, keep this finding, name that tap, and add lost-between-captures or asymmetric-flow',
    not: 'the tap cannot see the way back, or the capture ends within the first retransmission time-out',
  },
  'unreplied-udp': {
    says: 'the same for request/response UDP (DNS first) and echo requests',
    not: 'one-way protocols, multicast, discovery noise; tunnel outers: each direction has its own source port, so conntrack says [UNREPLIED] in perfect health',
  },
  'unreplied-icmp': {
    says: 'the same for request/response UDP (DNS first) and echo requests',
    not: 'one-way protocols, multicast, discovery noise; tunnel outers: each direction has its own source port, so conntrack says [UNREPLIED] in perfect health',
  },
  'asymmetric-flow': {
    says: 'requests and replies of one conversation use different interfaces or nodes, or only one direction passes a tap that carries both directions of comparable flows',
    not: 'hub-and-spoke by design where both directions succeed: then severity info',
  },
  'unsnatted-source': {
    says: "a pod address is the source of a packet on a node's uplink, towards a destination that is not a pod, outside any tunnel",
    not: "the network routes pod addresses natively by design (no NAT rule or pool asks for SNAT) and replies come back; the tap is before POSTROUTING: -i any shows the same packet twice, only an uplink's egress copy counts",
  },
  'vxlan-wrong-outer-dst': {
    says: "the outer destination is not an address of the node that owns the inner destination's pod subnet, or it is one that this sender cannot reach",
    not: 'multicast/broadcast flooding; Cilium (its VNI is an identity and it has no FDB): judge by the owner of the inner destination only',
  },
  'node-source-on-overlay': {
    says: "a packet leaves or enters on an overlay device with a source that belongs to a node's physical interface",
    not: "the overlay's own address; replies pass",
  },
  'lost-between-captures': {
    says: 'the same packet is seen at one tap and not at the next one on its way, although that tap was running and unfiltered for it',
    not: 'windows or filters do not overlap',
  },
  'tcp-retransmission': { says: 'data segments (not SYNs) repeated beyond what loss on a healthy path gives', not: '' },
  'large-packets-lost': {
    says: 'small segments of a connection are acknowledged, segments above a size never',
    not: '',
  },
  'icmp-error': {
    says: 'unreachable, prohibited, fragmentation-needed, time-exceeded, tied to the flow it quotes',
    not: '',
  },
  'connection-reset': {
    says: 'RST in answer to SYN (refused) or in mid-stream',
    not: 'health checks that are refused by design and harmless: info',
  },
  'martian-source': { says: 'the kernel logged a martian source or a reverse-path drop', not: '' },
  'rule-drop': { says: 'a LOG/TRACE line or a counter shows a named rule dropping or rejecting the flow', not: '' },
  'bad-checksum': {
    says: "a checksum is wrong at a tap where the sender's offload cannot explain it",
    not: "the sender's own tap; the flow was answered; all frames of the capture have bad checksums (virtual link with offload)",
  },
};

export const CAUSES: Readonly<Record<CauseCode, CauseText>> = {
  'pod-cidr-mismatch': {
    says: 'the CNI is configured with a network that does not contain the pod CIDRs that nodes really have',
    proof: 'CNI config against podCIDR / --cluster-cidr / pod addresses',
    instead: 'ippool-overlaps-node-network if the network contains too much',
  },
  'pod-cidr-not-assigned': {
    says: 'a node has no podCIDR, the CNI waits or fails',
    proof: 'node object, CNI log',
    instead: '',
  },
  'duplicate-pod-cidr': {
    says: 'two nodes own the same or overlapping pod CIDR',
    proof: 'node objects, leases, routes',
    instead: '',
  },
  'duplicate-pod-ip': {
    says: 'two live pods (not hostNetwork) have one address',
    proof: 'pod list, neighbours',
    instead: 'duplicate-pod-cidr if that is why',
  },
  'duplicate-node-address': {
    says: 'two nodes announce the same address',
    proof: 'node objects, leases, annotations',
    instead:
      'wrong-overlay-interface if the CNI picked an interface that has this address on every node while another interface is right: then that is the cause and this a supporting fact',
  },
  'node-address-mismatch': {
    says: "the address that the cluster or CNI announces for a node is on none of that node's interfaces, or another node has it",
    proof: "node object/annotation/BGP address against that node's ip addr",
    instead: "vtep-address-unreachable if the address is the node's own but peers cannot reach it",
  },
  'cidr-overlap': {
    says: 'pod, service or host networks overlap, so some destinations are taken for others',
    proof: 'the prefixes',
    instead: 'ippool-overlaps-node-network when a pool or ipset that governs SNAT contains a node address (any CNI)',
  },
  'ippool-overlaps-node-network': {
    says: "an IP pool contains nodes' own addresses, so traffic to them is treated as pod traffic (no SNAT)",
    proof: 'pool or ipset against node addresses',
    instead: '',
  },
  'pod-range-exhausted': { says: 'no address or subnet left to give', proof: 'IPAM/CNI log', instead: '' },
  'stale-bridge-address': {
    says: "the bridge (cni0, docker0) has an address of another subnet than the node's lease",
    proof: 'CNI error, ip addr against lease/podCIDR',
    instead: '',
  },
  'vtep-address-unreachable': {
    says: "tunnels are sent to an address that is the peer's own, but on a network this sender cannot reach (private address across sites, NAT)",
    proof:
      'a positive sign: no route; ICMP unreachable; or the peer announces another address (ExternalIP, public-ip-overwrite, the API endpoint) while the tunnel address is private, in another prefix, and nothing from it was ever seen',
    instead: 'silence alone on a routed private address is underlay-drop (possible)',
  },
  'wrong-overlay-interface': {
    says: 'the CNI selected the wrong interface for the overlay (NAT interface, docker bridge, VPN, second NIC)',
    proof: 'CNI log or annotation against ip addr/routes of the nodes',
    instead: '',
  },
  'overlay-port-blocked': {
    says: "a node's own firewall drops or rejects the overlay's protocol (8472/4789/6081/IPIP/BGP)",
    proof:
      "the INPUT/OUTPUT rule (ufw and firewalld included) that hits the tunnel's or BGP's outer packet, or ICMP prohibited from that node",
    instead: 'underlay-drop if no rule on either node does it; host-firewall-drop for anything else than the overlay',
  },
  'stale-vtep': {
    says: 'FDB, neighbour or route entry for a peer differs from what the peer has (MAC or address)',
    proof: "entry against the peer's device or lease",
    instead: '',
  },
  'duplicate-vtep-mac': { says: 'two VTEPs have one MAC', proof: 'links, annotations, FDB', instead: '' },
  'overlay-parameter-mismatch': {
    says: 'VXLAN port, VNI or backend type differ between nodes',
    proof: 'links, logs, captures',
    instead: '',
  },
  'vxlan-checksum-offload': {
    says: 'outer (or inner) checksums are wrong on the wire because of transmit offload, and the receiver drops them',
    proof:
      "wrong checksum at the receiver's tap, or at the sender with the receiver's silence and the known kernel/driver signs",
    instead: '',
  },
  'overlay-source-address': {
    says: 'a node sends its own traffic to pods with its physical address as source over the overlay, and no rule masquerades it',
    proof: 'LOG lines or capture on the overlay device; the route/rule that selects the source',
    instead: '',
  },
  'mtu-blackhole': {
    says: "the path's MTU is smaller than the overlay assumes and the signal is lost",
    proof: 'sizes that pass and that do not; MTUs',
    instead: '',
  },
  'next-hop-off-link': {
    says: "a route's next hop is not reachable on link (host-gw across networks)",
    proof: 'route against interface prefixes, CNI log',
    instead: '',
  },
  'missing-pod-route': {
    says: "a node has no route (of its own) to another node's pod subnet",
    proof: 'its complete routes',
    instead: 'cni-agent-failed if its log says why: then that is the cause, this a symptom-like support',
  },
  'neighbour-table-full': {
    says: 'the neighbour table overflows, new peers cannot be resolved',
    proof: 'kernel log, gc_thresh against entries',
    instead: '',
  },
  'blackhole-route': {
    says: 'a blackhole/unreachable/prohibit route takes the traffic',
    proof: 'the route',
    instead: "Calico's blackhole for the node's own block is normal",
  },
  'asymmetric-route': {
    says: 'the reply leaves by another interface than the request came in on, and something on that way drops it',
    proof: 'rules/routes of the replying node, both taps',
    instead: "rp-filter-drop if the replying node's own filter drops the request",
  },
  'rp-filter-drop': {
    says: 'the effective reverse-path filter drops the packet on arrival',
    proof: 'sysctl + route back, or martian lines',
    instead: 'if the odd source is itself a fault with its own code (no SNAT, wrong source), that fault is the cause',
  },
  'ip-forward-disabled': { says: 'forwarding is off on a node that must forward', proof: 'sysctl', instead: '' },
  'bgp-not-established': {
    says: 'a BGP session that should carry pod routes is down',
    proof: 'bird/calico-node status or log',
    instead: '',
  },
  'forward-drop': {
    says: 'FORWARD (policy or a rule of the host: docker, ufw, firewalld, REJECT), or a bridge-netfilter pass through it, drops pod traffic',
    proof: 'rules/counters on that node',
    instead:
      'network-policy-drop if the rule sits in a chain generated from a policy (cali-pi/po/fw/tw-*, KUBE-NWPLCY-*, a Cilium policy verdict), at any hook',
  },
  'host-firewall-drop': {
    says: 'INPUT/OUTPUT rules of the host drop traffic to a service of the node itself (API server, NodePort, kubelet)',
    proof: 'rules',
    instead: '',
  },
  'missing-masquerade': {
    says: "pod traffic to outside should be SNATed (by the CNI's or pool's intent, or because nothing outside can route pods), and no rule does it",
    proof: 'POSTROUTING of that node',
    instead: 'the two CIDR causes above if they explain why',
  },
  'bridge-netfilter-disabled': {
    says: 'bridged traffic bypasses iptables, so same-node service replies are not un-NATed',
    proof: "sysctl 0 or absent, SYN-ACK from the pod's own address",
    instead: '',
  },
  'stale-conntrack-entry': {
    says: 'a conntrack entry of an endpoint that is gone still owns the address or port translation',
    proof: 'conntrack against endpoints/rules',
    instead: '',
  },
  'conntrack-insert-race': {
    says: 'concurrent first packets of one UDP flow lose the insert: DNS that takes 5 s',
    proof: 'insert_failed counters, the retry pattern',
    instead: '',
  },
  'conntrack-table-full': { says: 'nf_conntrack: table full', proof: 'kernel log, count against max', instead: '' },
  'mixed-iptables-backends': {
    says: 'rules in both legacy and nft tables, and one set undoes the other',
    proof: 'both dumps; the deciding rule',
    instead: 'both present but harmless: info',
  },
  'network-policy-drop': {
    says: 'a network policy (Calico, Cilium, kube-router) drops it',
    proof: 'generated chain/log/policy',
    instead: '',
  },
  'service-rules-missing': {
    says: 'a service has no forwarding rules on this node',
    proof: 'rules against the service list',
    instead: '',
  },
  'service-without-endpoint': {
    says: 'a service has no (ready) endpoint',
    proof: 'REJECT rule, endpoints',
    instead: '',
  },
  'local-traffic-policy-no-endpoint': {
    says: 'Local traffic policy and no endpoint on this node',
    proof: "the Local chain's drop",
    instead: '',
  },
  'cni-config-missing': {
    says: "the CNI's configuration is absent or unreadable for it (file, config map, etcd key)",
    proof: 'CNI log',
    instead: '',
  },
  'cni-agent-failed': {
    says: 'the CNI agent does not run or cannot program the node',
    proof: 'pod state, log',
    instead: 'the more specific code when its log names one',
  },
  'underlay-drop': {
    says: "both nodes' configuration is right, the packet leaves one and never arrives at the other",
    proof:
      "seen, or computed, leaving A's uplink and not arriving at B, independent of size, with no rule on B that drops it. Proven: taps on both. Likely: one tap or TRACE on the sender while the same request from the node's own address is answered, or complete models of both",
    instead: 'any node-side code that explains it; size-dependent loss is always mtu-blackhole',
  },
};
