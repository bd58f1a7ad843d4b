import type { SymptomCode } from './code.js';
import type { NonEmpty } from './finding.js';

/** Something to look at or to collect, and what it tells. */
export interface Step {
  readonly why: string;
  /** A command line; capitals stand for names to fill in. */
  readonly command: string;
}

/** What `podtrail explain` says of a symptom. */
export interface SymptomText {
  /** What the packets show. */
  readonly says: string;
  /** Why that happens on Linux or with the CNI. */
  readonly physics: string;
  /** When it looks alike and is harmless, and why it is not reported then. */
  readonly innocent: string;
  /** What to look at or collect next. */
  readonly next: NonEmpty<Step>;
}

export const SYMPTOMS: Readonly<Record<SymptomCode, SymptomText>> = {
  'unreplied-syn': {
    says: 'A client repeats its TCP SYN and no SYN-ACK and no RST comes back, judged at the tap nearest the client. An ICMP error is not a reply: it is reported as icmp-error as well.',
    physics:
      'A client sends its SYN again only while nothing has reached it: on Linux after 1, 3, 7 and 15 seconds, as often as tcp_syn_retries says. A repeated SYN therefore proves silence at the client, even at a tap that cannot see the way back. Silence means that something dropped the SYN or the answer without a word: a route into nowhere, a DROP rule, a reverse-path filter, a tunnel to the wrong address. A closed port would have sent RST. When another tap shows the answer, the finding stays and names that tap: then the answer was lost on its way back, and lost-between-captures or asymmetric-flow says where.',
    innocent:
      'A single SYN shortly before the capture ends, a SYN that was lost once and answered at the second try, and a refused connection (connection-reset) are not reported. At a tap that sees one direction only, two SYNs may have been followed by success, so it takes 3 seconds of trying. Knocking from outside the cluster is for information only: scans do that all day long.',
    next: [
      {
        why: 'Does the SYN reach the server, and does the server answer? Run it on both nodes while the client tries.',
        command: "tcpdump -nn -i any -w $(hostname).pcap 'host SERVER and tcp port PORT'",
      },
      { why: 'By which device does the client leave, and with which source?', command: 'ip route get SERVER' },
      {
        why: "The same for the server's way back to the client.",
        command: 'ip route get CLIENT from SERVER iif POD_INTERFACE',
      },
    ],
  },
  'unreplied-udp': {
    says: 'UDP requests get no answer, or only when they are asked again: DNS queries first of all, and requests to a service that answers others in the same bundle.',
    physics:
      "UDP has no handshake, so silence is all that the client ever sees; a resolver waits 5 seconds and asks again. A query is paired with its answer by transaction id and the client's port, because address translation changes the addresses. For pods the way to DNS is a service address: DNAT on the pod's node, then the ordinary way to a pod, mostly on another node. So DNS is often the first thing to fail when the overlay does.",
    innocent:
      'Most of UDP is one-way by design (syslog, statsd, media), so other ports than DNS are judged only where the same service answers somebody else. Multicast and discovery are left out. So are tunnel envelopes: each direction has its own source port, and conntrack calls them [UNREPLIED] in perfect health. A lookup that was answered after the resolver asked again is a warning when it happens to a fifth of them. A few lost queries among many answered ones, and queries in the last second of a capture, are not reported.',
    next: [
      {
        why: 'Where do queries go after DNAT, and does a reply come? On the node of the pod.',
        command: "tcpdump -nn -i any -w dns.pcap 'udp port 53'",
      },
      {
        why: 'Are there DNS pods, are they ready, and on which node?',
        command: 'kubectl -n kube-system get pods -o wide -l k8s-app=kube-dns',
      },
      {
        why: 'First packets that lost a race for their conntrack entry (conntrack-insert-race).',
        command: 'conntrack -S',
      },
    ],
  },
  'unreplied-icmp': {
    says: 'Echo requests (ping) get no echo reply; or, of a ping that somebody typed, many of them do not.',
    physics:
      'The kernel of the destination answers echo requests by itself, so there is no process that could be down. Silence means that the request or the reply was dropped, or that the answer went elsewhere. Ping takes the same routes, tunnels and source translation as TCP, but often passes firewalls that TCP does not: a working ping does not clear a firewall, while a failing one between pods usually means routing, the overlay or a source address.',
    innocent:
      'Traceroute with ICMP (the hop limit changes from probe to probe), a single request at the end of a capture, one lost packet among answered ones, and multicast or link-local discovery are not reported. Of a ping that was answered in part at least three packets and a tenth of all must be lost; no cause that stops every packet is accused by it. LOG lines show one direction only, so pings in them are not judged.',
    next: [
      {
        why: 'Do requests arrive, and by which device do replies leave? On both nodes.',
        command: 'tcpdump -nn -i any -w $(hostname).pcap icmp',
      },
      { why: 'Has the destination a way back to this source?', command: 'ip route get CLIENT' },
      {
        why: 'Packets dropped by the reverse-path filter: does the number grow while you ping?',
        command: 'nstat -az TcpExtIPReversePathFilter',
      },
    ],
  },
  'asymmetric-flow': {
    says: 'Requests and replies of one conversation use different interfaces or nodes, or only one direction passes a tap that carries both directions of comparable flows.',
    physics:
      'Linux routes each direction by itself: the reply follows the route to its destination, not the way that the request came. Conntrack, and with it all address translation, works only where both directions pass one node. A reverse-path filter set to strict (1) drops what arrives by another interface than the one that leads back. Policy routing, a second network card and a pod source that was not translated are the usual reasons.',
    innocent:
      'Where both directions succeed all the same (hub and spoke, two uplinks, direct server return or several gateways by design) it is for information only. The nodes of client and server see both directions of their own conversations; a reply that one of them lacks was lost. Between nodes, a reply counts only where it demonstrably took another way. Envelopes on the uplink are not compared with the packets inside them: they are one packet, seen at two layers.',
    next: [
      {
        why: 'All interfaces at once, with their names (needs a libpcap that writes LINUX_SLL2), on the node that replies.',
        command: 'tcpdump -nn -i any -w node.pcap host CLIENT',
      },
      { why: 'Rules and routes that choose the way back.', command: 'ip rule; ip route show table all' },
      {
        why: 'How strict the reverse-path filter is, for all and for each interface.',
        command: "sysctl -a | grep '\\.rp_filter'",
      },
    ],
  },
  'unsnatted-source': {
    says: "A pod's own address is the source of a packet on a node's uplink, towards a destination that is not a pod, outside any tunnel.",
    physics:
      "Nobody outside the cluster knows a way to pod addresses, so the CNI or kube-proxy translates them to the node's address (SNAT, MASQUERADE) in POSTROUTING. Whether it does depends on a comparison: source in the cluster's pod network, destination not in it. When that network is configured wrong, or a pool or ipset covers too much, the rule does not match and the packet leaves as it is. The destination then answers to the pod address: to its default gateway, or into its own overlay, where the reverse-path filter or the next router drops it.",
    innocent:
      'Networks that route pod addresses natively, by design: there the same pods get answers, and nothing is said. With -i any the same packet is seen twice; the copy that comes in from the pod has not met POSTROUTING yet, so only the copy that leaves by an uplink counts. LOG lines never count, as they are written before the nat table has done its work. Replies of pods do not count either.',
    next: [
      {
        why: 'Which rule should translate, and why does it not match? Look for -s, ! -d and match-set.',
        command: 'iptables-save -t nat -c | grep -E "POSTROUTING|MASQUERADE|SNAT|masq|nat-outgoing"',
      },
      {
        why: "Calico: the destinations that count as pods. A node's address among them is a fault.",
        command: 'calicoctl get ippool -o wide; ipset list cali40all-ipam-pools',
      },
      {
        why: 'flannel or Canal: the network that it believes in, against what nodes really have.',
        command: 'cat /run/flannel/subnet.env; kubectl get nodes -o yaml | grep podCIDR:',
      },
    ],
  },
  'vxlan-wrong-outer-dst': {
    says: "A tunnel packet is sent to an address that is not one of the node that owns the inner destination's pod subnet, or to one that this sender cannot reach.",
    physics:
      "A VXLAN device without learning sends where its forwarding database (FDB) says: the route to the pod subnet names a next hop, a permanent neighbour entry gives its MAC, and the FDB maps the MAC to an outer address. The CNI fills in all three from what each node announces: a lease, an annotation, a node object. If the announced address is wrong, old, or a private one that other sites cannot reach, the sender's own dumps look perfect and the envelope goes nowhere.",
    innocent:
      "Flooded broadcast and multicast have no single right destination. Envelopes that are answered are right, whatever address they use (translation between sites). Cilium has no FDB and uses the VNI for an identity, so only the owner of the inner destination is compared. An address that is the peer's own counts as out of reach on a positive sign only, never on silence alone.",
    next: [
      {
        why: "The sender's three entries for the peer.",
        command: 'ip route show dev flannel.1; ip neigh show dev flannel.1; bridge fdb show dev flannel.1',
      },
      {
        why: 'What every node announces.',
        command: 'kubectl get nodes -o yaml | grep -E "^ {4}name:|public-ip|projectcalico.org/IPv4"',
      },
      {
        why: 'Whether the envelope arrives. On both nodes, at the same time.',
        command: "tcpdump -nn -i any -w $(hostname).pcap 'udp port 8472 or udp port 4789'",
      },
    ],
  },
  'node-source-on-overlay': {
    says: "A packet leaves or enters on an overlay device with a source address that belongs to a node's physical interface.",
    physics:
      "The kernel chooses the source address when the socket connects, by the route to the destination at that time. For a service address that is the default route, so the source is the physical interface's. Then DNAT rewrites the destination to a pod, the packet is routed again into the overlay, and the source stays. The peer reaches this source by its physical interface: a strict reverse-path filter drops the packet, or the answer goes around the overlay. kube-proxy masquerades such packets if it knows the pod network (--cluster-cidr) or is told to masquerade all.",
    innocent:
      "The overlay's own address (that of flannel.1, flannel0, tunl0) is right, and replies are not judged. Where the packets are answered it is for information only. LOG lines come before POSTROUTING may translate the source, so they count only when the attempt was repeated and no line shows it leaving with another source.",
    next: [
      {
        why: 'Which source does the kernel choose for the service, and for the pod behind it?',
        command: 'ip route get SERVICE_ADDRESS; ip route get POD_ADDRESS',
      },
      { why: 'What passes the overlay device.', command: 'tcpdump -nn -i flannel.1 -w overlay.pcap host POD_ADDRESS' },
      {
        why: 'Is there a rule that masquerades it, and does its counter move?',
        command: 'iptables -t nat -vnL POSTROUTING; iptables -t nat -vnL KUBE-POSTROUTING',
      },
    ],
  },
  'lost-between-captures': {
    says: 'The same packet is seen at one tap and not at the next one on its way, although that tap was running and unfiltered for it.',
    physics:
      'A packet is recognised by what no router changes: inner addresses and ports, TCP sequence numbers, ICMP id and sequence, DNS id. An ingress tap sees packets before netfilter and the reverse-path filter, so missing there means lost on the wire or in the network between. Seen on the way in and missing on the way out of the same node means that this node dropped it: by a route, a rule, the reverse-path filter, or because forwarding is off.',
    innocent:
      'Windows that do not overlap, filters that would hide the packet, and captures whose date is not known prove nothing, so nothing is said. The receiving tap must show comparable packets. The clocks of both nodes are compared by packets that they share, and the edges of the window are left out.',
    next: [
      {
        why: 'Both uplinks at the same time, without a filter on ports.',
        command: 'tcpdump -nn -i any -w $(hostname).pcap host PEER',
      },
      {
        why: 'Why the kernel of the receiving node dropped it: reverse-path filter, no route, forwarding.',
        command: 'nstat -az | grep -E "ReversePath|IpInDiscards|IpOutNoRoutes|IpForwDatagrams"',
      },
      {
        why: 'The way through netfilter, rule by rule; remove the rule afterwards.',
        command: 'iptables -t raw -I PREROUTING -s SOURCE -d DESTINATION -j TRACE; xtables-monitor --trace',
      },
    ],
  },
  'tcp-retransmission': {
    says: 'Data segments (not SYNs) are sent again and again, more than loss on a healthy path explains.',
    physics:
      'Linux sends a segment again when its acknowledgement does not come within the retransmission time-out, 200 ms at the earliest, and doubles the time with each try. One lost segment is ordinary. The same segment four times, or repeats that make more than 5 % of a flow, say that its size, its content or the way back is the trouble: an MTU that is too small (large-packets-lost), a wrong checksum that the receiver drops, a full queue, a flow that conntrack forgot.',
    innocent:
      'Keep-alives and window probes (no byte or one), fast retransmissions of a busy flow, and copies that a capture shows twice within microseconds are not counted. SYNs belong to unreplied-syn.',
    next: [
      {
        why: 'Does the size decide? Compare a small ping with a full one that must not be fragmented.',
        command: 'ping -M do -s 100 PEER; ping -M do -s 1422 PEER',
      },
      { why: 'Drops and errors of the devices on the way.', command: 'ip -s -s link' },
      {
        why: 'Both ends at the same time; 128 bytes of each packet are enough.',
        command: 'tcpdump -nn -i any -s 128 -w $(hostname).pcap host PEER',
      },
    ],
  },
  'large-packets-lost': {
    says: 'Small segments of a connection are acknowledged; segments above some size never are.',
    physics:
      'An envelope adds bytes: 50 for VXLAN over IPv4, 20 for IPIP, 60 or more for WireGuard. If the pod\'s MTU plus the envelope is more than the path carries, a router should send "fragmentation needed" (IPv6: "packet too big") and the sender should learn. When that message is filtered, or cannot find its way back through the tunnel, the sender repeats the large segment for ever while the handshake and short requests work. TLS hangs after the client hello, kubectl logs stop halfway.',
    innocent:
      'A sender that got the ICMP message and continues with smaller segments is path MTU discovery at work. Segments larger than the MTU in a capture on the sending node are segmentation offload: the card cuts them later. Where a segment as large was acknowledged before, the peer is gone and the size is not to blame.',
    next: [
      {
        why: 'The MTU of every device on the way, on both nodes.',
        command: 'ip -o link | grep -oE "^[0-9]+: [^:]+|mtu [0-9]+" | paste - -',
      },
      {
        why: 'The largest size that passes; 28 bytes of headers come on top. Vary the size.',
        command: 'ping -M do -s 1372 POD_ADDRESS',
      },
      {
        why: 'Whether somebody says that packets are too big, and where that gets lost.',
        command: "tcpdump -nn -i any -w mtu.pcap '(icmp[0] = 3 and icmp[1] = 4) or (icmp6 and ip6[40] = 2)'",
      },
    ],
  },
  'icmp-error': {
    says: 'A router or host says that it could not deliver a packet: unreachable, prohibited, fragmentation needed, time exceeded. It is tied to the flow whose packet it quotes.',
    physics:
      'An ICMP error quotes the first bytes of the packet that failed, so it tells exactly which flow and, by its sender, where. "Host unreachable" from a node itself means that nobody answered ARP for the next hop. "Network unreachable" is a missing route. "Administratively prohibited" and most "port unreachable" answers to TCP come from a REJECT rule. "Time exceeded" for ordinary traffic is a routing loop.',
    innocent:
      'For information only: what traceroute provokes (time exceeded; port unreachable for UDP 33434 and up), a resolver that closed its port before a late answer came, and "fragmentation needed", which is how path MTU discovery works as long as the message gets through. A single time-exceeded message is no loop.',
    next: [
      {
        why: 'The route that the sender of the error would take. Run it there.',
        command: 'ip route get DESTINATION; ip neigh show NEXT_HOP',
      },
      { why: 'REJECT rules with their counters.', command: 'iptables-save -c | grep REJECT' },
      { why: 'All ICMP errors, with the packets that they quote.', command: "tcpdump -nn -v -i any 'icmp or icmp6'" },
    ],
  },
  'connection-reset': {
    says: 'RST in answer to a SYN (refused), or in the middle of a connection.',
    physics:
      'RST in answer to SYN means that the packet arrived and was answered: nothing listens at that port, or a rule rejects with tcp-reset. So the path works in both directions. RST in mid-stream comes from a process that closed with unread data, from a load balancer whose entry timed out, or from a kernel that knows no such connection, for example because conntrack lost or misjudged it and address translation was not undone.',
    innocent:
      "For information only: a server that accepts other connections in the same bundle (starting up, full backlog), the kubelet's probes of pods on its own node, knocking from outside the cluster, a single try. Health checks that close by RST after the whole answer are normal.",
    next: [
      {
        why: 'Does anything listen there, and on which address? In the network namespace of the server.',
        command: 'ss -lntp',
      },
      {
        why: 'Does the service point to that port?',
        command: 'kubectl -n NAMESPACE get service,endpoints SERVICE -o yaml',
      },
      {
        why: 'Who sends the RST? The hop limit of the RST against that of the SYN-ACKs tells.',
        command: "tcpdump -nn -v -i any -w reset.pcap 'tcp[tcpflags] & (tcp-syn|tcp-rst) != 0'",
      },
    ],
  },
  'martian-source': {
    says: 'The kernel logged a martian source or a reverse-path drop.',
    physics:
      'The reverse-path filter looks the source of an arriving packet up in the routing table. Strict (1) drops it when the way back is another interface, loose (2) only when there is no way back at all; but on a device without an IPv4 address loose drops like strict. What counts is the greater of net.ipv4.conf.all.rp_filter and the interface\'s own value. "martian source A from B, on dev D" means: destination A, source B, came in on D. Lines are written only with log_martians on, and at a limited rate.',
    innocent:
      'Sources that belong to nobody in the cluster (wrongly configured neighbours on the LAN, DHCP noise) are for information only.',
    next: [
      {
        why: 'Where does this node expect the source? Compare the device with that of the log line.',
        command: 'ip route get SOURCE',
      },
      {
        why: 'The settings in force: the greater of all and the interface counts.',
        command: "sysctl -a | grep -E '\\.(rp_filter|log_martians) '",
      },
      { why: 'Drops that were not logged.', command: 'nstat -az TcpExtIPReversePathFilter' },
    ],
  },
  'rule-drop': {
    says: 'A LOG or TRACE line, or a counter, shows a named rule that drops or rejects the flow.',
    physics:
      'Netfilter counts packets for each rule and for each policy of a built-in chain. A LOG rule in front of a DROP writes the packet to the kernel log, and TRACE writes every rule that the packet meets, so its last line is the verdict. So a LOG line is read together with the rules that follow its LOG rule; where these are not in the bundle, the words of its prefix ([UFW BLOCK], FINAL_REJECT) stand in, and the finding is likely at most. Log lines are limited in rate, and counters tell how many but not which packets.',
    innocent:
      'A LOG line alone is not a drop: the rule after it decides, and an audit prefix such as [UFW AUDIT] accompanies packets that pass. Broadcast, multicast and discovery are left out. For information only: packets that are invalid, above a rate, or late (FIN, RST), strangers at a firewall of a host, and what a later attempt got through. Counters of catch-all drops grow by broadcast and scans in any network; they count only where a rule takes a conversation that got no answer.',
    next: [
      {
        why: 'All rules with counters. Take it twice, a minute apart, while the traffic fails.',
        command: 'iptables-save -c > rules-$(date +%s).txt',
      },
      { why: 'The lines that LOG rules wrote.', command: 'dmesg -T | grep -E "IN=.* OUT="' },
      {
        why: 'The whole way of one flow; remove the rule afterwards.',
        command: 'iptables -t raw -I PREROUTING -s SOURCE -d DESTINATION -j TRACE',
      },
    ],
  },
  'bad-checksum': {
    says: "A checksum is wrong at a tap where the sender's offload cannot explain it.",
    physics:
      "With transmit offload the kernel leaves the checksum to the network card, so a capture on the sender shows a wrong one. At the receiver's tap there is no such excuse: its kernel drops the packet without a log line, and only counters grow. Some kernels and drivers get this wrong for UDP inside VXLAN, typically for packets that were DNATed or marked for masquerading on the way.",
    innocent:
      "The sender's own tap proves nothing. Neither does a flow that was answered, nor a capture in which every frame has a bad checksum: that is a virtual link, where the checksum stays with the offload from end to end. Unless the receiver's own counters or log say that it dropped such packets. Frames that the receiver merged (larger than its MTU) and cut frames are left out.",
    next: [
      {
        why: "Checksums at the receiver's uplink.",
        command: 'tcpdump -nn -vv -i UPLINK udp port 8472 | grep -E "bad (udp )?cksum|incorrect"',
      },
      { why: 'The counters of packets dropped for it, on the receiver.', command: 'nstat -az | grep -i csum' },
      {
        why: 'The offloads of the devices on the sender.',
        command: 'ethtool -k flannel.1 | grep -E "checksum|segmentation"',
      },
    ],
  },
};
