# Forwarding is off on the node of the web pod: the kernel takes the packets out of the tunnel, or off the wire, and drops
# them, because they are not for itself. The node itself reaches its pods and everybody else.

variant_a() {
  FLAVOUR=flannel-vxlan NODES="kube-m1 kube-w1 kube-w2" LAN=192.168.56 UPLINK=enp0s8 LAYOUT=folder
}
# No captures of the server's node, and none of its files but sysctl.
variant_b() {
  FLAVOUR=calico-bgp NODES="ctl0 wrk0 wrk1" LAN=10.20.30 PODS=10.112 SVC=10.111 UPLINK=ens192 LAYOUT=paste PACK=zip CONFIDENCE=likely
  LACKS=(A:conntrack A:nstat B:addr B:link B:route B:rule B:neigh B:rules B:ipset B:nstat B:conntrack)
}
inject() {
  # The switch for everything, or that of the one device that the packets come in by.
  if a; then on "$B" sysctl -qw net.ipv4.ip_forward=0; else on "$B" sysctl -qw net.ipv4.conf.ens192.forwarding=0; fi
}

taps() {
  tap "$A" "$UPLINK" pcap
  ! a || tap "$B" "$UPLINK" pcapng
}
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "node to its own pod" "$B" curl -sfm 3 "http://$WEB/"
  control "pod to a pod of the control plane" client "${SMALL[@]}" ask "$DNS_POD" web.default.svc.cluster.local
  control "pod to the node" client "${SMALL[@]}" keepalive "${ADDRESS[$B]}" 10250 0.2
}
findings() {
  fault "Forwarding is off on $B ($(a && echo net.ipv4.ip_forward || echo "net.ipv4.conf.$UPLINK.forwarding") = 0): packets for its pod $WEB arrive and are dropped. $B itself reaches its pod."
  culprits "$B"
  silent $WEB $CLIENT $WEB_SERVICE
}
remedy() {
  if a; then repair "$B" "sysctl -w net.ipv4.ip_forward=1"; else repair "$B" "sysctl -w net.ipv4.conf.$UPLINK.forwarding=1"; fi
}
