# Two nodes have the same pod subnet: a node was registered again by hand, or etcd was restored from a backup. The others' packets for
# it all go to one of the two.

variant_a() { FLAVOUR=flannel-vxlan NODES="dup-m dup-1 dup-2" LAN=10.33.3 PODS=10.244 UPLINK=eth0 LAYOUT=folder; }
# Only the node that asks, and the node objects.
variant_b() { FLAVOUR=flannel-host-gw NODES="back-0 back-1 back-2" LAN=192.168.48 PODS=10.42 SVC=10.43 UPLINK=ens192 LAYOUT=paste CONFIDENCE=proven COLLECT="back-0"; LACKS=(CP:nstat CP:conntrack); }
before() { SUBNET[$B]=${SUBNET[$A]} TUNNEL[$B]=${TUNNEL[$A]} WEB=$(address_in "${SUBNET[$A]}" 9) SERVICES[2]="default/web:http,tcp,$WEB_SERVICE,80:$NODE_PORT,$(address_in "${SUBNET[$A]}" 9):80"; }
# The first one that came keeps the route of the others.
peers() {
  local other
  for other in $NODES; do [ "$other" = "$1" ] || [ "$1$other" = "$A$B" ] || [ "$1$other" = "$B$A" ] || [ "$other" = "$B" ] || peer "$1" "$other"; done
}
inject() { :; }
# kubectl get nodes -o wide has no podCIDR.
pod_cidrs() { at kubectl.txt "$CP" "~"; pasted "kubectl get nodes -o custom-columns=NAME:.metadata.name,PODCIDR:.spec.podCIDR" < <({ row NAME PODCIDR; sort "$RUN/k8s/nodes" | cut -f1,3; } | table); }
extra() { a || pod_cidrs; }
taps() { if a; then tap "$CP" "$UPLINK" pcap; tap "$A" "$UPLINK" nano; else tap "$CP" "$UPLINK" pcap; fi; }
tries() {
  complaint "pod to pod" coredns curl -sSm 5 "http://$WEB/"
  complaint "pod to service" coredns curl -sSm 5 "http://$WEB_SERVICE/"
  control "node to its own pod" "$B" curl -sfm 3 "http://$WEB/"
  control "pod to the other one's pod" coredns ping -nc 2 -i 0.3 "$CLIENT"
}
findings() {
  fault "$A and $B have the same pod subnet ${SUBNET[$A]}: $CP sends what is for $WEB, a pod of $B, to $A, where nobody has that address and $A answers with ICMP host unreachable."
  culprits "$A" "$B" "${SUBNET[$A]}"
  icmp_error $WEB "$DNS_POD" 3 1
  # It comes after three seconds without an ARP answer; until then the client tries again.
  silent $WEB "$DNS_POD" $WEB_SERVICE
  a || return 0
  symptom vxlan-wrong-outer-dst critical "${ADDRESS[$A]}"
  everywhere "vxlan && ip.dst == ${ADDRESS[$A]} && ip.dst == $WEB"
}
remedy() {
  local new=$PODS.7.0/24
  # A new subnet for the second one: its bridge and pods come anew.
  repair_as "kubectl drain $B --ignore-daemonsets --delete-emptydir-data && kubectl delete node $B" "$B" true
  SUBNET[$B]=$new TUNNEL[$B]=${new%/*} WEB=$(address_in $new 9)
  repair_as "rm -rf /var/lib/cni/networks /run/flannel/subnet.env && ip link delete cni0; systemctl restart kubelet" "$B" ip link delete cni0
  ! [ -n "$OVERLAY" ] || { on "$B" ip addr flush dev $OVERLAY; on "$B" ip addr add "${TUNNEL[$B]}/32" dev $OVERLAY; }
  pod_on_bridge "$B" web2 "$WEB/24"
  serve web2 http 80
  peer "$CP" "$B"
  peer "$B" "$CP"
  flannel_rules "$B" "$PODS.0.0/16" "$new" 2>/dev/null || true
  SERVICES[2]="default/web:http,tcp,$WEB_SERVICE,80:$NODE_PORT,$WEB:80"
  on "$CP" bash -c "for t in filter nat; do $IPTABLES-save -t \$t | grep -v KUBE >$RUN/kept; $IPTABLES-restore -T \$t <$RUN/kept; done"
  kubeproxy "$CP" "$PODS.0.0/16" "${SERVICES[@]}"
}
