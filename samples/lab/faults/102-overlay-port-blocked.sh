# The server's node has a firewall of its own that does not know of flannel's port: the tunnel's packets arrive and go no further.

PORTS="22/tcp 6443/tcp 10250/tcp 80/tcp"
variant_a() { FLAVOUR=canal NODES="k8s-cp k8s-01 k8s-02" LAN=10.88.4 PODS=10.42 SVC=10.43 UPLINK=eth0 LAYOUT=dump PACK=tar.zst; }
# No capture and no rules of the server's node, but what ufw says of itself.
variant_b() {
  FLAVOUR=flannel-vxlan NODES="ubuntu-a ubuntu-b ubuntu-c" LAN=192.168.8 FIRST_HOST=100 UPLINK=enp1s0 LAYOUT=paste PACK=zip CONFIDENCE=likely
  LACKS=(B:rules B:conntrack B:nstat B:sysctl A:nstat)
}
inject() {
  if a; then firewall_services "$B" 22 10250; else ufw "$B" $PORTS; fi
}
taps() {
  tap "$A" "$UPLINK" pcap
  ! a || tap "$B" any sll2
}
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "node to node" "$A" "${SMALL[@]}" keepalive "${ADDRESS[$B]}" 10250 0.4
  control "ping node to node" "$A" ping -nc 2 -i 0.2 "${ADDRESS[$B]}"
  control "pod to another node's pod" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
extra() { a || save "$(place "$B" ufw.txt)" ufw_status $PORTS; }
findings() {
  if a; then
    fault "The firewall of $B rejects the tunnel's packets (UDP ${PORT[$B]}) with ICMP host prohibited, in INPUT: no pod of $B reaches another node's, nor they it. SSH, kubelet and ping work."
    culprits "$B" "${ADDRESS[$B]}"
    icmp_error "${ADDRESS[$B]}" "${ADDRESS[$A]}" 3 10
  else
    fault "ufw on $B denies incoming packets and has no rule for UDP ${PORT[$B]}: the tunnel's packets from $A are dropped. SSH, kubelet and ping work."
    culprits "$B" "${ADDRESS[$B]}"
    to_collect iptables-save "$B"
  fi
  silent $WEB $CLIENT $WEB_SERVICE
}
remedy() {
  if a; then
    repair "$B" "iptables -I INPUT 1 -p udp -m udp --dport ${PORT[$B]} -s $LAN.0/24 -j ACCEPT"
  else
    repair_as "ufw allow ${PORT[$B]}/udp" "$B" iptables -A ufw-user-input -p udp -m udp --dport "${PORT[$B]}" -j ACCEPT
  fi
}
