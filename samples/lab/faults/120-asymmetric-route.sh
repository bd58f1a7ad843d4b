# The server's node answers by another network card than the request came in by, because of a policy rule or a route of its own; the
# firewall on that way has never seen the request and drops the answer.

variant_a() { FLAVOUR=calico-bgp NODES="as-cp as-w1 as-w2" LAN=10.14.0 PODS=10.188 SVC=10.189 UPLINK=ens192 LAYOUT=folder; }
# Without the second capture.
variant_b() { FLAVOUR=flannel-host-gw NODES="dual-a dual-b dual-c" LAN=192.168.70 PODS=10.29 SVC=10.30 UPLINK=eth0 LAYOUT=sos CONFIDENCE=likely; }
OTHER=10.250.0
inject() {
  local node
  SWITCH=other
  switch other
  second_uplink "$B" "$OTHER.${ADDRESS[$B]##*.}/24" "${UPLINK}b"
  host firewall
  plug firewall lan0
  on firewall ip addr add $OTHER.1/24 dev lan0
  on firewall sysctl -qw net.ipv4.ip_forward=1
  on firewall $IPTABLES -P FORWARD DROP
  SWITCH=switch
  for node in $NODES; do on "$node" sysctl -qw net.ipv4.conf.all.rp_filter=2; done
  if a; then
    on "$B" ip route add default via $OTHER.1 dev "${UPLINK}b" table 200
    on "$B" ip rule add from "$WEB" to "${SUBNET[$A]}" lookup 200 priority 2000
  else
    on "$B" ip route replace "${SUBNET[$A]}" via $OTHER.1 dev "${UPLINK}b"
  fi
}
taps() { tap "$A" "$UPLINK" pcap; tap "$B" "$UPLINK" pcapng; ! a || tap "$B" "${UPLINK}b" pcap; }
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "another node's pod to it" coredns curl -sfm 3 "http://$WEB/"
  control "pod to another node" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
findings() {
  if a; then
    fault "$B gets the requests for $WEB by $UPLINK and answers them by ${UPLINK}b, because of its policy rule 2000 and table 200; nothing of it comes back to $A."
    culprits "$B" "${UPLINK}b" "$UPLINK"
    symptom asymmetric-flow warning $WEB $CLIENT
    frames "$(tapped $B ${UPLINK}b)" "tcp.flags.syn == 1 && tcp.flags.ack == 1 && ip.src == $WEB"
    frames "$(tapped $B $UPLINK)" "$SYN && ip.dst == $WEB"
  else
    fault "$B gets the requests for $WEB by $UPLINK and answers them by ${UPLINK}b, because of its route to ${SUBNET[$A]}; nothing of it comes back to $A."
    culprits "$B" "${UPLINK}b" "${SUBNET[$A]}"
    to_collect tcpdump "$B"
  fi
  silent $WEB $CLIENT $WEB_SERVICE
}
remedy() {
  if a; then repair "$B" "ip rule del priority 2000"; else repair "$B" "ip route replace ${SUBNET[$A]} via ${ADDRESS[$A]} dev $UPLINK"; fi
}
