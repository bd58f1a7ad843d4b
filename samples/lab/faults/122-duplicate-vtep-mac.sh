# Two nodes were cloned, machine-id and all, so their VTEPs have one MAC: each takes the other's frames for its own come back, and drops them.

variant_a() { FLAVOUR=flannel-vxlan NODES="clone-0 clone-1 clone-2" LAN=192.168.180 PODS=10.244 UPLINK=ens18 LAYOUT=folder; }
# Only annotations of the nodes, and one side's capture.
variant_b() { FLAVOUR=calico-vxlan NODES="tpl-a tpl-b tpl-c" LAN=10.39.0 PODS=10.210 SVC=10.211 UPLINK=eth0 LAYOUT=folder CONFIDENCE=likely; LACKS=("B:*" A:conntrack A:nstat); }
before() { MAC[$B]=${MAC[$A]} KNOWN_MAC[$B]=${MAC[$A]}; }
inject() { :; }
taps() { tap "$A" "$UPLINK" pcap; ! a || tap "$B" "$UPLINK" pcapng; }
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "node to node" "$A" "${SMALL[@]}" keepalive "${ADDRESS[$B]}" 10250 0.5
  # The control plane's entry for that MAC is the last one that it learned.
  control "control plane's pod to it" coredns curl -sfm 3 "http://$WEB/"
}
findings() {
  fault "The VTEPs of $A and $B have the same MAC ${MAC[$A]}: $B drops the frames of $A, because their source is its own address."
  culprits "$A" "$B" "${MAC[$A]}"
  a || to_collect "ip -d link" "$B"
  silent $WEB $CLIENT $WEB_SERVICE
}
remedy() {
  local node new
  # Of its tunnel address.
  new=$(printf '0a:58:%02x:%02x:%02x:%02x' ${TUNNEL[$B]//./ })
  repair "$B" "ip link set dev $OVERLAY address $new"
  # A new address makes the device forget its neighbours, which its agent knows.
  peers "$B"
  # The agent of each other node learns it by the annotation.
  for node in $CP $A; do
    on "$node" ip neigh replace "${TUNNEL[$B]}" lladdr "$new" dev $OVERLAY nud permanent
    on "$node" bridge fdb append "$new" dev $OVERLAY dst "${ADDRESS[$B]}" self permanent
  done
  on "$CP" bridge fdb replace "${MAC[$A]}" dev $OVERLAY dst "${ADDRESS[$A]}" self permanent
  on "$A" bridge fdb del "${MAC[$B]}" dev $OVERLAY dst "${ADDRESS[$B]}" self
}
peer() {
  # Two entries for one MAC: the last one wins, as flanneld replaces.
  on "$1" ip neigh replace "${TUNNEL[$2]}" lladdr "${KNOWN_MAC[$2]}" dev $OVERLAY nud permanent
  on "$1" bridge fdb replace "${KNOWN_MAC[$2]}" dev $OVERLAY dst "${ANNOUNCED[$2]}" self permanent
  on "$1" ip route replace "${SUBNET[$2]}" via "${TUNNEL[$2]}" dev $OVERLAY onlink
}
