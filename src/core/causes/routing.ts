import type { CauseCode } from '../code.js';
import type { CauseText } from './cause-text.js';

/** The way of a packet: routes, neighbours, and what the kernel asks before it forwards. */
export const ROUTING = {
  'next-hop-off-link': {
    says: "A route's next hop is not reachable on link: host-gw across networks.",
    physics:
      'host-gw and unencapsulated Calico routes name the peer node as next hop. That works only if both are in one layer 2 network, because the sender asks for the next hop by ARP. With a router between the nodes the kernel refuses the route ("network is unreachable", "nexthop has invalid gateway"), or, with onlink, asks for a MAC that nobody answers. The gateway of Calico\u2019s pods, 169.254.1.1, is on no device at all: the node answers for it while proxy_arp is on for the pod\u2019s device.',
    proof:
      "The route against the prefixes of the node's interfaces, the CNI log's refusal, or FAILED neighbour entries for the next hop.",
    instead:
      'missing-pod-route if the CNI never tried. bgp-not-established if the session that should bring the route is down.',
    fix: {
      words:
        'Use an overlay between networks: flannel vxlan (with DirectRouting inside one network), Calico CrossSubnet. Or let the routers learn the pod subnets.',
      commands: [
        'kubectl -n kube-flannel edit configmap kube-flannel-cfg    # "Type":"vxlan","DirectRouting":true',
        'calicoctl patch ippool POOL --patch \'{"spec":{"ipipMode":"CrossSubnet"}}\'',
      ],
    },
  },
  'missing-pod-route': {
    says: "A node has no route of its own to another node's pod subnet.",
    physics:
      "Without that route the packet follows the default route and leaves the cluster by the gateway, where it is dropped or travels into the internet. The CNI writes the routes when it learns of a node, and not again when somebody deletes them: a restart of the network service, an interface that went down and up, or another agent removes them while the CNI's log looks healthy.",
    proof:
      "The node's complete routes (main table at least, all tables with policy routing) without the subnet. Proven when a packet for it is also seen leaving by the uplink. An excerpt of the routes makes it likely at best.",
    instead:
      "cni-agent-failed if the agent's log says why: then that is the cause and this supports it. bgp-not-established if a session that should bring the route is down. blackhole-route if there is a route and it discards.",
    fix: {
      words: 'Restart the CNI agent on that node; it writes the routes anew. Then find out who removed them.',
      commands: [
        'kubectl -n kube-flannel delete pod FLANNEL_POD_OF_NODE',
        'ip route show    # each other node: SUBNET via SUBNET_ADDRESS dev flannel.1 onlink',
        'ip monitor route    # leave it running to see who removes them',
      ],
    },
  },
  'blackhole-route': {
    says: 'A blackhole, unreachable or prohibit route takes the traffic.',
    physics:
      'Such a route discards what it matches; unreachable and prohibit answer with an ICMP error, blackhole is silent. It catches everything for which no longer prefix exists. So a blackhole for a whole pod network hides that single routes are missing, and one that was left behind by a former CNI or block cuts off the node that owns the subnet now.',
    proof:
      'The route itself, and that no longer prefix covers the destination. Proven with packets that disappear there.',
    instead:
      "Calico's blackhole for the node's own block is normal: it only catches addresses of the block that no pod has. missing-pod-route if the longer route that should be there is the real loss.",
    fix: {
      words: 'If nothing living owns it, delete it; if Calico owns it, look at the block and its node instead.',
      commands: ['ip route del blackhole PREFIX', 'calicoctl ipam show --show-blocks'],
    },
  },
  'asymmetric-route': {
    says: 'The reply leaves by another interface than the request came in on, and something on that way drops it.',
    physics:
      'A node with two networks, or with policy routing, answers by the route to the client. If that leads out of another card, a stateful firewall on the way has not seen the request and drops the reply; or the client gets an answer with a source or from a gateway that it does not accept. Pod packets that were not translated cause it as well, but then that is the cause.',
    proof:
      'Rules and routes of the replying node, and both taps: request in on one interface, reply out of another, and not arriving. With one tap it is likely.',
    instead:
      "rp-filter-drop if the replying node's own filter drops the request. unsnatted-source and its causes if the client's source is what should have been translated. If both directions succeed it is no fault.",
    fix: {
      words:
        'Make the reply leave where the request came in: a rule by source address with a table of its own, or one uplink for both.',
      commands: [
        'ip route add default via GATEWAY dev IFACE table 100',
        'ip rule add from ADDRESS_OF_IFACE lookup 100',
      ],
    },
  },
  'rp-filter-drop': {
    says: 'The effective reverse-path filter drops the packet on arrival.',
    physics:
      "The value in force is the greater of net.ipv4.conf.all.rp_filter and the interface's own. 1 drops when the route back to the source leaves by another device, 2 only when there is none; on a device without an IPv4 address (cali*, some veths) 2 drops like 1. It happens after the capture point and before the filter table: the packet is in the capture, and in no rule counter of INPUT or FORWARD. Some distributions set all to 2 or 1 after the CNI has set its own.",
    proof:
      'The setting in force and the route back, for a packet that was seen to arrive; or martian lines. The counter IPReversePathFilter supports it. Without the routes it is likely.',
    instead:
      'If the odd source is itself a fault with its own code (no SNAT, wrong source, missing route), that fault is the cause: pod-cidr-mismatch, ippool-overlaps-node-network, overlay-source-address, missing-masquerade.',
    fix: {
      words:
        'If the way is meant to be asymmetric, set the filter to loose on that interface; all must not be 1 then. Make it permanent under a name that sorts late.',
      commands: [
        'sysctl -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.IFACE.rp_filter=2',
        'printf "net.ipv4.conf.all.rp_filter=0\\nnet.ipv4.conf.IFACE.rp_filter=2\\n" > /etc/sysctl.d/99-pods.conf',
      ],
    },
  },
  'ip-forward-disabled': {
    says: 'Forwarding is off on a node that must forward.',
    physics:
      'Packets between a pod and anything that is not its own node are forwarded, and whether that is allowed is a setting of the interface they come in on. Writing net.ipv4.ip_forward sets all interfaces at once; interfaces made later take the default. A hardening script, a cloud agent or a sysctl reload after boot sets it to 0, and every pod of that node is cut off while the node itself works.',
    proof:
      'The sysctl of that node, taken while it failed. A conf.IFACE.forwarding of 0 counts for packets that come in there.',
    instead: 'forward-drop if forwarding is on and a rule or the policy of FORWARD drops.',
    fix: {
      words: 'Switch it on, and find the file that switches it off.',
      commands: [
        'sysctl -w net.ipv4.ip_forward=1',
        'grep -r ip_forward /etc/sysctl.conf /etc/sysctl.d /usr/lib/sysctl.d /run/sysctl.d',
      ],
    },
  },
  'bgp-not-established': {
    says: 'A BGP session that should carry pod routes is down.',
    physics:
      "Calico's BIRD tells other nodes its blocks by BGP on TCP 179. While a session is down its routes are withdrawn, so packets to the peer's pods take the default route or the blackhole. Reasons: TCP 179 blocked, a wrong address announced for the node, the same router id or AS number twice, BIRD not running.",
    proof:
      'The status (calicoctl node status, birdcl show protocols) of that session as not Established, or the log of calico-node. Log lines of a start that later succeeded do not count.',
    instead:
      'overlay-port-blocked if a rule on a node drops TCP 179. node-address-mismatch or wrong-overlay-interface if the session goes to a wrong address. cni-agent-failed if calico-node does not run.',
    fix: {
      words:
        'Follow the word in the Info column: Connect and Active mean that TCP does not come through, OpenSent and Idle that the peer refuses (AS, address).',
      commands: [
        'calicoctl node status    # on both nodes',
        'nc -zv PEER_ADDRESS 179',
        'calicoctl get node NODE -o yaml | grep -A3 bgp; calicoctl get bgppeer,bgpconfig -o yaml',
      ],
    },
  },
  'neighbour-table-full': {
    says: 'The neighbour table overflows: new peers cannot be resolved.',
    physics:
      'Every pod on a bridge, every node and every VTEP takes an entry. Above net.ipv4.neigh.default.gc_thresh3 (1024 by default) the kernel refuses new entries, and packets to those peers are dropped although route and device are right. The limit is shared by all network namespaces of the node, so large clusters reach it suddenly.',
    proof: 'The kernel log ("neighbour: arp_cache: neighbor table overflow!"), or the count of entries at gc_thresh3.',
    instead: 'missing-pod-route or stale-vtep if only one peer is concerned. conntrack-table-full has its own message.',
    fix: {
      words: 'Raise the three thresholds, permanently; some thousands of entries cost little memory.',
      commands: [
        'ip neigh | wc -l; sysctl net.ipv4.neigh.default.gc_thresh3',
        'sysctl -w net.ipv4.neigh.default.gc_thresh1=4096 net.ipv4.neigh.default.gc_thresh2=8192',
        'sysctl -w net.ipv4.neigh.default.gc_thresh3=16384    # the same for net.ipv6',
      ],
    },
  },
} satisfies Partial<Record<CauseCode, CauseText>>;
