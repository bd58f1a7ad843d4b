# The CNI picked the wrong interface: the hypervisor's NAT interface, which has 10.0.2.15 on every machine and carries the default
# route; or docker0, which is 172.17.0.1 everywhere.

variant_a() { FLAVOUR=flannel-vxlan NODES="vagrant-1 vagrant-2 vagrant-3" LAN=192.168.56 FIRST_HOST=21 PODS=10.244 UPLINK=enp0s8 LAYOUT=folder; }
# No log of flannel's, and no capture.
variant_b() { FLAVOUR=canal NODES="box-m box-a box-b" LAN=10.11.12 PODS=10.42 SVC=10.43 UPLINK=eth1 LAYOUT=sos COMPLAINTS=transcript.txt; }
before() {
  local node
  for node in $NODES; do if a; then ANNOUNCED[$node]=10.0.2.15; else ANNOUNCED[$node]=172.17.0.1; fi; done
}
# As small_cluster makes it, with the device that flanneld made of the address it took.
vxlan_device() {
  local parent=docker0
  if a; then
    parent=enp0s3
    host "nat-$1"
    cable "$1" enp0s3 "nat-$1" lan0 "08:00:27:$(steady_hex "nat $1" 6 | sed 's/../&:/g; s/:$//')"
    on "nat-$1" ip addr add 10.0.2.2/24 dev lan0
    on "$1" ip addr add 10.0.2.15/24 brd + dev enp0s3
    on "$1" ip route replace default via 10.0.2.2 dev enp0s3 proto dhcp src 10.0.2.15 metric 100
    on "$1" ip route del default via "$GATEWAY"
  else
    docker "$1"
    docker_container "$1"
  fi
  on "$1" ip link add $OVERLAY address "${MAC[$1]}" mtu 1450 type vxlan id "${VNI[$1]}" local "${ANNOUNCED[$1]}" dev $parent dstport "${PORT[$1]}" nolearning noudpcsum
  no_offload "$1" $OVERLAY
  on "$1" ip addr add "${TUNNEL[$1]}/32" dev $OVERLAY
  on "$1" ip link set $OVERLAY up
}
inject() { :; }
taps() { ! a || { tap "$A" cni0 pcap; tap "$A" $OVERLAY nano; }; }
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "node to node" "$A" "${SMALL[@]}" keepalive "${ADDRESS[$B]}" 10250 0.5
  control "ping node to node" "$A" ping -nc 2 -i 0.2 "${ADDRESS[$B]}"
  control "node to its own pod" "$B" curl -sfm 3 "http://$WEB/"
}
extra() {
  local node
  for node in $COLLECT; do ! a || save "kubectl/$(agent_pod "$node").log" log "$node"; done
}
log() {
  local other n=0 s=$((CLOCK - 3 * 86400))
  flannel_log_start $s "$1" enp0s3 10.0.2.15 "$PODS.0.0/16" "${SUBNET[$1]}"
  for other in $NODES; do [ "$other" = "$1" ] || flannel_log_lease $((s + 2)).$((310044 + n * 911)) $((n++)) "${SUBNET[$other]}" "${ANNOUNCED[$other]}" "${MAC[$other]}"; done
}
findings() {
  if a; then
    fault "flannel took enp0s3, the hypervisor's NAT interface, whose address is 10.0.2.15 on every node, while the nodes reach each other by $UPLINK ($LAN.0/24): every tunnel packet is for the sender itself, and goes round until its time to live has run out."
    culprits 10.0.2.15 enp0s3 $UPLINK
    icmp_error $WEB $CLIENT 11 0
  else
    fault "flannel took docker0, whose address is 172.17.0.1 on every node, while the nodes reach each other by $UPLINK ($LAN.0/24): every tunnel packet is for the sender itself."
    culprits 172.17.0.1 docker0 $UPLINK
    # The transcript says only that it could not connect: time exceeded, too.
    symptom unreplied-syn warning $WEB $CLIENT
    lines "$(cd "$OUT" && echo sosreport-"$A"-*/sos_commands/conntrack/conntrack_-L_-o_extended)" "SYN_SENT src=$CLIENT "
  fi
}
remedy() {
  local node other
  for node in $NODES; do
    ANNOUNCED[$node]=${ADDRESS[$node]}
    repair_as "kubectl -n $(agent_namespace) set env daemonset/$(agent) -c kube-flannel FLANNELD_IFACE_REGEX='^(${ADDRESS[$CP]}|${ADDRESS[$A]}|${ADDRESS[$B]})$'" "$node" ip link del $OVERLAY
  done
  EXPECTED=$(jq '.remedy |= .[:1]' <<<"$EXPECTED")
  for node in $NODES; do
    on "$node" ip link add $OVERLAY address "${MAC[$node]}" mtu 1450 type vxlan id "${VNI[$node]}" local "${ADDRESS[$node]}" dev "$UPLINK" dstport "${PORT[$node]}" nolearning noudpcsum
    on "$node" ip addr add "${TUNNEL[$node]}/32" dev $OVERLAY
    on "$node" ip link set $OVERLAY up
    peers "$node"
  done
}
