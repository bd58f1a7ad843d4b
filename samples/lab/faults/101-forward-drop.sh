# The FORWARD chain of the server's node lets nothing through to its pods: Docker has set the policy to DROP, and flannel is too old to
# add rules of its own; or the rules file of iptables-services rejects everything before the chains of Kubernetes are asked.

variant_a() {
  FLAVOUR=flannel-host-gw NODES="edge-0 edge-1 edge-2" LAN=172.21.9 PODS=10.200 SVC=10.201 UPLINK=eno1 LAYOUT=folder IPTABLES=iptables-legacy PACK=tar.xz
}
# The rules of the server's node are missing; its ICMP errors tell.
variant_b() {
  FLAVOUR=canal NODES="prod-master prod-node-a prod-node-b" LAN=192.168.122 FIRST_HOST=30 UPLINK=ens3 LAYOUT=sos CONFIDENCE=likely
  LACKS=("sosreport-prod-node-b*/sos_commands/firewall_tables/*" "sosreport-prod-node-b*/sos_commands/conntrack/*")
}
inject() {
  if a; then
    local node
    for node in $NODES; do
      on "$node" $IPTABLES -D FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
      on "$node" $IPTABLES -F FLANNEL-FWD
      on "$node" $IPTABLES -X FLANNEL-FWD
    done
    docker "$B"
    on "$B" $IPTABLES -P FORWARD DROP
  else
    # After cali-FORWARD, which Felix keeps at the top.
    on "$B" $IPTABLES -I FORWARD 2 -j REJECT --reject-with icmp-host-prohibited
  fi
}
taps() {
  tap "$A" "$UPLINK" pcapng
  ! a || tap "$B" "$UPLINK" nano
}
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "node to its own pod" "$B" curl -sfm 3 "http://$WEB/"
  control "pod to a pod of the control plane" client "${SMALL[@]}" ask "$DNS_POD" web.default.svc.cluster.local
}
findings() {
  if a; then
    fault "The policy of FORWARD on $B is DROP (Docker's doing) and no rule there accepts the packets of pods: what comes for $WEB arrives by $UPLINK and is dropped."
    culprits "$B" FORWARD
    silent $WEB $CLIENT $WEB_SERVICE
  else
    fault "A rule in FORWARD on $B rejects what Calico has not accepted yet, so $WEB cannot be reached from other nodes: $B answers with ICMP host prohibited."
    culprits "$B"
    to_collect iptables
    icmp_error $WEB $CLIENT 3 10
  fi
}
remedy() {
  if a; then repair "$B" "iptables -P FORWARD ACCEPT"; else repair "$B" "iptables -D FORWARD -j REJECT --reject-with icmp-host-prohibited"; fi
}
