# The neighbour table of the client's node is full, so it cannot resolve a peer that it does not know yet.
#
# The table's limit is the whole machine's, so it is not filled here: the kernel's lines, the list of neighbours and the thresholds are
# written as Linux 5.15 writes them, and the packets for the server's node are dropped by a rule that is gone when the dumps are made.

variant_a() { FLAVOUR=flannel-host-gw NODES="big-0 big-1 big-2" LAN=10.62.0 PODS=10.244 UPLINK=eth0 LAYOUT=folder; }
# The kernel log alone.
variant_b() { FLAVOUR=calico-bgp NODES="many-a many-b many-c" LAN=172.19.7 PODS=10.199 UPLINK=ens3 LAYOUT=folder CONFIDENCE=proven COMPLAINTS=complaint.txt; LACKS=("B:*" A:neigh A:nstat A:conntrack A:rules A:ipset); }
inject() { on "$A" nft "add table ip full; add chain ip full out { type filter hook postrouting priority 200; }; add rule ip full out ip daddr $WEB drop"; }
taps() { ! a || { tap "$A" cni0 pcap; tap "$A" "$UPLINK" nano; }; }
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "pod to another node" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
collect() {
  on "$A" nft delete table ip full
  gather
}
extra() {
  local node=$A s
  s=$(cut -d' ' -f1 /proc/uptime)
  awk -v now="$s" 'BEGIN { for (i = 0; i < 9; i++) { at = now - 40 + i * 4.8; printf "[%12.6f] neighbour: arp_cache: neighbor table overflow!\n", at; if (i % 3 == 2) printf "[%12.6f] net_ratelimit: %d callbacks suppressed\n", at + 0.61, 40 + i * 7 } }' |
    dmesg_ctime >"$OUT/$node/dmesg.txt"
  printf 'net.ipv4.neigh.default.gc_thresh1 = 128\nnet.ipv4.neigh.default.gc_thresh2 = 512\nnet.ipv4.neigh.default.gc_thresh3 = 1024\n' >>"$OUT/$node/sysctl_-a.txt"
  a || return 0
  { grep -v "^$(pattern "${ADDRESS[$B]}") " "$OUT/$node/ip_neigh.txt"
    for number in $(seq 0 1019); do echo "$LAN.$((number % 200 + 30)) dev $UPLINK.$((100 + number / 200)) lladdr 00:50:56:$(steady_hex "neighbour $number" 6 | sed 's/../&:/g; s/:$//') $([ $((number % 3)) = 0 ] && echo REACHABLE || echo STALE)"; done; } >"$RUN/neigh"
  mv "$RUN/neigh" "$OUT/$node/ip_neigh.txt"
}
findings() {
  fault "The neighbour table of $A is full (gc_thresh3 = 1024, as its kernel log says): it cannot resolve ${ADDRESS[$B]}, so packets for $WEB do not leave."
  culprits "$A"
  if a; then silent $WEB $CLIENT $WEB_SERVICE; else told_silent $WEB; fi
}
