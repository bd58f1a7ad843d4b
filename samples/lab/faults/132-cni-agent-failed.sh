# The CNI's agent on the client's node does not come up, and says why: it cannot program the node. Routes to the others are missing there.

variant_a() { FLAVOUR=flannel-vxlan NODES="ag-0 ag-1 ag-2" LAN=10.27.27 PODS=10.244 UPLINK=eth0 LAYOUT=folder; }
# No log: the pod's state and what is missing.
variant_b() { FLAVOUR=flannel-host-gw NODES="down-m down-x down-y" LAN=192.168.37 PODS=10.42 SVC=10.43 UPLINK=ens3 LAYOUT=paste CONFIDENCE=likely COLLECT="down-x"; LACKS=(A:nstat A:conntrack); }
inject() {
  local node
  for node in $CP $B; do on "$A" ip route del "${SUBNET[$node]}"; done
  [ -z "$OVERLAY" ] || on "$A" ip link del $OVERLAY
  sed -i -E "s#^($(agent_namespace)\t$(agent_pod "$A")\t)1/1\tRunning\t0#\10/1\tCrashLoopBackOff\t41 (71s ago)#" "$RUN/k8s/pods"
}
taps() { tap "$A" "$UPLINK" pcap; }
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "DNS" client "${SMALL[@]}" resolve "$DNS" web.default.svc.cluster.local
  control "another node's pod to it" coredns curl -sfm 3 "http://$WEB/"
  control "node to node" "$A" "${SMALL[@]}" keepalive "${ADDRESS[$B]}" 10250 0.5
}
extra() {
  local s=$((CLOCK - 71))
  ! a || { flannel_log_start $s "$A" "$UPLINK" "${ADDRESS[$A]}" "$PODS.0.0/16" "${SUBNET[$A]}" | sed -n '1,13p'
    klog $((s + 1)).931470 E main.go:332 "Error registering network: failed to create vxlan device: operation not supported"
    klog $((s + 1)).931899 I main.go:520 "Stopping shutdownHandler..."; } >"$OUT/kubectl/$(agent_pod "$A").log"
}
findings() {
  fault "$(agent_pod "$A") does not come up on $A$(a && echo ": its kernel cannot create VXLAN devices"), so $A has no routes to the other nodes' pods, and its own pods' packets go to the default gateway."
  culprits "$A" "$(agent_pod "$A")"
  a || to_collect "kubectl logs" "$(agent_pod "$A")"
  silent $WEB $CLIENT
  unanswered_dns $DNS_POD $CLIENT $DNS
}
remedy() {
  local node
  if a; then repair_as "apt-get install linux-modules-extra-$K8S_KERNEL && modprobe vxlan" "$A" true
    vxlan_device "$A"
    peers "$A"
  else
    repair_as "kubectl -n $(agent_namespace) delete pod $(agent_pod "$A")" "$A" true
    for node in $B $CP; do repair "$A" "ip route replace ${SUBNET[$node]} via ${ADDRESS[$node]} dev $UPLINK"; done
  fi
}
