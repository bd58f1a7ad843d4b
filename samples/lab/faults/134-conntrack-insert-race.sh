# A resolver sends its A and its AAAA question at once from one port; both want an entry in connection tracking, and one of them
# loses the insert and is dropped. The resolver asks again after five seconds: DNS takes 5 s now and then.
#
# The race itself cannot be had on demand (and newer kernels settle it): the first AAAA question is dropped by a rule that is gone when the
# dumps are made, and the counters of conntrack -S are written. The packets, the five seconds and the answers are real.

variant_a() { FLAVOUR=flannel-vxlan NODES="race-0 race-1 race-2" LAN=10.132.0 PODS=10.244 UPLINK=eth0 LAYOUT=folder CONFIDENCE=proven; }
# No counters.
variant_b() { FLAVOUR=calico-bgp NODES="dns5-a dns5-b dns5-c" LAN=192.168.12 PODS=10.201 SVC=10.202 UPLINK=ens3 LAYOUT=folder CONFIDENCE=likely; LACKS=("B:*" A:nstat A:conntrack); }
inject() { :; }
taps() { tap "$A" "$(pod_port)" pcap; tap "$A" "$UPLINK" nano; }
pod_port() { if a; then echo cni0; else echo "${POD_VETH[client]}"; fi; }
tries() {
  local turn
  for turn in 1 2; do
    control "DNS before" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
    on "$A" nft -f - <<'RULES'
table inet race {
  chain prerouting {
    type filter hook prerouting priority -150;
    udp dport 53 @th,64,16 0xaaaa drop
  }
}
RULES
    (sleep 2; on "$A" nft delete table inet race) &
    control "DNS in five seconds" client "${SMALL[@]}" pair "$DNS" web.default.svc.cluster.local
    wait $!
  done
}
extra() {
  ! a || save "$A/conntrack_-S.txt" counters
}
counters() { on "$A" conntrack -S | awk -v turns="31 24" 'BEGIN { split(turns, n) } { c = n[NR] + 0; sub(/insert_failed=[0-9]+/, "insert_failed=" c); sub(/ drop=[0-9]+/, " drop=" c); print }'; }
findings() {
  fault "Of the two questions (A and AAAA) that $CLIENT sends to $DNS at once from one port, $A drops one now and then, because its entry in connection tracking cannot be inserted$(a && echo " (insert_failed in conntrack -S)"); the resolver asks again after 5 s and is answered."
  culprits "$A" "$CLIENT" "$DNS"
  a || to_collect "conntrack -S" "$A"
  symptom unreplied-udp warning "$DNS" "$CLIENT"
  # The pair: the AAAA question that is lost, and the A question that is repeated with it. A tap behind the drop shows the one only when it is asked again.
  frames "$(tapped "$A" "$(pod_port)")" "dns.flags.response == 0 && (dns.id == 0xaaaa || dns.id == 0x1a2b)"
}
