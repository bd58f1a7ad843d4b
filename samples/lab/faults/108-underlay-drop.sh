# Nothing is wrong on any node: what is between them drops the tunnel's UDP port and lets everything else pass.

variant_a() { FLAVOUR=calico-vxlan NODES="az1-cp az1-w az2-w" LAN=10.180.0 PODS=10.244 UPLINK=ens5 LAYOUT=calico; }
# Only the sender was captured.
variant_b() { FLAVOUR=flannel-vxlan NODES="kb-0 kb-1 kb-2" LAN=192.168.3 PODS=10.42 SVC=10.43 UPLINK=eth0 LAYOUT=rancher CONFIDENCE=likely; }
inject() {
  on switch nft -f - <<RULES
table bridge acl {
  chain forward {
    type filter hook forward priority 0;
    ip saddr ${ADDRESS[$A]} ip daddr ${ADDRESS[$B]} udp dport ${PORT[$B]} drop
    ip saddr ${ADDRESS[$B]} ip daddr ${ADDRESS[$A]} udp dport ${PORT[$A]} drop
  }
}
RULES
}
taps() { tap "$A" "$UPLINK" pcap; ! a || tap "$B" "$UPLINK" nano; }
tries() {
  complaint "pod to pod" client curl -sSm 5 "http://$WEB/"
  complaint "pod to service" client curl -sSm 5 "http://$WEB_SERVICE/"
  control "node to node" "$A" "${SMALL[@]}" keepalive "${ADDRESS[$B]}" 10250 5.5
  control "ping node to node" "$A" ping -nc 3 -i 0.3 "${ADDRESS[$B]}"
  control "another node's pod to it" coredns curl -sfm 3 "http://$WEB/"
  control "pod to another node" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
findings() {
  fault "The network between $A (${ADDRESS[$A]}) and $B (${ADDRESS[$B]}) drops UDP ${PORT[$B]}: the tunnel's packets leave $A and do not arrive at $B. TCP and ping between the two, and the tunnel to the third node, work; the configuration is right on both."
  culprits "$A" "$B" "${ADDRESS[$A]}" "${ADDRESS[$B]}"
  a || to_collect tcpdump "$B"
  silent $WEB $CLIENT $WEB_SERVICE
  ! a || lost $WEB $CLIENT "$(tapped $A $UPLINK)"
}
remedy() { repair_as "ask those who run the network to let UDP ${PORT[$B]} pass between ${ADDRESS[$A]} and ${ADDRESS[$B]}, both ways" switch nft delete table bridge acl; }
