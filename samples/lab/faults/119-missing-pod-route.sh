# The client's node has no route of its own to the block of the server's node, so its packets go to the default gateway; or to a
# blackhole for the whole pod network that an administrator added so that they do not.

variant_a() { FLAVOUR=calico-bgp NODES="mr-1 mr-2 mr-3" LAN=10.8.80 PODS=10.233 SVC=10.232 UPLINK=ens192 LAYOUT=calico; }
variant_b() { FLAVOUR=flannel-host-gw NODES="hg-m hg-x hg-y" LAN=172.16.44 PODS=10.5 SVC=10.6 UPLINK=eth0 LAYOUT=paste CONFIDENCE=likely COLLECT="hg-x" COMPLAINTS=complaint.txt; LACKS=(A:nstat A:conntrack); }
inject() {
  on "$A" ip route del "${SUBNET[$B]}"
  a || on "$A" ip route add blackhole "$PODS.0.0/16"
}
taps() { if a; then tap "$A" "$UPLINK" pcap; tap "$B" "$UPLINK" pcap; fi; }
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "another node's pod to it" coredns curl -sfm 3 "http://$WEB/"
  control "pod to another node" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
findings() {
  fault "$A has no route to ${SUBNET[$B]}, the pods of $B: packets for $WEB $(a && echo "go to the default gateway" || echo "end in the blackhole route for $PODS.0.0/16"). Other nodes reach it."
  culprits "$A" "${SUBNET[$B]}"
  if a; then silent $WEB $CLIENT $WEB_SERVICE; else to_collect tcpdump "$A"; told_silent $WEB; fi
}
# Not "proto bird": BIRD takes away what bears its mark and is not its own.
remedy() { repair "$A" "ip route replace ${SUBNET[$B]} via ${ADDRESS[$B]} dev $UPLINK"; }
