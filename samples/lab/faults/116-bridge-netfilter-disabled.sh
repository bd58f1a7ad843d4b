# Bridged packets bypass iptables on the server's node: a pod asks a service whose endpoint is on its own bridge, the answer goes from port
# to port with the endpoint's own address, and the client resets what it does not know.

variant_a() { FLAVOUR=flannel-vxlan NODES="bn-1 bn-2 bn-3" LAN=10.77.1 PODS=10.244 UPLINK=eth0 LAYOUT=folder COLLECT="bn-3"; }
# Without the sysctls; the capture shows it.
variant_b() { FLAVOUR=flannel-host-gw NODES="node01 node02 node03" LAN=192.168.5 FIRST_HOST=61 PODS=10.20 SVC=10.21 UPLINK=ens3 LAYOUT=paste CONFIDENCE=likely COLLECT="node03"; LACKS=(B:sysctl B:nstat B:conntrack); }
before() { NEIGHBOUR=$(address_in "${SUBNET[$B]}" 12) MORE_PODS=("$B tools $(address_in "${SUBNET[$B]}" 12) default"); }
inject() { on "$B" sysctl -qw net.bridge.bridge-nf-call-iptables=0; }
taps() { tap "$B" cni0 $(a && echo pcapng || echo pcap); }
tries() {
  complaint "pod to a service whose pod is its neighbour" tools curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "pod on another node to the service" client curl -sfm 3 "http://$WEB_SERVICE/"
  control "pod to its neighbour" tools curl -sfm 3 "http://$WEB/"
  control "pod to a service elsewhere" tools "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
findings() {
  fault "net.bridge.bridge-nf-call-iptables is 0 on $B: when the pod $NEIGHBOUR asks the service $WEB_SERVICE, whose endpoint $WEB is on the same bridge, the answer comes from $WEB itself and is reset. From other nodes the service works."
  culprits "$B" "$WEB_SERVICE"
  a || to_collect sysctl "$B"
  symptom unreplied-syn critical $WEB_SERVICE $NEIGHBOUR
  everywhere "$SYN && ip.src == $NEIGHBOUR && (ip.dst == $WEB_SERVICE or ip.dst == $WEB)"
  # The client's answer to the stranger's SYN-ACK.
  present "$(tapped $B cni0)" "tcp.flags.reset == 1 && ip.src == $NEIGHBOUR && ip.dst == $WEB"
}
remedy() { repair "$B" "sysctl -w net.bridge.bridge-nf-call-iptables=1"; }
