# The table of connection tracking is full on the server's node: what belongs to a known connection passes, the first packet of a new
# one is dropped. Filled for real with 262144 entries. The kernel's line is the one of older kernels, which do not name the namespace.

variant_a() { FLAVOUR=flannel-host-gw NODES="ctf-0 ctf-1 ctf-2" LAN=10.45.9 PODS=10.244 UPLINK=eth0 LAYOUT=folder LOGS_MARTIANS=1; LACKS=(B:conntrack); }
# No kernel log: the count against the limit, and the packets that arrive.
variant_b() { FLAVOUR=calico-bgp NODES="cap-m cap-a cap-b" LAN=172.28.3 PODS=10.170 UPLINK=ens192 LAYOUT=dump CONFIDENCE=likely; LACKS=(B:conntrack B:nstat "A:*"); }
inject() {
  local most
  # A watch from before: it goes on.
  in_background "$A" "${SMALL[@]}" keepalive "${ADDRESS[$B]}" 10250 90
  sleep 0.5
  most=$(on "$B" sysctl -n net.netfilter.nf_conntrack_max)
  [ "$most" -le 300000 ] || die "too big a table to fill: $most"
  awk -v most="$most" -v server="$WEB" 'BEGIN { for (i = 0; i < most; i++) { client = "198.18." int(i / 16384) + 1 "." int(i / 64) % 256; port = 20000 + i % 64
    printf "-A -p udp -t 1200 -u SEEN_REPLY,ASSURED -s %s -d %s --sport %d --dport 8125 -r %s -q %s --reply-port-src 8125 --reply-port-dst %d\n", client, server, port, server, client, port } }' >"$RUN/entries"
  on "$B" conntrack -R "$RUN/entries" >/dev/null 2>&1 || true
  [ "$(on "$B" conntrack -C)" -ge "$most" ] || die "the table is not full: $(on "$B" conntrack -C)"
}
taps() { ! a || tap "$A" "$UPLINK" pcap; tap "$B" "$UPLINK" nano; }
tries() {
  complaint "pod to pod" client curl -sSm 3.6 "http://$WEB/"
  complaint "pod to service" client curl -sSm 3.6 "http://$WEB_SERVICE/"
  control "pod to another node" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
}
extra() {
  a || return 0
  dmesg | awk -v from="$(cat "$RUN/kernel_log_from")" '{ time = $0; gsub(/^\[ *|\].*/, "", time) } time + 0.02 >= from && /nf_conntrack: table full/' |
    sed -E 's/table full in netns [0-9]+, dropping/table full, dropping/' >"$RUN/full"
  [ -s "$RUN/full" ] || die "the kernel does not say that the table is full"
  save "$(place "$B" dmesg.txt)" dmesg_ctime <"$RUN/full"
}
findings() {
  fault "The connection tracking table of $B is full ($(on "$B" sysctl -n net.netfilter.nf_conntrack_count) entries): it drops the first packet of every new connection to $WEB. A connection that was there before goes on."
  culprits "$B"
  a || to_collect dmesg "$B"
  silent $WEB $CLIENT $WEB_SERVICE
}
remedy() {
  # The limit cannot be raised in a namespace: what it comes to is room.
  repair_as "sysctl -w net.netfilter.nf_conntrack_max=1048576" "$B" conntrack -F
}
