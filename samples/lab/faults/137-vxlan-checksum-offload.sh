# The client's node leaves the checksums of packets inside the tunnel to its network card, which does not look that deep: they arrive with
# a checksum of nothing but the pseudo header, and the pod's kernel drops them. The card does fill in those outside the tunnel.

variant_a() { FLAVOUR=flannel-vxlan NODES="nic-0 nic-1 nic-2" LAN=10.29.1 PODS=10.244 UPLINK=eth0 LAYOUT=folder; }
# The sender's tap alone: there it is wrong in any case.
variant_b() { FLAVOUR=flannel-vxlan NODES="guest-a guest-b guest-c" LAN=192.168.200 PODS=10.42 SVC=10.43 UPLINK=ens192 LAYOUT=folder STATE=suspected CONFIDENCE=possible LACKS=("B:*" A:conntrack); }
inject() {
  network_card "$A" "$UPLINK"
  # All the way from the pod.
  leave_checksums "$A" "$UPLINK" $OVERLAY cni0 $(on "$A" ip -o link | sed -nE 's/^[0-9]+: (veth[^@]+)@.*/\1/p')
  leave_checksums client eth0
}
taps() {
  tap "$A" "$UPLINK" pcap
  ! a || tap "$B" "$UPLINK" nano
  WRONG_CHECKSUMS="$(tapped "$A" "$UPLINK") $(! a || tapped "$B" "$UPLINK")"
}
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "node to node" "$A" "${SMALL[@]}" keepalive "${ADDRESS[$B]}" 10250 0.5
  control "ping through the tunnel" client ping -nc 2 -i 0.2 "$WEB"
}
extra() { save "$(place "$A" "ethtool_-k_$UPLINK.txt")" on "$A" ethtool -k "$UPLINK"; save "$(place "$A" "ethtool_-k_flannel.1.txt")" on "$A" ethtool -k flannel.1; }
findings() {
  fault "The TCP checksums inside the tunnel from $A to $B are wrong on the wire, because $A leaves them to its card ($UPLINK, transmit offload), which does not fill them in inside VXLAN; $B drops the packets. Ping through the tunnel and TCP outside it work."
  culprits "$A" "$B"
  silent $WEB $CLIENT $WEB_SERVICE
  if a; then
    symptom bad-checksum critical $WEB $CLIENT
    frames "$(tapped $B $UPLINK)" "$SYN && ip.src == $CLIENT && ip.dst == $WEB"
  else
    to_collect tcpdump "$B"
  fi
}
remedy() { repair "$A" "ethtool -K $OVERLAY tx-checksum-ip-generic off"; }
