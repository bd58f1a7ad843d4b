# Incident 000 once more, as SUSE's supportconfig shows it: the same cluster, the same fault and the same tests.

# shellcheck source=/dev/null
source "$LAB/samples/000-pod-cidr-mismatch.sh"
MASTER_TAP=rke-master1-eth0.pcapng WORKER_TAP=rke-worker1-any.pcap

SCC() { echo "scc_$1_$(date -u -d "@$CLOCK" +%y%m%d_%H%M)"; }

collect() {
  local node
  for node in rke-master1 rke-worker1; do
    supportconfig $node "$(SCC $node)"
    scc basic-health-check.txt "/bin/ps axwwo user,pid,ppid,%cpu,%mem,vsz,rss,stat,time,cmd" processes $node
  done
  SCC_NODE=rke-master1 SCC=$(SCC rke-master1)
  scc boot.txt "/bin/dmesg -T" dmesg_ctime <"$RUN/dmesg"
  dmesg_iso rke-master1 <"$RUN/dmesg" | scc_log messages.txt /var/log/messages
  save docker-inspect-kube-controller-manager.json controller_manager
  cluster ""
}

# The engineer puts two archives of supportconfig, the captures and kubectl's output into one tar.
pack() {
  local bundle=$OUT node
  OUT=$RUN/attached
  mkdir "$OUT"
  cp "$bundle"/*.* "$OUT"
  find "$bundle" -exec touch -h -d "@$CLOCK" {} +
  for node in rke-master1 rke-worker1; do
    tar --format=gnu --sort=name --owner=0 --group=0 --numeric-owner -C "$bundle" -c "$(SCC $node)" | xz -9 >"$OUT/$(SCC $node).txz"
  done
  pack_as tar.gz
  OUT=$bundle
}

truth() {
  local master
  master=$(SCC rke-master1)
  incident "two SUSE supportconfig archives (txz) nested in a tar.gz with captures, kubectl output and docker inspect" "" \
    "$master/network.txt" "$master/network.txt" "$master/basic-health-check.txt" "$master/boot.txt" "$master/messages.txt"
  # Members of the nested archives.
  EXPECTED=$(jq '.symptoms[].evidence[].file |= sub("^(?<d>scc_[^/]+)/"; "\(.d).txz!\(.d)/")' <<<"$EXPECTED")
}
