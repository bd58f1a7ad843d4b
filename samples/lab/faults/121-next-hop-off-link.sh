# host-gw needs all nodes on one network, but the server's node is behind a router: the route's next hop is on no network of the client's node.

variant_a() { FLAVOUR=flannel-host-gw NODES="rack1-m rack1-n rack2-n" LAN=10.1.10 PODS=10.244 UPLINK=eth0 LAYOUT=folder; }
# Only the client's node: its routes, a transcript, and flannel's log.
variant_b() { FLAVOUR=flannel-host-gw NODES="east-1 east-2 west-1" LAN=172.31.16 PODS=10.42 SVC=10.43 UPLINK=ens5 LAYOUT=paste CONFIDENCE=likely COLLECT="east-2" COMPLAINTS=complaint.txt; LACKS=(A:nstat A:conntrack); }
far() { if a; then echo 10.1.20; else echo 172.31.32; fi; }
before() {
  ADDRESS[$B]=$(far).$((FIRST_HOST + 2))
  ANNOUNCED[$B]=${ADDRESS[$B]}
}
# The far node is on a switch of its own, behind the same gateway.
small_node_far() {
  local near=$GATEWAY
  SWITCH=far
  switch far
  plug gateway lan1
  on gateway ip addr add "$(far).1/24" dev lan1
  GATEWAY=$(far).1
  small_node "$B"
  GATEWAY=$near SWITCH=switch
}
peer() {
  local onlink=
  [ "$1" != "$B" ] && [ "$2" != "$B" ] || onlink=onlink
  # As an administrator put it after flanneld's own "network is unreachable".
  on "$1" ip route replace "${SUBNET[$2]}" via "${ANNOUNCED[$2]}" dev "$UPLINK" $onlink
}
inject() { :; }
taps() { ! a || { tap "$A" "$UPLINK" pcap; tap "$A" cni0 nano; }; }
tries() {
  complaint "pod to pod" client curl -sSm 6 "http://$WEB/"
  complaint "ping to the pod" client ping -nc 3 -W 1 "$WEB"
  control "node to node" "$A" ping -nc 2 -i 0.2 "${ADDRESS[$B]}"
  control "node to the far kubelet" "$A" "${SMALL[@]}" keepalive "${ADDRESS[$B]}" 10250 0.5
  control "pod to another node" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
findings() {
  fault "The route of $A to ${SUBNET[$B]} has the next hop ${ADDRESS[$B]} on $UPLINK, but $UPLINK is in $LAN.0/24 and ${ADDRESS[$B]} behind the router: nobody answers its ARP requests. Node to node works by the router."
  culprits "$A" "${ADDRESS[$B]}" "${SUBNET[$B]}"
  if a; then
    icmp_error $WEB $CLIENT 3 1
    # It comes after three seconds without an ARP answer; until then the client tries again.
    silent $WEB $CLIENT
    unanswered_ping $WEB $CLIENT
  else
    symptom icmp-error warning $WEB
    lines complaint.txt "Destination Host Unreachable"
  fi
}
remedy() {
  repair "$A" "ip route replace ${SUBNET[$B]} via $LAN.1 dev $UPLINK"
  repair "$B" "ip route replace ${SUBNET[$A]} via $(far).1 dev $UPLINK"
  repair gateway "ip route add ${SUBNET[$B]} via ${ADDRESS[$B]} && ip route add ${SUBNET[$A]} via ${ADDRESS[$A]}"
}
