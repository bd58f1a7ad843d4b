# The endpoint of the DNS service has changed. A resolver that keeps its port keeps the entry of connection tracking alive, and with it
# the translation to the pod that is gone.

RESOLVER_PORT=40117
variant_a() { FLAVOUR=flannel-vxlan NODES="ct-1 ct-2 ct-3" LAN=172.22.14 PODS=10.244 UPLINK=eth0 LAYOUT=folder; }
# Without the entries of connection tracking.
variant_b() { FLAVOUR=calico-bgp NODES="zed-0 zed-1 zed-2" LAN=10.66.2 PODS=10.190 SVC=10.191 UPLINK=ens3 LAYOUT=folder STATE=suspected CONFIDENCE=possible PACK=tar.bz2; LACKS=(A:conntrack A:nstat "B:*"); }
before() {
  GONE=$(address_in "${SUBNET[$CP]}" 33)
  SERVICES[1]="kube-system/kube-dns:dns,udp,$DNS,53,$GONE:53"
}
inject() {
  # One query with the old rules, while nothing but the rules says where the service is; then the new rules.
  on client "${SMALL[@]}" resolve "$DNS" web.default.svc.cluster.local $RESOLVER_PORT 2>/dev/null && die "the old endpoint answers"
  [ -n "$(on "$A" conntrack -L -p udp --orig-port-src $RESOLVER_PORT 2>/dev/null)" ] || die "no entry"
  SERVICES[1]="kube-system/kube-dns:dns,udp,$DNS,53,$DNS_POD:53"
  local node
  for node in $NODES; do
    on "$node" bash -c "for t in filter nat; do $IPTABLES-save -t \$t | grep -v KUBE >$RUN/kept; $IPTABLES-restore -T \$t <$RUN/kept; done"
    kubeproxy "$node" "$PODS.0.0/16" "${SERVICES[@]}"
  done
  sed -i "s/$(pattern "$GONE"):53/$DNS_POD:53/" "$RUN/k8s/services"
}
taps() { tap "$A" "$UPLINK" pcap; }
tries() {
  complaint "DNS from the port that it always had" client "${SMALL[@]}" resolve "$DNS" web.default.svc.cluster.local $RESOLVER_PORT
  control "DNS from another port" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
  control "DNS straight from the pod" client "${SMALL[@]}" ask "$DNS_POD" web.default.svc.cluster.local
  [ "$TRYING" = works ] || sleep 0.5
  control "DNS from another port" client "${SMALL[@]}" ask "$DNS" kubernetes.default.svc.cluster.local
}
findings() {
  fault "Connection tracking on $A still translates $CLIENT:$RESOLVER_PORT -> $DNS:53 to $GONE, an endpoint that is gone: these queries are never answered, while others of the same pod are translated to $DNS_POD and answered."
  culprits "$A" "$GONE"
  a || to_collect conntrack "$A"
  unanswered_dns $GONE $CLIENT $DNS
  # The node of the endpoint that is gone waits three seconds for an ARP answer; Calico's blackhole route says nothing.
  ! a || icmp_error $GONE $CLIENT 3 1
}
remedy() { repair "$A" "conntrack -D -p udp --orig-dst $DNS --dport 53 --reply-src $GONE"; }
