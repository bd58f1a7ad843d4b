# The client's node keeps an entry for the server's node from before it was rebuilt: the old address in the FDB, where another machine
# lives by now; or the old MAC in the neighbour table, so that the frames arrive for nobody.

variant_a() { FLAVOUR=flannel-vxlan NODES="srv-a srv-b srv-c" LAN=10.130.1 PODS=10.32 UPLINK=ens5 LAYOUT=folder; }
# Nothing of the server's node, and no annotation: whether the entry is right nobody can tell.
variant_b() { FLAVOUR=canal NODES="p-cp p-w1 p-w2" LAN=172.20.20 PODS=10.42 SVC=10.43 UPLINK=eth0 LAYOUT=paste STATE=suspected CONFIDENCE="" COLLECT="p-w1"; }
inject() {
  local old=$LAN.45
  if a; then
    host printer
    plug printer eth0
    on printer ip addr add "$old/24" dev eth0
    on printer $IPTABLES -P INPUT DROP
    on "$A" bridge fdb replace "${MAC[$B]}" dev $OVERLAY dst "$old" self permanent
  else
    OLD_MAC=$(tunnel_mac "before the rebuild")
    on "$A" ip neigh replace "${TUNNEL[$B]}" lladdr "$OLD_MAC" dev $OVERLAY nud permanent
    on "$A" bridge fdb append "$OLD_MAC" dev $OVERLAY dst "${ADDRESS[$B]}" self permanent
    on "$A" bridge fdb del "${MAC[$B]}" dev $OVERLAY dst "${ADDRESS[$B]}" self permanent
  fi
}
taps() { tap "$A" "$UPLINK" pcap; ! a || tap "$B" "$UPLINK" nano; }
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "another node's pod to it" coredns curl -sfm 3 "http://$WEB/"
  control "pod to another node" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
findings() {
  if a; then
    fault "$A sends the tunnel's packets for $B to $LAN.45, an address that $B no longer has: its FDB entry for ${MAC[$B]} is stale. Another node reaches $WEB."
    culprits "$A" "$LAN.45"
    symptom vxlan-wrong-outer-dst critical "$LAN.45"
    everywhere "vxlan && ip.dst == $LAN.45"
  else
    fault "$A has the MAC $OLD_MAC for ${TUNNEL[$B]}, but the VTEP of $B is ${MAC[$B]}: what arrives there is for nobody. Another node reaches $WEB."
    culprits "$A" "$OLD_MAC"
    to_collect "ip -d link" "$B"
  fi
  silent $WEB $CLIENT $WEB_SERVICE
}
remedy() {
  if a; then repair "$A" "bridge fdb replace ${MAC[$B]} dev $OVERLAY dst ${ADDRESS[$B]} self permanent"
  else
    repair "$A" "ip neigh replace ${TUNNEL[$B]} lladdr ${MAC[$B]} dev $OVERLAY nud permanent"
    repair "$A" "bridge fdb replace ${MAC[$B]} dev $OVERLAY dst ${ADDRESS[$B]} self permanent"
  fi
}
