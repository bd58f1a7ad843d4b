# Nothing is wrong. Pods keep their addresses all the way: the pool has natOutgoing: false, and the router has routes to all blocks.

variant_a() { FLAVOUR=calico-bgp NODES="bare-1 bare-2 bare-3" LAN=10.3.0 PODS=10.111 SVC=10.110 UPLINK=bond0 LAYOUT=calico STATE=no-fault-found CONFIDENCE= POOL_NAT=false COLLECT="bare-1 bare-2 bare-3"; }
inject() {
  local node
  for node in $NODES; do
    on "$node" ipset flush cali40masq-ipam-pools
    on gateway ip route add "${SUBNET[$node]}" via "${ADDRESS[$node]}"
  done
  # Known out there as well.
  on gateway iptables-nft -w -t nat -F POSTROUTING
  on hop1 ip route add "$PODS.0.0/16" via 100.64.1.1 dev in0
}
taps() { tap "$A" "$UPLINK" pcap; tap "$B" "$UPLINK" pcap; }
tries() { everything_works; }
findings() {
  present "$(tapped $A $UPLINK)" "$SYN && ip.src == $CLIENT && ip.dst == $OUTSIDE"
  fault "Nothing is wrong: pods are routed natively, without SNAT by design, and everybody outside answers them." ""
  quiet
}
