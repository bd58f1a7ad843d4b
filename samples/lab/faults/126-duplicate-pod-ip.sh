# Two live pods have one address: host-local's files were lost (a tmpfs, a cleaned disk), or a block's allocations were released while
# the pod lived on. Who asks gets the wrong one, here one without the port.

variant_a() { FLAVOUR=flannel-vxlan NODES="ipam-0 ipam-1 ipam-2" LAN=10.61.6 PODS=10.244 UPLINK=eth0 LAYOUT=folder; }
variant_b() { FLAVOUR=calico-bgp NODES="leak-cp leak-a leak-b" LAN=172.27.1 PODS=10.150 UPLINK=ens3 LAYOUT=dump CONFIDENCE=likely; LACKS=("B:*" A:nstat A:conntrack); }
before() {
  # The other one is on the same bridge, or on the client's own node.
  if a; then OTHER=$B; else OTHER=$A; fi
  MORE_PODS=("$OTHER batch $WEB default")
}
inject() {
  local mac=be:17:5a:90:c3:4d
  if a; then
    on batch ip link set eth0 address $mac
    on "$B" ip neigh replace "$WEB" lladdr $mac dev cni0 nud permanent
  fi
  serve batch tcp 9000
}
taps() { if a; then tap "$A" "$UPLINK" pcap; tap "$B" cni0 nano; else tap "$A" "${POD_VETH[client]}" pcap; fi; }
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "pod to another pod" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
findings() {
  fault "The pods $(pod_name web) on $B and $(pod_name batch) on $OTHER both have $WEB: what the client sends there gets to the second one, which refuses port 80."
  culprits "$WEB" "$(pod_name web)" "$(pod_name batch)"
  symptom connection-reset warning $WEB $CLIENT
  everywhere "tcp.flags.reset == 1 && ip.src == $WEB && ip.dst == $CLIENT"
}
remedy() {
  if a; then repair_as "kubectl -n default delete pod $(pod_name batch)" "$B" ip neigh del "$WEB" dev cni0
    on batch ip link set eth0 down
  else repair_as "kubectl -n default delete pod $(pod_name batch)" "$A" ip link del "${POD_VETH[batch]}"; fi
}
