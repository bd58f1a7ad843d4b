# The address that is announced for the server's node is not its own any more: DHCP gave it another one.

variant_a() { FLAVOUR=flannel-vxlan NODES="dhcp-1 dhcp-2 dhcp-3" LAN=192.168.1 FIRST_HOST=150 PODS=10.42 SVC=10.43 UPLINK=enp2s0 LAYOUT=folder; }
# BGP's address is the wrong one, and no capture of it.
variant_b() { FLAVOUR=calico-bgp NODES="moved-a moved-b moved-c" LAN=10.44.44 PODS=10.180 UPLINK=eth0 LAYOUT=dump CONFIDENCE=likely COMPLAINTS=complaint.txt; LACKS=(A:nstat A:conntrack B:nstat B:conntrack); }
before() { OLD=$LAN.$((FIRST_HOST + 61)); ANNOUNCED[$B]=$OLD; }
inject() { sed -i -E "s/^($B\t)[0-9.]+/\1$OLD/" "$RUN/k8s/nodes"; }
taps() { ! a || { tap "$A" "$UPLINK" pcap; tap "$A" cni0 nano; }; }
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "node to node" "$A" "${SMALL[@]}" keepalive "${ADDRESS[$B]}" 10250 0.5
  control "pod to another node" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
findings() {
  fault "$B is announced as $OLD, but its $UPLINK has ${ADDRESS[$B]}: packets for its pods wait for an ARP answer that never comes."
  culprits "$B" "$OLD"
  if a; then
    # Nothing leaves but ARP requests.
    silent $WEB $CLIENT $WEB_SERVICE
    present "$(tapped $A $UPLINK)" "arp.opcode == 1 && arp.dst.proto_ipv4 == $OLD"
  else
    to_collect tcpdump "$A"
  fi
}
remedy() {
  local node
  repair_as "kubectl annotate node $B --overwrite $(a && echo "flannel.alpha.coreos.com/public-ip=${ADDRESS[$B]}" || echo "projectcalico.org/IPv4Address=${ADDRESS[$B]}/24")" "$A" true
  ANNOUNCED[$B]=${ADDRESS[$B]}
  for node in $CP $A; do
    ! a || on "$node" bridge fdb del "${MAC[$B]}" dev $OVERLAY dst "$OLD" self
    peer "$node" "$B"
  done
}
