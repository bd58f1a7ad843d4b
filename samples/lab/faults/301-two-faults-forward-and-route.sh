# Two faults that have nothing to do with each other: FORWARD drops what comes for the pods of one node, and another node has lost its route to
# the control plane's pods.

variant_a() { FLAVOUR=flannel-vxlan NODES="two-cp two-a two-b" LAN=10.150.5 PODS=10.244 UPLINK=eth0 LAYOUT=folder COLLECT="two-cp two-a two-b"; }
inject() {
  on "$A" $IPTABLES -I FORWARD 1 -d "${SUBNET[$A]}" -m conntrack --ctstate NEW -j DROP
  on "$B" ip route del "${SUBNET[$CP]}"
  serve coredns tcp 9000
  serve client tcp 9000
}
taps() { tap "$CP" "$UPLINK" pcap; tap "$A" "$UPLINK" nano; tap "$B" "$UPLINK" pcapng; }
tries() {
  complaint "the control plane's pod to the first node's pod" coredns "${SMALL[@]}" keepalive "$CLIENT" 9000 0.3
  complaint "the second node's pod to the control plane's pod" web "${SMALL[@]}" keepalive "$DNS_POD" 9000 0.3
  control "the first node's pod to the second's" client curl -sfm 3 "http://$WEB/"
}
findings() {
  fault "Two faults: a rule in FORWARD of $A drops new connections to its pods (${SUBNET[$A]}), so nobody reaches $CLIENT; and $B has no route to ${SUBNET[$CP]}, so its pods' packets to $DNS_POD go to the default gateway." forward-drop
  culprits "$A" "${SUBNET[$A]}"
  EXPECTED=$(jq --arg b "$B" --arg net "${SUBNET[$CP]}" '.causes = [{code: .cause, subjects: .causeSubjects}, {code: "missing-pod-route", subjects: [$b, $net]}]' <<<"$EXPECTED")
  silent $CLIENT $DNS_POD
  silent $DNS_POD $WEB
  symptom rule-drop warning $CLIENT $DNS_POD "$A"
  lines "$A/iptables-save.txt" '^\[[1-9].*-A FORWARD -d .* --ctstate NEW -j DROP$'
}
remedy() {
  repair "$A" "iptables -D FORWARD -d ${SUBNET[$A]} -m conntrack --ctstate NEW -j DROP"
  repair "$B" "ip route replace ${SUBNET[$CP]} via ${TUNNEL[$CP]} dev $OVERLAY onlink"
}
