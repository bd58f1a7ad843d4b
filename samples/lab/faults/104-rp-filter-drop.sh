# Packets come in by one network card, the route back is another one's, and the reverse-path filter is strict. Somebody moved the route
# to the client's pods to a faster network on one of the nodes only; or the default route goes to another gateway than the one that
# brings what comes from outside.

variant_a() {
  FLAVOUR=flannel-host-gw NODES="hv-00 hv-01 hv-02" LAN=192.168.77 PODS=10.60 SVC=10.61 UPLINK=eno1 LAYOUT=folder LOGS_MARTIANS=1
}
variant_b() {
  FLAVOUR=calico-bgp NODES="c7-m c7-w1 c7-w2" LAN=10.99.0 PODS=10.120 UPLINK=ens192 LAYOUT=supportconfig CONFIDENCE=likely COLLECT="c7-w2" COMPLAINTS=transcript.txt
}
FAST=10.77.77
inject() {
  local node
  SWITCH=fast
  switch fast
  for node in $A $B; do second_uplink "$node" "$FAST.${ADDRESS[$node]##*.}/24" "${UPLINK}f1"; done
  host gateway2
  plug gateway2 lan0
  on gateway2 ip addr add $FAST.1/24 dev lan0
  SWITCH=switch
  for node in $NODES; do on "$node" sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=1 net.ipv4.conf.$UPLINK.rp_filter=1; done
  if a; then
    on "$B" ip route replace "${SUBNET[$A]}" via "$FAST.${ADDRESS[$A]##*.}" dev "${UPLINK}f1"
    on "$B" sysctl -qw net.ipv4.conf.all.log_martians=1
  else
    on "$B" ip route replace default via $FAST.1 dev "${UPLINK}f1" proto static
  fi
}
taps() { ! a || { tap "$A" "$UPLINK" pcap; tap "$B" "$UPLINK" pcapng; }; }
tries() {
  if a; then
    complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
    complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
    control "pod to the node" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
    control "control plane's pod to it" coredns curl -sfm 3 "http://$WEB/"
  else
    complaint "the office to the NodePort" hop2 curl -sSm 3.6 "http://${ADDRESS[$B]}:$NODE_PORT/"
    control "the office to another node's NodePort" hop2 curl -sfm 3 "http://${ADDRESS[$A]}:$NODE_PORT/"
    control "pod to pod" client curl -sfm 3 "http://$WEB/"
  fi
}
extra() {
  a || return 0
  dmesg | awk -v from="$(cat "$RUN/kernel_log_from")" -v net="${SUBNET[$A]%.*}." '{ time = $0; gsub(/^\[ *|\].*/, "", time) } time + 0.02 < from { next }
    index($0, "martian source") && index($0, "from " net) { print; header = 1; next } header && /ll header/ { print } { header = 0 }' >"$RUN/martians"
  grep -q martian "$RUN/martians" || die "no martians"
  save "$(place "$B" dmesg.txt)" dmesg_ctime <"$RUN/martians"
}
findings() {
  if a; then
    fault "$B receives the packets of $A's pods by $UPLINK, but has its route back to ${SUBNET[$A]} on ${UPLINK}f1, and its reverse-path filter is strict (1): it drops them as martians."
    culprits "$B" "$UPLINK"
    silent $WEB $CLIENT $WEB_SERVICE
    symptom martian-source critical $CLIENT $WEB
    lines "$(place "$B" dmesg.txt)" "martian source $(pattern $WEB) from $(pattern $CLIENT)"
  else
    fault "$B receives NodePort requests by $UPLINK, but its default route is ${UPLINK}f1's, and its reverse-path filter is strict (1): it drops what comes from outside its networks. The NodePort of $A works."
    culprits "$B" "$UPLINK"
    to_collect tcpdump "$B"
    symptom unreplied-syn critical "${ADDRESS[$B]}"
    lines transcript.txt "curl"
  fi
}
remedy() {
  if a; then repair "$B" "ip route replace ${SUBNET[$A]} via ${ADDRESS[$A]} dev $UPLINK"; else repair "$B" "ip route replace default via $GATEWAY dev $UPLINK"; fi
}
