import type { CauseCode } from '../code.js';
import type { CauseText } from './cause-text.js';

/** The tunnel between nodes: its ends, its parameters, what fits into it. */
export const OVERLAY = {
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
    says: "A node's own firewall drops or rejects the overlay's protocol: UDP 8472, 4789 or 6081, Weave's TCP and UDP 6783 and UDP 6784, IPIP (protocol 4), BGP (TCP 179).",
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
} satisfies Partial<Record<CauseCode, CauseText>>;
