# Two nodes have one address for the others: an annotation that was copied from a node to the next, or a machine that was cloned
# with its static address.

variant_a() { FLAVOUR=flannel-vxlan NODES="copy-m copy-1 copy-2" LAN=192.168.66 PODS=10.244 UPLINK=eth0 LAYOUT=folder; }
# Real: two machines answer for it. Seen from the control plane alone.
variant_b() { FLAVOUR=calico-bgp NODES="twin-cp twin-1 twin-2" LAN=10.9.8 PODS=10.160 UPLINK=ens3 LAYOUT=paste CONFIDENCE=proven COLLECT="twin-cp"; LACKS=(CP:nstat CP:conntrack); }
before() { if a; then ANNOUNCED[$B]=${ADDRESS[$A]}; else ADDRESS[$B]=${ADDRESS[$A]} ANNOUNCED[$B]=${ADDRESS[$A]}; fi; }
inject() {
  # Of the two, the control plane knows the first one; the other one's answer to an ARP request comes later.
  a || on "$CP" ip neigh replace "${ADDRESS[$A]}" lladdr "$(nic_mac "$A")" dev "$UPLINK" nud permanent
}
taps() { if a; then tap "$CP" "$UPLINK" pcap; tap "$A" "$UPLINK" nano; else tap "$CP" "$UPLINK" pcapng; fi; }
tries() {
  complaint "pod to pod" coredns curl -sSm 3.6 "http://$WEB/"
  complaint "node to the pod" "$CP" curl -sSm 3.6 "http://$WEB/"
  control "pod to the other one's pod" coredns ping -nc 2 -i 0.3 "$CLIENT"
  a || { on "$CP" ping -nc 1 -W 1 "${ADDRESS[$A]}" >/dev/null || true; on "$CP" python3 -c "$ARP_PROBE" "$UPLINK" "${ADDRESS[$CP]}" "${ADDRESS[$A]}"; }
}
# An ARP request as the kernel sends it: both machines answer.
ARP_PROBE='
import socket, sys
device, mine, wanted = sys.argv[1:]
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
s.bind((device, 0))
mac = s.getsockname()[4]
s.send(b"\xff" * 6 + mac + b"\x08\x06" + b"\x00\x01\x08\x00\x06\x04\x00\x01" + mac + socket.inet_aton(mine) + b"\0" * 6 + socket.inet_aton(wanted))
'
findings() {
  if a; then
    fault "$A and $B both announce ${ADDRESS[$A]} (flannel's public-ip annotation): the tunnel packets for the pods of $B go to $A, which drops them. $B really is ${ADDRESS[$B]}."
    culprits "$A" "$B" "${ADDRESS[$A]}"
    symptom vxlan-wrong-outer-dst critical "${ADDRESS[$A]}"
    everywhere "vxlan && ip.dst == ${ADDRESS[$A]} && ip.dst == $WEB"
    silent $WEB "${TUNNEL[$CP]}"
  else
    fault "$A and $B both have the address ${ADDRESS[$A]}: two machines answer its ARP requests, and the packets for the pods of $B go to $A."
    culprits "$A" "$B" "${ADDRESS[$A]}"
    [ "$(tshark_fields "$OUT/$(tapped $CP $UPLINK)" "arp.opcode == 2 && arp.src.proto_ipv4 == ${ADDRESS[$A]}" arp.src.hw_mac | sort -u | wc -l)" = 2 ] || die "not two answers"
    silent $WEB "$DNS_POD"
    # The other twin's own block is not that one: it asks for the next hop, which is itself.
    icmp_error $WEB "$DNS_POD" 3 1
  fi
}
remedy() {
  if a; then
    repair_as "kubectl annotate node $B --overwrite flannel.alpha.coreos.com/public-ip=${ADDRESS[$B]}" "$CP" bridge fdb replace "${MAC[$B]}" dev $OVERLAY dst "${ADDRESS[$B]}" self permanent
    on "$A" bridge fdb replace "${MAC[$B]}" dev $OVERLAY dst "${ADDRESS[$B]}" self permanent
  else
    repair "$B" "ip addr del ${ADDRESS[$A]}/24 dev $UPLINK && ip addr add $LAN.99/24 brd + dev $UPLINK && ip route replace default via $GATEWAY dev $UPLINK"
    # What BIRD does when it has its session again.
    on "$B" ip route replace "${SUBNET[$CP]}" via "${ADDRESS[$CP]}" dev "$UPLINK" proto bird
    ADDRESS[$B]=$LAN.99 ANNOUNCED[$B]=$LAN.99
    peer "$CP" "$B"
  fi
}
