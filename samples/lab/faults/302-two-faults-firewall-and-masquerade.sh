# Two faults that have nothing to do with each other: a node's firewall drops the API server's way to its kubelet, and on another node nothing
# masquerades what its pods send to the world.

variant_a() { FLAVOUR=canal NODES="duo-cp duo-a duo-b" LAN=192.168.73 PODS=10.42 SVC=10.43 UPLINK=ens3 LAYOUT=dump COLLECT="duo-cp duo-a duo-b" PACK=tar.zst; }
inject() {
  on "$A" $IPTABLES -I INPUT 1 -p tcp -m tcp --dport 10250 ! -s 127.0.0.0/8 -j DROP
  on "$B" $IPTABLES -t nat -D POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
}
taps() { tap "$A" "$UPLINK" pcap; tap "$B" "$UPLINK" nano; }
tries() {
  complaint "API server to the kubelet" "$CP" "${SMALL[@]}" keepalive "${ADDRESS[$A]}" 10250 0.3
  complaint "the second node's pod to outside" web curl -sSm 3.6 "http://$OUTSIDE/"
  control "pod to pod" client curl -sfm 3 "http://$WEB/"
  control "the first node's pod to outside" client curl -sfm 3 "http://$OUTSIDE/"
  control "API server to another kubelet" "$CP" "${SMALL[@]}" keepalive "${ADDRESS[$B]}" 10250 0.3
}
findings() {
  fault "Two faults: INPUT of $A drops TCP 10250, so the API server on $CP does not reach its kubelet; and on $B nothing masquerades the packets of its pods to the world, which leave with the source $WEB." host-firewall-drop
  culprits "$A" "${ADDRESS[$A]}"
  EXPECTED=$(jq --arg b "$B" --arg pod "$WEB" '.causes = [{code: .cause, subjects: .causeSubjects}, {code: "missing-masquerade", subjects: [$b, $pod]}]' <<<"$EXPECTED")
  silent "${ADDRESS[$A]}" "${ADDRESS[$CP]}"
  symptom unsnatted-source critical $WEB $OUTSIDE
  everywhere "ip.src == $WEB && ip.dst == $OUTSIDE && !vxlan"
  symptom unreplied-syn warning $OUTSIDE $WEB
  everywhere "$SYN && ip.src == $WEB && ip.dst == $OUTSIDE"
  symptom rule-drop warning "${ADDRESS[$A]}" "${ADDRESS[$CP]}" "$A"
  lines "$A/iptables-save.txt" '^\[[1-9].*-A INPUT .* --dport 10250 -j DROP$'
}
remedy() {
  repair "$A" "iptables -I INPUT 1 -s $LAN.0/24 -p tcp -m tcp --dport 10250 -j ACCEPT"
  repair "$B" 'iptables -t nat -A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG'
}
