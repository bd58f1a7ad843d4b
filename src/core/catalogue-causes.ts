import type { CauseCode } from './code.js';
import type { NonEmpty } from './finding.js';

/** The usual remedy: in words, then as commands; capitals stand for names to fill in. */
export interface Fix {
  readonly words: string;
  readonly commands: NonEmpty<string>;
}

/** What `podtrail explain` says of a cause. */
export interface CauseText {
  /** The thing that is wrong. */
  readonly says: string;
  /** Why that stops packets on Linux or with the CNI. */
  readonly physics: string;
  /** What proves it, and what lowers the confidence. */
  readonly proof: string;
  /** Codes that look alike, and how to tell. */
  readonly instead: string;
  readonly fix: Fix;
}

export const CAUSES: Readonly<Record<CauseCode, CauseText>> = {
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
  'vtep-address-unreachable': {
    says: "Tunnels are sent to an address that is the peer's own, but on a network that this sender cannot reach: a private address across sites or behind NAT.",
    physics:
      'flannel announces the address of the interface that it chose. On a cloud machine with a translated public address that is the private one, and the public one is on no interface, so the CNI cannot know it. Inside the site everything works; from another site the envelope goes to the default gateway and vanishes. TCP to the API server works all the time, because that uses the public address.',
    proof:
      'A positive sign: no route; an ICMP unreachable; or the peer announces another address as well (ExternalIP, public-ip-overwrite, the API endpoint) while the tunnel address is private, in another prefix, and nothing from it was ever seen. Proven with packets; likely without them.',
    instead:
      "underlay-drop (possible) if there is only silence on a routed private address. node-address-mismatch if the address is on none of the peer's interfaces. wrong-overlay-interface if the peer's CNI names an interface and another of its interfaces has the address that it is known by.",
    fix: {
      words:
        'Tell flannel the address by which others reach the node, and restart it there. With NAT in front of both sites do it for every node, and let UDP 8472 through.',
      commands: [
        'kubectl annotate node NODE flannel.alpha.coreos.com/public-ip-overwrite=REACHABLE_ADDRESS --overwrite',
        'kubectl -n kube-flannel delete pod FLANNEL_POD_OF_NODE',
        'bridge fdb show dev flannel.1    # on the other nodes: dst must have changed',
      ],
    },
  },
  'wrong-overlay-interface': {
    says: 'The CNI selected the wrong interface for the overlay: a NAT interface, a docker bridge, a VPN, a second network card.',
    physics:
      "flannel takes the interface of the default route, Calico's first-found takes the first one that does not look like a bridge. On machines with several cards that may be one that the nodes do not share: Vagrant's NAT card is 10.0.2.15 on every machine, docker0 is 172.17.0.1. Tunnels then go to an address that exists everywhere and nowhere.",
    proof:
      'The CNI log ("Using interface with name … and address …") or annotation, against ip addr and routes of the nodes: another interface has the address that the node is known by. The log alone makes it likely.',
    instead:
      'This code comes first when an interface is named and another one is right. Otherwise: duplicate-node-address if two nodes announce one address, node-address-mismatch if it is on no interface of the node, vtep-address-unreachable if it is the only sensible one and still out of reach.',
    fix: {
      words: 'Say which interface to use: by name if it is the same everywhere, better by network.',
      commands: [
        'kubectl -n kube-flannel edit daemonset kube-flannel-ds    # args: --iface=IFACE or --iface-regex=^10\\.1\\.',
        'kubectl -n kube-system set env daemonset/calico-node IP_AUTODETECTION_METHOD=cidr=NODE_NETWORK',
      ],
    },
  },
  'overlay-port-blocked': {
    says: "A node's own firewall drops or rejects the overlay's protocol: UDP 8472, 4789 or 6081, IPIP (protocol 4), BGP (TCP 179).",
    physics:
      'Envelopes end at the node, so they pass its INPUT chain like any other packet for the host. ufw and firewalld deny what is not allowed, and the opened ports are usually those of the API server and kubelet. The sender notices nothing, because UDP has no answer. In conntrack and captures of the receiver the envelope is there, the packet inside never appears on the overlay device.',
    proof:
      "The INPUT or OUTPUT rule (those of ufw and firewalld included) that hits the tunnel's or BGP's outer packet, with its counter or log line; or ICMP prohibited from that node. A status table without the rules makes it likely.",
    instead:
      'underlay-drop if no rule on either node does it: then look at security groups and routers between. host-firewall-drop for anything else than the overlay. network-policy-drop if the rule is in a chain made from a policy.',
    fix: {
      words: "Allow the overlay's protocol from the other nodes, on every node.",
      commands: [
        'ufw allow from NODE_NETWORK to any port 8472 proto udp',
        'firewall-cmd --permanent --zone=ZONE --add-port=8472/udp && firewall-cmd --reload',
        'iptables -I INPUT -p udp --dport 8472 -s NODE_NETWORK -j ACCEPT    # until reboot, to prove it',
      ],
    },
  },
  'stale-vtep': {
    says: 'An FDB, neighbour or route entry for a peer differs from what the peer has: another MAC or another address.',
    physics:
      'The device of a peer gets a new random MAC when it is made anew (reboot, CNI restart), and the CNI must replace the permanent entries on all other nodes. If a watch was lost or two agents wrote, the old entry stays: the envelope arrives at the right node, and its VXLAN device drops the packet because the inner MAC is not its own. Routes from node to node (host-gw, Calico without encapsulation, IP in IP) name the peer\u2019s own address as next hop: when a node is replaced or gets another address, the old route leads to nobody.',
    proof:
      "The entry on the sender against the peer's device (ip -d link, ip addr) or its current lease; of a next hop also ip neigh, where it has FAILED while the peer is Ready under another address. Both must be from about the same time; a dump taken before a restart makes it possible only.",
    instead:
      'missing-pod-route if the entries are missing altogether. node-address-mismatch if the entry is faithful to what the peer announces and the announcement is wrong. duplicate-vtep-mac if the MAC is right but not unique.',
    fix: {
      words:
        'Restart the CNI on the sender: it writes all entries anew. If it comes back, look for a second process that manages the same device.',
      commands: [
        'kubectl -n kube-flannel delete pod FLANNEL_POD_OF_SENDER',
        'bridge fdb replace PEER_MAC dev flannel.1 dst PEER_ADDRESS self permanent    # by hand, to prove it',
        'ip route replace POD_SUBNET via PEER_ADDRESS dev UPLINK    # the same of a route from node to node',
      ],
    },
  },
  'duplicate-vtep-mac': {
    says: 'Two VTEPs have one MAC address.',
    physics:
      "The FDB maps a MAC to one outer address. If two peers announce the same MAC, the later entry replaces the earlier, and the pods of one node become unreachable. systemd's MACAddressPolicy=persistent makes the MAC from the machine id and the device's name, so machines cloned with one machine id get one MAC for flannel.1.",
    proof: 'Links, annotations or FDB entries that show one MAC for two nodes. Proven with ip -d link of both.',
    instead:
      'stale-vtep if one of the two is an old entry. duplicate-node-address if the outer address is the same as well.',
    fix: {
      words:
        "Give each machine its own machine id, keep systemd away from the overlay's device, and let the CNI make the device anew.",
      commands: [
        'rm /etc/machine-id && systemd-machine-id-setup',
        'printf "[Match]\\nOriginalName=flannel*\\n[Link]\\nMACAddressPolicy=none\\n" > /etc/systemd/network/10-flannel.link',
        'ip link delete flannel.1 && kubectl -n kube-flannel delete pod FLANNEL_POD_OF_NODE',
      ],
    },
  },
  'overlay-parameter-mismatch': {
    says: 'VXLAN port, VNI or backend type differ between nodes.',
    physics:
      "A VXLAN device takes packets of its own UDP port and VNI only. Another port meets a closed socket (ICMP port unreachable, often filtered), another VNI is dropped in silence. Windows nodes need 4789 and VNI 4096, Linux's old default is 8472 and flannel's VNI 1. A changed configuration takes effect when the agent restarts, so nodes that were not restarted differ.",
    proof:
      'ip -d link of two nodes, their logs, or envelopes in captures that go out with one port or VNI and come in with another. One side alone proves nothing.',
    instead:
      'overlay-port-blocked if the parameters agree and a rule drops them. Two overlays side by side (two CNIs) differ by design.',
    fix: {
      words:
        "Set one value in the CNI's configuration and restart the agent on all nodes; remove the old device where it stays.",
      commands: [
        'ip -d link show type vxlan    # on every node: id and dstport must agree',
        'kubectl -n kube-flannel edit configmap kube-flannel-cfg    # Backend: Type, Port, VNI',
        'kubectl -n kube-flannel rollout restart daemonset kube-flannel-ds',
      ],
    },
  },
  'vxlan-checksum-offload': {
    says: 'Outer or inner checksums are wrong on the wire because of transmit offload, and the receiver drops the packets.',
    physics:
      "With offload the kernel leaves checksums to the card. Some kernels (before 5.7 for packets that kube-proxy masquerades into VXLAN) and some drivers (vmxnet3 with certain ports, a few clouds' virtual cards) leave them wrong for packets in a tunnel. ICMP carries another checksum and works, pod to pod may work, pod or node to service fails or waits a long time.",
    proof:
      "A wrong checksum at the receiver's tap. Or at the sender's tap, together with the receiver's silence and the known signs of kernel and driver: then likely.",
    instead:
      'mtu-blackhole if size decides. A wrong checksum at the sender alone proves nothing: that is what offload looks like.',
    fix: {
      words:
        'Switch transmit checksum offload off on the overlay device, on every node. If that helps, make it permanent and update the kernel or the driver.',
      commands: [
        'ethtool -K flannel.1 tx-checksum-ip-generic off    # vxlan.calico with Calico',
        'kubectl patch felixconfiguration default --type merge -p \'{"spec":{"featureDetectOverride":"ChecksumOffloadBroken=true"}}\'',
      ],
    },
  },
  'overlay-source-address': {
    says: 'A node sends its own traffic to pods with its physical address as source over the overlay, and no rule masquerades it.',
    physics:
      "A process on the node connects to a service address; the route at that time is the default route, so the source is the physical interface's. DNAT then turns the destination into a pod behind the overlay, the packet is routed again, the source stays. The peer's way back to that source is its physical interface, so its reverse-path filter drops the packet or the answer bypasses the overlay. The same request bound to the overlay's address works.",
    proof:
      'LOG lines or a capture on the overlay device that show the physical source, and the route or rule that selects it. Proven when no answer came and the rules show that nothing masquerades.',
    instead:
      'rp-filter-drop only if the source is the right one and the filter is at fault. unsnatted-source and missing-masquerade are about pods; this is about the node itself.',
    fix: {
      words:
        "Let kube-proxy masquerade: give it the pod network, so that what comes from outside of it is translated, or let it masquerade everything. As a stopgap, masquerade the node's source on the overlay device.",
      commands: [
        'kubectl -n kube-system edit configmap kube-proxy    # clusterCIDR: POD_NETWORK, or iptables.masqueradeAll: true',
        'iptables -t nat -A POSTROUTING -s NODE_ADDRESS -o flannel0 -j MASQUERADE    # stopgap',
        'curl --interface flannel0 http://SERVICE_ADDRESS/    # works before the fix; without --interface after it',
      ],
    },
  },
  'mtu-blackhole': {
    says: "The path's MTU is smaller than the overlay assumes, and the signal that says so is lost.",
    physics:
      'Pod MTU plus envelope (VXLAN 50, IPIP 20, WireGuard 60 or 80 bytes) must fit the smallest link between the nodes: clouds have 1460 or 8900, VPNs less. A packet that does not fit is dropped, and the ICMP message about it is filtered or goes to an address inside the tunnel that nobody knows. Small packets pass, large ones never do, and the sender repeats them for ever.',
    proof:
      'Sizes that pass and sizes that do not, at one tap, together with the MTUs of the devices. Sizes without MTUs make it likely; MTUs without packets possible.',
    instead:
      'vxlan-checksum-offload if small packets are lost as well. underlay-drop is never about size: size-dependent loss is always this code.',
    fix: {
      words:
        "Lower the overlay's MTU to the path's minus the envelope, recreate the pods (they keep their MTU), and let ICMP type 3 code 4 through. Clamping the MSS helps TCP at once.",
      commands: [
        'kubectl -n kube-flannel edit configmap kube-flannel-cfg    # "Backend": {"Type":"vxlan","MTU":1400}',
        'calicoctl patch felixconfiguration default --patch \'{"spec":{"vxlanMTU":1400}}\'',
        'iptables -t mangle -A FORWARD -o flannel.1 -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu',
      ],
    },
  },
  'next-hop-off-link': {
    says: "A route's next hop is not reachable on link: host-gw across networks.",
    physics:
      'host-gw and unencapsulated Calico routes name the peer node as next hop. That works only if both are in one layer 2 network, because the sender asks for the next hop by ARP. With a router between the nodes the kernel refuses the route ("network is unreachable", "nexthop has invalid gateway"), or, with onlink, asks for a MAC that nobody answers.',
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
  'forward-drop': {
    says: 'FORWARD drops pod traffic: its policy, a rule of the host (docker, ufw, firewalld, REJECT), or a pass of bridge netfilter through it.',
    physics:
      'Docker sets the policy of FORWARD to DROP; ufw denies routed traffic; firewalld rejects between zones. The CNI and kube-proxy accept marked, established or pod-network traffic before that, so only what they do not know is dropped. With bridge netfilter on, even traffic between two pods on one bridge passes FORWARD. ufw lets echo requests through, so that ping works while TCP does not.',
    proof:
      'Rules and counters of that node that take the packet to the drop; a log line such as [UFW BLOCK] with IN= and OUT=. Rules without counters or packets make it likely.',
    instead:
      'network-policy-drop if the rule sits in a chain made from a policy (cali-pi, cali-po, cali-fw, cali-tw, KUBE-NWPLCY) or a Cilium verdict, at any hook. host-firewall-drop or overlay-port-blocked for INPUT and OUTPUT. ip-forward-disabled if the kernel does not forward at all.',
    fix: {
      words: 'Accept the pod network in FORWARD by the means of whoever drops it, so that it survives a reload.',
      commands: [
        'iptables -P FORWARD ACCEPT    # Docker sets DROP again when it starts',
        'ufw route allow from POD_NETWORK; ufw route allow to POD_NETWORK',
        'firewall-cmd --permanent --zone=trusted --add-source=POD_NETWORK && firewall-cmd --reload',
      ],
    },
  },
  'host-firewall-drop': {
    says: "The host's INPUT or OUTPUT rules drop traffic to a service of the node itself: API server, NodePort, kubelet.",
    physics:
      "Packets for a process of the node end in INPUT. A pod that asks the API server arrives there with the pod's or another node's address, which a rule for the administrators' network does not allow. A NodePort that is DNATed to a pod does not pass INPUT but FORWARD.",
    proof:
      'The rule that takes the packet, with counter or log line, and the packet seen arriving. Rules alone make it likely.',
    instead:
      "overlay-port-blocked if it is the overlay's or BGP's own packet. forward-drop if the chain is FORWARD. network-policy-drop for a policy's chain, host endpoints of Calico included.",
    fix: {
      words: 'Allow the port from nodes and pods by the means of the firewall in charge.',
      commands: [
        'ufw allow from POD_NETWORK to any port 6443 proto tcp',
        'firewall-cmd --permanent --add-port=6443/tcp --add-port=10250/tcp && firewall-cmd --reload',
      ],
    },
  },
  'missing-masquerade': {
    says: "Pod traffic to outside should be translated (by the CNI's or pool's intent, or because nothing outside can route pods), and no rule does it.",
    physics:
      "POSTROUTING should give packets of pods the node's address. The rule is missing when flannel runs without --ip-masq, when a pool has natOutgoing off, or when another tool flushed the nat table. The packet leaves with the pod's address and the answer finds no way back.",
    proof:
      'POSTROUTING of that node, complete, without a rule that matches; proven together with a packet that left untranslated (unsnatted-source).',
    instead:
      'pod-cidr-mismatch or ippool-overlaps-node-network if these explain why the rule does not match. A network that routes pods by design needs no rule.',
    fix: {
      words: 'Switch translation on in the CNI, not by hand: its agent keeps the rule in place.',
      commands: [
        'kubectl -n kube-flannel edit daemonset kube-flannel-ds    # args: --ip-masq',
        'calicoctl patch ippool POOL --patch \'{"spec":{"natOutgoing":true}}\'',
        'iptables -t nat -vnL POSTROUTING    # the counter must move',
      ],
    },
  },
  'bridge-netfilter-disabled': {
    says: 'Bridged traffic bypasses iptables, so that replies of a service on the same node are not translated back.',
    physics:
      'A pod asks a service and DNAT sends it to a pod on the same bridge. The reply goes from pod to pod over the bridge. Only with br_netfilter loaded and bridge-nf-call-iptables=1 does it pass conntrack, which puts the service address back. Otherwise the client gets a SYN-ACK from an address that it never asked, and answers RST. Endpoints on other nodes work.',
    proof:
      "The sysctl is 0 or absent (module not loaded), and a SYN-ACK with the pod's own address is seen. The sysctl alone makes it possible.",
    instead:
      'stale-conntrack-entry if translation works for other flows. CNIs without a bridge (Calico, Cilium) do not need it.',
    fix: {
      words: 'Load the module and switch it on, now and at boot.',
      commands: [
        'modprobe br_netfilter && sysctl -w net.bridge.bridge-nf-call-iptables=1',
        'echo br_netfilter > /etc/modules-load.d/k8s.conf',
        'echo net.bridge.bridge-nf-call-iptables=1 > /etc/sysctl.d/99-k8s.conf',
      ],
    },
  },
  'stale-conntrack-entry': {
    says: 'A conntrack entry of an endpoint that is gone still owns the address or port translation.',
    physics:
      'NAT is decided by the first packet of a flow and then kept in conntrack. A UDP client that never changes its port (DNS forwarder, SIP, syslog) keeps its entry alive and is sent to the pod that is gone, whatever the rules say now. kube-proxy removes such entries when endpoints change, but not in every version and not after a crash.',
    proof:
      'conntrack -L against endpoints and rules: the reply tuple names an address that is no endpoint any more, and the flow is unreplied. A dump of another time lowers it. Without a dump it is possible, when some queries of a client leave for an address of nobody while others reach an endpoint.',
    instead:
      'service-rules-missing if the rules themselves are old. conntrack-insert-race if only first packets are lost.',
    fix: {
      words: 'Delete the entry; the next packet makes a new one by the present rules.',
      commands: [
        'conntrack -L -p udp --orig-dst SERVICE_ADDRESS',
        'conntrack -D -p udp --orig-dst SERVICE_ADDRESS --dport PORT',
      ],
    },
  },
  'conntrack-table-full': {
    says: 'The conntrack table is full: the kernel drops packets of new flows.',
    physics:
      'When nf_conntrack_count reaches nf_conntrack_max, each packet that needs a new entry is dropped, in every namespace of the node. Existing connections go on. It shows as random failures under load, and as DNS errors first.',
    proof:
      'The kernel log ("nf_conntrack: table full, dropping packet"), or count against max at the time. Old log lines from another day lower it.',
    instead:
      'conntrack-insert-race if insert_failed grows while the table has room. neighbour-table-full has its own message.',
    fix: {
      words:
        'Raise the maximum (kube-proxy sets it: conntrack.maxPerCore), and look for the client that opens so many flows.',
      commands: [
        'sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max',
        'sysctl -w net.netfilter.nf_conntrack_max=1048576',
        "conntrack -L 2>/dev/null | grep -oE 'src=[^ ]+' | sort | uniq -c | sort -rn | head",
      ],
    },
  },
  'conntrack-insert-race': {
    says: 'Concurrent first packets of one UDP flow lose the race for their conntrack entry: DNS that takes 5 seconds.',
    physics:
      'glibc sends the A and AAAA queries from one socket at the same time. Both find no entry, both are DNATed, and only one can be inserted; the other packet is dropped (insert_failed). The resolver waits 5 seconds and asks again. musl does the same. Kernels from 5.0 on have fewer such cases, not none.',
    proof:
      'insert_failed that grows, and the pattern in captures: two queries of one port, one answer, a repetition 5 seconds later. One of both makes it likely.',
    instead:
      'conntrack-table-full if the table is full. unreplied DNS for every query is another fault: a race loses some.',
    fix: {
      words: 'Use NodeLocal DNSCache (no DNAT, TCP upstream), or let the resolver ask one after the other.',
      commands: [
        'conntrack -S | grep -oE "insert_failed=[0-9]+"',
        'kubectl patch deployment NAME -p \'{"spec":{"template":{"spec":{"dnsConfig":{"options":[{"name":"single-request-reopen"}]}}}}}\'',
      ],
    },
  },
  'mixed-iptables-backends': {
    says: 'There are rules in both the legacy and the nft tables, and one set undoes the other.',
    physics:
      'iptables-legacy and iptables-nft are two different rule sets, and a packet passes both. An image that brings iptables-legacy on a host that uses nft (or the other way round) leaves accepts in one set and a DROP in the other; and each tool shows only its own rules. A drop in either is final.',
    proof:
      'Dumps of both, and the rule that decides for the failing flow. With one of the dumps it is possible at best.',
    instead:
      'Both present but harmless is for information only. forward-drop or overlay-port-blocked if one set alone explains the drop and the other plays no part.',
    fix: {
      words:
        'Use one backend for the host, kube-proxy and the CNI, then empty the other one. A reboot after the switch is the clean way.',
      commands: [
        'iptables-legacy-save | grep -c "^-A"; iptables-nft-save | grep -c "^-A"; iptables -V',
        'update-alternatives --set iptables /usr/sbin/iptables-nft',
      ],
    },
  },
  'network-policy-drop': {
    says: 'A network policy drops it (Calico, Cilium, kube-router).',
    physics:
      "A pod that any policy selects accepts only what some policy allows; all else is dropped without an answer. The CNI turns policies into chains at the pod's interface, or into eBPF. A default-deny that forgets DNS, or a namespace selector that fits no label, looks just like a broken network.",
    proof:
      'The generated chain (cali-pi, cali-po, cali-fw, cali-tw, KUBE-NWPLCY), with counter or log, or a Cilium verdict, and the policy itself. The policy alone makes it likely.',
    instead: 'forward-drop or host-firewall-drop if the rule belongs to the host and not to a policy.',
    fix: {
      words:
        'Allow the flow in a policy, at the side that drops: ingress at the server, egress at the client (and egress to DNS).',
      commands: [
        'kubectl get networkpolicy -A; kubectl -n NAMESPACE describe networkpolicy NAME',
        'kubectl get pods -n NAMESPACE --show-labels; kubectl get namespaces --show-labels',
        'calicoctl get globalnetworkpolicy,networkpolicy -A -o yaml',
      ],
    },
  },
  'service-rules-missing': {
    says: 'A service has no forwarding rules on this node.',
    physics:
      'A service address exists only in the rules (iptables, nftables, IPVS) that kube-proxy writes on each node. Without them the packet keeps its destination, follows the default route and vanishes. kube-proxy does not run, cannot reach the API server, or was replaced by a CNI that has not taken over.',
    proof:
      "The node's rules, complete, against the list of services. A service that is younger than the dump does not count. Without the complete rules it is possible at best.",
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
};
