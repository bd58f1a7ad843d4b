# A pod's packets to the world leave with the pod's own address, which nobody outside can answer: somebody flushed POSTROUTING on
# its node, or the pool says natOutgoing: false in a network that does not route pods.

variant_a() {
  FLAVOUR=flannel-vxlan NODES="m01 n01 n02" LAN=10.1.17 UPLINK=bond0 LAYOUT=rancher PACK=tar.gz COLLECT="m01 n01"
}
# One side only: no rules and no sets, but the pool.
variant_b() {
  FLAVOUR=calico-bgp NODES="knode-a knode-b knode-c" LAN=172.30.2 PODS=10.233 SVC=10.234 UPLINK=ens160 LAYOUT=folder POOL_NAT=false CONFIDENCE=likely
  LACKS=(A:rules A:ipset A:conntrack A:nstat "B:*" kubectl:endpoints)
}
inject() {
  local node
  if a; then on "$A" $IPTABLES -t nat -D POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
  else for node in $NODES; do on "$node" ipset flush cali40masq-ipam-pools; done; fi
}
taps() { if a; then tap "$A" "$UPLINK" pcap; else tap "$A" "$UPLINK" txt -e; fi; }
tries() {
  complaint "pod to outside" client curl -sSm 3.6 "http://$OUTSIDE/"
  complaint "ping outside" client ping -nc 3 -W 1 "$OUTSIDE"
  control "node to outside" "$A" curl -sfm 3 "http://$OUTSIDE/"
  control "pod to pod" client curl -sfm 3 "http://$WEB/"
  control "pod to service" client curl -sfm 3 "http://$WEB_SERVICE/"
}
findings() {
  a && fault "On $A the jump to FLANNEL-POSTRTG is missing from POSTROUTING, so the packets of its pods to the world leave with the source $CLIENT and are never answered. $A itself reaches $OUTSIDE, and pod to pod works." ||
    fault "The pool $PODS.0.0/16 has natOutgoing: false, so the packets of pods to the world leave with the source $CLIENT, and nobody out there has a route to it. Nodes reach $OUTSIDE, and pod to pod works."
  if a; then culprits "$A" "$CLIENT"; else culprits "$PODS.0.0/16" "$CLIENT"; fi
  symptom unsnatted-source critical $CLIENT $OUTSIDE
  everywhere "ip.src == $CLIENT && ip.dst == $OUTSIDE && !vxlan" "$(pattern $CLIENT)(\.[0-9]+)? > $(pattern $OUTSIDE)"
  symptom unreplied-syn warning $OUTSIDE $CLIENT
  everywhere "$SYN && ip.src == $CLIENT && ip.dst == $OUTSIDE" "$(pattern $CLIENT)\.[0-9]+ > $(pattern $OUTSIDE)\.80: Flags \[S\]"
  symptom unreplied-icmp warning $OUTSIDE $CLIENT
  everywhere "icmp.type == 8 && ip.src == $CLIENT && ip.dst == $OUTSIDE" "$(pattern $CLIENT) > $(pattern $OUTSIDE): ICMP echo request"
}
remedy() {
  local node
  if a; then
    repair "$A" 'iptables -t nat -A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG'
  else
    repair_as "calicoctl patch ippool default-ipv4-ippool --patch '{\"spec\":{\"natOutgoing\":true}}'" "$A" true
    # What holds until Felix has done it.
    repair "$A" "iptables -t nat -A POSTROUTING -s $PODS.0.0/16 ! -d $PODS.0.0/16 -j MASQUERADE"
  fi
}
