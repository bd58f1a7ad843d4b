# The BGP session between the two workers is down (another AS number, a wrong password), so neither has the other's routes.

variant_a() { FLAVOUR=calico-bgp NODES="bgp-cp bgp-w1 bgp-w2" LAN=10.118.0 PODS=10.244 UPLINK=ens3 LAYOUT=folder; }
# One side's status, and neither routes nor capture of the other.
variant_b() { FLAVOUR=calico-bgp NODES="peer-0 peer-1 peer-2" LAN=172.26.30 PODS=10.192 SVC=10.193 UPLINK=eth0 LAYOUT=paste CONFIDENCE=proven COLLECT="peer-1"; LACKS=(A:route A:nstat A:conntrack); }
inject() { on "$A" ip route del "${SUBNET[$B]}"; on "$B" ip route del "${SUBNET[$A]}"; }
taps() { tap "$A" "$UPLINK" pcap; }
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "another node's pod to it" coredns curl -sfm 3 "http://$WEB/"
  control "node to node" "$A" "${SMALL[@]}" keepalive "${ADDRESS[$B]}" 10250 0.5
}
status() {
  local line='+---------------+-------------------+-------+----------+--------------------------------+'
  printf 'Calico process is running.\n\nIPv4 BGP status\n%s\n| PEER ADDRESS  |     PEER TYPE     | STATE |  SINCE   |              INFO              |\n%s\n' "$line" "$line"
  printf '| %-13s | node-to-node mesh | up    | %s | %-30s |\n' "${ADDRESS[$CP]}" "$(date -u -d "@$((CLOCK - 72000))" +%H:%M:%S)" Established
  printf '| %-13s | node-to-node mesh | start | %s | %-30s |\n' "${ADDRESS[$B]}" "$(date -u -d "@$((CLOCK - 4100))" +%H:%M:%S)" "$1"
  printf '%s\n\nIPv6 BGP status\nNo IPv6 peers found.\n\n' "$line"
}
extra() {
  if a; then
    save "$A/calicoctl_node_status.txt" status "OpenSent Received: Bad peer AS"
    { calico_node_log_start $((CLOCK - 72000)) "$A" "$UPLINK" "${ADDRESS[$A]}/24" "${ADDRESS[$CP]}"
      for turn in 1 2 3; do echo "bird: Mesh_${ADDRESS[$B]//./_}: Error: Bad peer AS: 64601"; echo "bird: Mesh_${ADDRESS[$B]//./_}: State changed to start"; done; } >"$OUT/kubectl/$(agent_pod "$A").log"
  else
    at "$A.txt" "$A" "~"
    pasted "calicoctl node status" < <(status "Active Socket: Connection timed out" | sed 's/              INFO              /              INFO              /')
  fi
}
findings() {
  fault "$A's BGP session with $B (${ADDRESS[$B]}) is not established$(a && echo " (bad peer AS 64601)"), so it has no route to ${SUBNET[$B]}: packets for $WEB go to the default gateway."
  culprits "$A" "${ADDRESS[$B]}"
  silent $WEB $CLIENT $WEB_SERVICE
}
remedy() {
  if a; then repair_as "calicoctl patch node $B --patch '{\"spec\":{\"bgp\":{\"asNumber\":\"64512\"}}}'" "$A" true; fi
  # Until the session is up: what it would have brought. Nothing is known of -b's other end but its address.
  repair "$A" "ip route replace ${SUBNET[$B]} via ${ADDRESS[$B]} dev $UPLINK"
  repair "$B" "ip route replace ${SUBNET[$A]} via ${ADDRESS[$A]}$(a && echo " dev $UPLINK")"
}
