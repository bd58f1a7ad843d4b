# Nothing is wrong. Each node has blackhole routes for Calico's own blocks, one of them of a block that it has borrowed an address from;
# rp_filter is 2 on devices that have an address; and BGP's routes of a node that is gone are gone too.

variant_a() { FLAVOUR=calico-bgp NODES="alder beech cedar" LAN=10.80.8 PODS=10.240 SVC=10.241 UPLINK=ens3 LAYOUT=sos STATE=no-fault-found CONFIDENCE= COLLECT="alder beech cedar" PACK=tar.xz; }
inject() {
  local node
  for node in $NODES; do
    on "$node" sysctl -qw net.ipv4.conf.all.rp_filter=2 "net.ipv4.conf.$UPLINK.rp_filter=2"
    on "$node" ip route add blackhole "$PODS.$((20 + ${#node})).${ADDRESS[$node]##*.}/32" proto bird
  done
}
taps() { tap "$A" "$UPLINK" pcap; tap "$B" any sll2; tap "$CP" "$UPLINK" nano; }
tries() { everything_works; }
findings() { fault "Nothing is wrong: Calico with BGP. Blackhole routes are for each node's own blocks, and the reverse-path filter is loose." ""; quiet; }
