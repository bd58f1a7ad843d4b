# Nothing is wrong. A node leaves its checksums to its network card, so they are wrong at its own tap and right at the next one; a path
# to the outside carries 1400 bytes, the router says so, and the sender obeys.

variant_a() { FLAVOUR=flannel-host-gw NODES="ofl-m ofl-a ofl-b" LAN=172.24.6 PODS=10.90 SVC=10.91 UPLINK=ens4 LAYOUT=folder STATE=no-fault-found CONFIDENCE=; }
inject() {
  on gateway ip link set wan0 mtu 1400
  on hop1 ip link set in0 mtu 1400
  serve hop2 tcp 9000
  network_card "$A" "$UPLINK"
  leave_checksums "$A" "$UPLINK" cni0 $(on "$A" ip -o link | sed -nE 's/^[0-9]+: (veth[^@]+)@.*/\1/p')
  leave_checksums client eth0
}
taps() {
  tap "$A" "$UPLINK" pcap
  tap "$B" "$UPLINK" pcapng
  WRONG_CHECKSUMS=$(tapped "$A" "$UPLINK")
}
tries() {
  everything_works
  control "a big upload to outside" client "${SMALL[@]}" push "$OUTSIDE" 9000 9000
}
findings() {
  present "$(tapped $A $UPLINK)" "icmp.type == 3 && icmp.code == 4"
  fault "Nothing is wrong: the checksums at $A's own tap are filled in by its card, and the router's fragmentation needed is obeyed." ""
  quiet
}
