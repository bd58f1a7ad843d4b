# A service has no endpoint: its selector fits no pod, or its pod is not ready. kube-proxy rejects what goes there.

variant_a() { FLAVOUR=calico-bgp NODES="noep-1 noep-2 noep-3" LAN=10.203.0 PODS=10.128 UPLINK=ens3 LAYOUT=folder; }
# No rules, no captures: tables and a terminal.
variant_b() {
  FLAVOUR=flannel-vxlan NODES="kk-m kk-a kk-b" LAN=192.168.31 UPLINK=enp3s0 LAYOUT=paste CONFIDENCE=likely COLLECT="kk-a" COMPLAINTS=complaint.txt
  LACKS=(A:rules A:conntrack A:nstat)
}
before() { SERVICES[2]="default/web:http,tcp,$WEB_SERVICE,80:$NODE_PORT,"; }
inject() { a || sed -i -E "s#^(default\tweb-[^\t]+\t)1/1#\10/1#" "$RUN/k8s/pods"; }
taps() { ! a || tap "$A" "${POD_VETH[client]}" pcap; }
tries() {
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  complaint "once more" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "pod to pod" client curl -sfm 3 "http://$WEB/"
  control "DNS" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
findings() {
  fault "The service default/web ($WEB_SERVICE) has no $(a || echo "ready ")endpoint, so each node rejects its packets with ICMP port unreachable: connection refused. The pod $WEB itself answers."
  culprits "$WEB_SERVICE"
  if a; then
    icmp_error $WEB_SERVICE $CLIENT 3 3
  else
    to_collect iptables-save
  fi
}
remedy() {
  local node
  SERVICES[2]="default/web:http,tcp,$WEB_SERVICE,80:$NODE_PORT,$WEB:80"
  if a; then repair_as "kubectl -n default label pod $(pod_name web) --overwrite app=web" "$A" true
  else repair_as "kubectl -n default rollout restart deployment web" "$A" true; fi
  for node in $NODES; do
    on "$node" bash -c "for t in filter nat; do $IPTABLES-save -t \$t | grep -v KUBE >/tmp/ptlab-\$\$; $IPTABLES-restore -T \$t </tmp/ptlab-\$\$; rm /tmp/ptlab-\$\$; done"
    kubeproxy "$node" "$PODS.0.0/16" "${SERVICES[@]}"
  done
}
