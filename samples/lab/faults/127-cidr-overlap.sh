# Two networks share addresses, so some destinations are taken for others: the pod network contains the office's servers, whose
# answers cannot come back to a pod; or docker0 has the network in which the office's database is.

variant_a() { FLAVOUR=flannel-host-gw NODES="ovl-1 ovl-2 ovl-3" LAN=192.168.20 PODS=10.20 SVC=10.21 UPLINK=eth0 LAYOUT=folder OUTSIDE=10.20.200.5 OUTSIDE_HOP=10.20.200.1; }
# Without rules: addresses and routes of the client's node alone.
variant_b() {
  FLAVOUR=flannel-vxlan NODES="dk-1 dk-2 dk-3" LAN=10.50.7 PODS=10.244 UPLINK=ens160 LAYOUT=paste CONFIDENCE=likely OUTSIDE=172.17.40.5 OUTSIDE_HOP=172.17.40.1 COLLECT="dk-2" COMPLAINTS=complaint.txt
  LACKS=(A:rules A:nstat A:conntrack)
}
inject() {
  local node
  if a; then for node in $NODES; do on "$node" ip route add 10.20.200.0/24 via "$LAN.1" dev "$UPLINK"; done
  else docker "$A"; docker_container "$A"; fi
}
taps() { ! a || tap "$A" "$UPLINK" pcap; }
tries() {
  complaint "pod to the office's server" client curl -sSm 3.6 "http://$OUTSIDE/"
  control "pod to pod" client curl -sfm 3 "http://$WEB/"
  if a; then control "node to the office's server" "$A" curl -sfm 3 "http://$OUTSIDE/"
  else
    complaint "node to the office's server" "$A" curl -sSm 5 "http://$OUTSIDE/"
    control "another node to the office's server" "$B" curl -sfm 3 "http://$OUTSIDE/"
  fi
}
findings() {
  if a; then
    fault "The pod network $PODS.0.0/16 contains the office's 10.20.200.0/24 (which the nodes reach by $LAN.1), so flannel does not masquerade what pods send to $OUTSIDE, and its answers have no way back. Nodes reach it."
    culprits "$PODS.0.0/16" 10.20.200.0/24
    symptom unsnatted-source critical $CLIENT $OUTSIDE
    everywhere "ip.src == $CLIENT && ip.dst == $OUTSIDE"
    silent $OUTSIDE $CLIENT
  else
    fault "docker0 of $A has 172.17.0.0/16, in which the office's $OUTSIDE is: what $A and its pods send there ends on docker0. Another node without Docker reaches it."
    culprits 172.17.0.0/16 docker0 "$A"
    to_collect tcpdump
  fi
}
remedy() {
  if a; then repair "$A" "iptables -t nat -I POSTROUTING 1 -s $PODS.0.0/16 -d 10.20.200.0/24 -j MASQUERADE"
  else repair "$A" "ip route add $OUTSIDE/32 via $LAN.1"; fi
}
