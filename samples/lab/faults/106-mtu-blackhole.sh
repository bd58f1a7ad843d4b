# A switch between the nodes carries less than the nodes believe, and a switch sends no ICMP: handshakes pass, full packets do not.

variant_a() { FLAVOUR=flannel-vxlan NODES="dc1-m dc1-a dc1-b" LAN=172.19.40 UPLINK=ens3 LAYOUT=folder; }
# The other side is missing; what is known comes from the client's node.
variant_b() {
  FLAVOUR=calico-bgp NODES="ix-0 ix-1 ix-2" LAN=10.2.3 PODS=10.222 SVC=10.223 UPLINK=enp4s0 LAYOUT=sos PACK=tar.xz CONFIDENCE=likely COLLECT="ix-1"
}
MTU=1400
inject() {
  local port
  serve_start web http 8080 big
  serving web 8080
  serve_start web tcp 9000
  serving web 9000
  port=$(port_of "$B" "$UPLINK")
  on switch ip link set "$port" mtu $MTU
  on switch ip link set br0 mtu 1500
}
taps() { tap "$A" "$UPLINK" pcap; ! a || tap "$B" "$UPLINK" pcapng; }
tries() {
  if a; then complaint "a big page from another node's pod" client curl -sSm 4 -o /dev/null "http://$WEB:8080/"
  else complaint "an upload to another node's pod" client "${SMALL[@]}" push "$WEB" 9000 6000; fi
  complaint "a big ping" "$A" ping -nc 3 -i 0.4 -W 1 -s 1460 "${ADDRESS[$B]}"
  control "a small page" client curl -sfm 3 "http://$WEB/"
  control "a small ping" "$A" ping -nc 3 -i 0.3 -s 1300 "${ADDRESS[$B]}"
}
findings() {
  local big
  fault "Between $A and $B packets of more than $MTU bytes vanish without an ICMP error, while both believe in 1500$(a && echo " (and in 1450 inside the tunnel)"): connections open, and hang with the first full segment."
  culprits "$A" "$B"
  symptom large-packets-lost critical $WEB $CLIENT
  if a; then everywhere "tcp.len > 1300 && ip.src == $WEB && ip.dst == $CLIENT"; else everywhere "tcp.len > 1300 && ip.src == $CLIENT && ip.dst == $WEB"; fi
  symptom tcp-retransmission warning $WEB $CLIENT
  if a; then everywhere "tcp.len > 1300 && ip.src == $WEB && ip.dst == $CLIENT"; else everywhere "tcp.len > 1300 && ip.src == $CLIENT && ip.dst == $WEB"; fi
  symptom unreplied-icmp critical "${ADDRESS[$B]}" "${ADDRESS[$A]}"
  everywhere "icmp.type == 8 && frame.len > 1480"
}
remedy() {
  local node
  for node in $A $B; do
    if a; then repair "$node" "ip link set dev $OVERLAY mtu $((MTU - 50))"; fi
    repair "$node" "ip link set dev $UPLINK mtu $MTU"
  done
}
