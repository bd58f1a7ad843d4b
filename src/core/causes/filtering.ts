import type { CauseCode } from '../code.js';
import type { CauseText } from './cause-text.js';

/** netfilter: rules that drop, translation, connection tracking. */
export const FILTERING = {
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
} satisfies Partial<Record<CauseCode, CauseText>>;
