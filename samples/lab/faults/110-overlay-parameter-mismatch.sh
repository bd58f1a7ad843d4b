# The nodes do not agree on the tunnel: another UDP port, whose packets nobody takes; or another VNI, which the kernel drops.

variant_a() { FLAVOUR=flannel-vxlan NODES="mix-1 mix-2 mix-3" LAN=192.168.210 PODS=10.244 UPLINK=ens33 LAYOUT=folder; }
# Without the link of the odd one.
variant_b() { FLAVOUR=flannel-vxlan NODES="lab-a lab-b lab-c" LAN=10.7.7 PODS=10.100 SVC=10.101 UPLINK=eth0 LAYOUT=dump CONFIDENCE=likely PACK=zip; LACKS=(B:link B:conntrack B:nstat); }
before() { if a; then PORT[$B]=4789; else VNI[$B]=4096; fi; }
inject() { :; }
taps() { tap "$A" "$UPLINK" pcap; tap "$B" "$UPLINK" nano; }
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  complaint "the other way" web "${SMALL[@]}" resolve "$DNS" web.default.svc.cluster.local
  control "node to node" "$A" "${SMALL[@]}" keepalive "${ADDRESS[$B]}" 10250 0.5
  control "pod to another node" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
findings() {
  if a; then
    fault "flannel.1 of $B uses UDP port 4789 and that of the others 8472: each answers the other's tunnel packets with ICMP port unreachable."
    culprits "$B" 4789 8472
    icmp_error "${ADDRESS[$B]}" "${ADDRESS[$A]}" 3 3
  else
    fault "flannel.1 of $B has VNI 4096 and that of the others 1: tunnel packets arrive and are for no device."
    culprits "$B" 4096
    to_collect "ip -d link" "$B"
  fi
  silent $WEB $CLIENT $WEB_SERVICE
  unanswered_dns $DNS_POD $WEB $DNS
}
remedy() {
  # -b has no list of pods.
  repair_as "$(a && echo "kubectl -n $(agent_namespace) delete pod $(agent_pod "$B")" || echo "kubectl delete pods -A -l app=flannel --field-selector spec.nodeName=$B")" "$B" true
  repair "$B" "ip link delete flannel.1"
  # What flanneld then makes of the configuration.
  PORT[$B]=8472 VNI[$B]=1
  vxlan_device "$B"
  peers "$B"
}
