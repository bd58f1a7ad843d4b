# A route that ends in nothing takes the packets for another node's pods: Calico's own block that has moved away, or an administrator's
# "unreachable" that was meant for another network.

variant_a() { FLAVOUR=calico-bgp NODES="bh-cp bh-w1 bh-w2" LAN=10.140.2 PODS=10.100 SVC=10.101 UPLINK=ens3 LAYOUT=folder; }
variant_b() { FLAVOUR=flannel-vxlan NODES="sle-m sle-a sle-b" LAN=192.168.130 UPLINK=eth0 LAYOUT=supportconfig CONFIDENCE=likely COLLECT="sle-a" COMPLAINTS=transcript.txt; }
inject() {
  if a; then on "$A" ip route replace blackhole "${SUBNET[$B]}" proto bird; on "$A" ip route del "${SUBNET[$B]}" via "${ADDRESS[$B]}" 2>/dev/null || true
  else on "$A" ip route add unreachable "${SUBNET[$B]%.*}.0/25"; fi
}
taps() { ! a || { tap "$A" "${POD_VETH[client]}" pcap; tap "$A" "$UPLINK" pcapng; }; }
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "another node's pod to it" coredns curl -sfm 3 "http://$WEB/"
  control "pod to another node" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
findings() {
  if a; then
    fault "$A has a blackhole route for ${SUBNET[$B]}, which is the block of $B: packets for $WEB end there. Other nodes reach it."
    culprits "$A" "${SUBNET[$B]}"
    silent $WEB $CLIENT $WEB_SERVICE
  else
    fault "$A has an unreachable route for ${SUBNET[$B]%.*}.0/25, longer than flannel's for ${SUBNET[$B]}: it rejects packets for $WEB. Other nodes reach it."
    culprits "$A" "${SUBNET[$B]%.*}.0/25"
    to_collect tcpdump "$A"
  fi
}
remedy() {
  if a; then repair "$A" "ip route replace ${SUBNET[$B]} via ${ADDRESS[$B]} dev $UPLINK proto bird"
    ! on "$A" ip route show type blackhole | grep -q "${SUBNET[$B]}" || repair "$A" "ip route del blackhole ${SUBNET[$B]}"
  else repair "$A" "ip route del unreachable ${SUBNET[$B]%.*}.0/25"; fi
}
