# The server's node was replaced and has another address; the client's node still has the old one as the next hop of its route to that
# node's pods, and nobody answers for it. Other nodes have the new one.

variant_a() { FLAVOUR=flannel-host-gw NODES="fra-k1 fra-k2 fra-k3" LAN=172.22.8 PODS=10.66 SVC=10.67 UPLINK=ens18 LAYOUT=folder; }
# A ticket: kubectl's lists, the client's node and the try that failed; nothing of the server's node.
variant_b() { FLAVOUR=calico-bgp NODES="ams-1 ams-2 ams-3" LAN=10.40.6 PODS=10.233 SVC=10.234 UPLINK=eth0 LAYOUT=paste CONFIDENCE=likely COLLECT="ams-2" COMPLAINTS=complaint.txt; LACKS=(A:nstat A:conntrack); }
before() { OLD=${ADDRESS[$B]} ADDRESS[$B]=$LAN.47 ANNOUNCED[$B]=$LAN.47; }
inject() { on "$A" ip route replace "${SUBNET[$B]}" via "$OLD" dev "$UPLINK" $(a || echo proto bird); }
taps() { ! a || { tap "$A" "$UPLINK" pcap; tap "$A" cni0 nano; }; }
tries() {
  complaint "pod to pod" client curl -sSm 6 "http://$WEB/"
  complaint "ping to the pod" client ping -nc 3 -W 1 "$WEB"
  control "node to node" "$A" ping -nc 2 -i 0.2 "${ADDRESS[$B]}"
  control "another node's pod to it" coredns curl -sfm 3 "http://$WEB/"
  control "pod to another node" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
findings() {
  fault "The route of $A to ${SUBNET[$B]}, the pods of $B, has the next hop $OLD, which $B no longer has: it is ${ADDRESS[$B]}. Nobody answers for $OLD on $UPLINK. Another node reaches $WEB."
  culprits "$A" "$OLD" "${SUBNET[$B]}"
  if a; then
    icmp_error $WEB $CLIENT 3 1
    # It comes after three seconds without an ARP answer; until then the client tries again.
    silent $WEB $CLIENT
    unanswered_ping $WEB $CLIENT
  else
    to_collect "ip addr" "$B"
    symptom icmp-error warning $WEB
    lines complaint.txt "Destination Host Unreachable"
  fi
}
# Not "proto bird": BIRD takes away what bears its mark and is not its own.
remedy() { repair "$A" "ip route replace ${SUBNET[$B]} via ${ADDRESS[$B]} dev $UPLINK"; }
