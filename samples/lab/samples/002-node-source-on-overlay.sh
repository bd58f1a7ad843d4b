# Incident 002: flannel's UDP back end and a kube-proxy that masquerades nothing. The node slave1 asks a service: the route
# to the service's address is the default route, so the source is eth0's; then DNAT turns the packet towards flannel0. The
# endpoint's node has its own way to that source by eth0, so its reverse-path filter drops what comes out of flannel0.

SLAVE1=10.39.0.17 SLAVE2=10.39.0.18 MASTER=10.39.0.10
SERVICE=10.254.51.153 ENDPOINT=192.168.67.4
URL=http://$SERVICE/api/v1/model/namespaces/default/pods/busybox-1865195333-zkwtt/containers/busybox/metrics/cpu/usage
SOS() { date -u -d "@$CLOCK" +sosreport-slave1-%Y-%m-%d-qhwzkfp; }
K8S_KERNEL=4.18.0-513.9.1.el8_9.x86_64

network() {
  underlay 10.39.0.1/24
  node master $MASTER/24 eth0
  serve master tcp 6443
  cluster_node slave1 $SLAVE1 192.168.82.0/24 192.168.67.0/24=$SLAVE2
  cluster_node slave2 $SLAVE2 192.168.67.0/24 192.168.82.0/24=$SLAVE1
  pod_on_bridge slave1 busybox 192.168.82.2/24 docker0 1472
  pod_on_bridge slave2 heapster $ENDPOINT/24 docker0 1472
  serve heapster http 8082 metrics
}

cluster_node() {
  local name=$1 address=$2 subnet=$3
  shift 3
  node "$name" "$address/24" eth0
  # As the distribution sets it, for every device that comes later.
  on "$name" sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=1 net.ipv4.conf.eth0.rp_filter=1
  flannel_udp "$name" "$address" "$subnet" 192.168.0.0/16 "$@"
  kubeproxy "$name" "" "default/kubernetes:https,tcp,10.254.0.1,443,$MASTER:6443" "kube-system/heapster,tcp,$SERVICE,80,$ENDPOINT:8082"
}

log_rules() {
  local address
  for address in $SERVICE $ENDPOINT; do
    on slave1 $IPTABLES -t raw -I OUTPUT -d "$address" -j LOG --log-level 7 --log-prefix "raw out: "
    on slave1 $IPTABLES -t mangle -I OUTPUT -d "$address" -j LOG --log-level 7 --log-prefix "mangle out: "
    on slave1 $IPTABLES -t nat -I OUTPUT -d "$address" -j LOG --log-level 7 --log-prefix "nat out: "
    on slave1 $IPTABLES -t filter -I OUTPUT -d "$address" -j LOG --log-level 7 --log-prefix "filter out: "
    on slave1 $IPTABLES -t mangle -I POSTROUTING -d "$address" -j LOG --log-level 7 --log-prefix "mangle post: "
    on slave1 $IPTABLES -t nat -I POSTROUTING -d "$address" -j LOG --log-level 7 --log-prefix "nat post: "
  done
}

traffic() {
  kernel_log_start
  log_rules
  capture slave1 captures/slave1-flannel0.pcap -i flannel0
  capture slave2 captures/slave2-flannel0.pcap -i flannel0
  capture slave2 captures/slave2-docker0.pcap -i docker0
  capture slave2 captures/slave2-eth0.pcap -s 96 -i eth0
  in_background slave2 python3 "$LAB/lib/serve.py" keepalive $MASTER 6443 4

  at captures/slave1.txt slave1 "~"
  PROMPT="[root@slave1 ~]# "
  typed "curl --interface flannel0 $URL" on slave1 curl -sSfm 5 --interface flannel0 "$URL"
  sleep 0.5
  gave_up "curl $URL" curl -s "$URL"
  capture_stop
  local prefix
  for prefix in "raw out: " "mangle out: " "nat out: " "filter out: " "mangle post: " "nat post: "; do kernel_log "$prefix"; done |
    sort -s -t']' -k1.2n >"$RUN/dmesg"
}

collect() {
  local top
  top=$(SOS)
  sos_report slave1 "$top" "Red Hat Enterprise Linux release 8.9 (Ootpa)"
  save "$top/sos_commands/kernel/dmesg" cat "$RUN/dmesg"
  save "$top/sos_commands/kernel/dmesg_-T" dmesg_ctime <"$RUN/dmesg"
  save "$top/sos_commands/process/ps_auxwwwm" processes
  save "$top/var/log/messages" messages
  save "$top/run/flannel/subnet.env" printf 'FLANNEL_NETWORK=192.168.0.0/16\nFLANNEL_SUBNET=192.168.82.1/24\nFLANNEL_MTU=1472\nFLANNEL_IPMASQ=false\n'
  save "$top/etc/hosts" printf '127.0.0.1   localhost localhost.localdomain\n%s  master\n%s  slave1\n%s  slave2\n' $MASTER $SLAVE1 $SLAVE2

  # The other node: what its owner copied out of a terminal.
  at captures/slave2.txt slave2 "~"
  PROMPT="[root@slave2 ~]# "
  typed "ip addr" ip_addr slave2
  typed "ip route"
  typed "sysctl net.ipv4.conf.all.rp_filter net.ipv4.conf.flannel0.rp_filter net.ipv4.conf.all.log_martians"
}

# /var/log/messages: the daemon's own lines from its start two hours ago, then the kernel's.
messages() {
  local at=$((CLOCK - 7200)) number=0 source text
  while read -r source text; do
    number=$((number + 31837))
    printf '%s slave1 flanneld[1187]: ' "$(date -u -d "@$at" '+%b %e %H:%M:%S')"
    klog $at.$((210114 + number)) I "$source" "$text" | sed 's/       1 /    1187 /'
  done <<LOG
main.go:518 Determining IP address of default interface
main.go:531 Using interface with name eth0 and address $SLAVE1
main.go:548 Defaulting external address to interface address ($SLAVE1)
main.go:246 Created subnet manager: Etcd Local Manager with Previous Subnet: 192.168.82.0/24
main.go:249 Installing signal handlers
main.go:390 Found network config - Backend type: udp
local_manager.go:147 Found lease (192.168.82.0/24) for current IP ($SLAVE1), reusing
main.go:305 Setting up masking rules
main.go:313 Changing default FORWARD chain policy to ACCEPT
main.go:321 Wrote subnet file to /run/flannel/subnet.env
main.go:325 Running backend.
udp_network_amd64.go:100 Watching for new subnet leases
udp_network_amd64.go:195 Subnet added: 192.168.67.0/24
main.go:433 Waiting for 22h59m59.9s to renew lease
LOG
  dmesg_syslog slave1 <"$RUN/dmesg"
}

processes() {
  cat <<PS
USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
root        1187  0.1  0.3 748212 24516 ?        -    12:02   0:09 /usr/bin/flanneld -etcd-endpoints=http://$MASTER:2379 -etcd-prefix=/coreos.com/network
root        1412  0.6  1.1 1348220 91124 ?       -    12:02   0:41 /usr/bin/dockerd --bip=192.168.82.1/24 --mtu=1472 --ip-masq=false --iptables=false
root        1498  1.4  1.2 1892164 98812 ?       -    12:02   1:32 /usr/bin/kubelet --kubeconfig=/etc/kubernetes/kubelet.conf --hostname-override=slave1 --cluster-dns=10.254.0.2
root        1533  0.2  0.5 748920 43208 ?        -    12:02   0:14 /usr/bin/kube-proxy --master=http://$MASTER:8080 --hostname-override=slave1 --proxy-mode=iptables
PS
}

pack() { pack_as tar.xz; }

truth() {
  # The same packets inside UDP 8285, cut by the snap length within the TCP options: inner source and flags.
  local encapsulated='udp.port == 8285 && frame[54:4] == 0a:27:00:11 && frame[75] == 02'
  local top messages syn='tcp.flags.syn == 1 && tcp.flags.ack == 0 && ip.src == 10.39.0.17 && ip.dst == 192.168.67.4'
  top=$(SOS)
  messages=$top/var/log/messages
  [ "$(count captures/slave1-flannel0.pcap "$syn")" -ge 4 ] || die "too few retransmissions for silence to mean anything"
  [ "$(count captures/slave2-flannel0.pcap "$syn")" = "$(count captures/slave1-flannel0.pcap "$syn")" ] || die "the endpoint's node has not seen every SYN"
  # What drops them: slave2's reverse-path filter, before the route to the pod, and without a word in the log.
  [ "$(count captures/slave2-docker0.pcap "ip.addr == $SLAVE1")" = 0 ] || die "the SYN has come to the bridge"
  [ "$(on slave2 nstat -az TcpExtIPReversePathFilter | awk '/IPReversePathFilter/ { print $2 }')" = "$(count captures/slave2-flannel0.pcap "$syn")" ] || die "something else than the reverse-path filter drops the SYNs"
  [ "$(count captures/slave2-eth0.pcap "ip.src == $ENDPOINT")" = 0 ] || die "an answer leaves by eth0"
  [ "$(count captures/slave2-docker0.pcap "tcp.flags.syn == 1 && tcp.flags.ack == 1 && ip.dst == 192.168.82.0")" = 1 ] || die "the request through flannel0 has no answer"

  describe "slave1 asks the service 10.254.51.153 by its default route, so its packets leave through flannel0 with the source 10.39.0.17 of eth0, and nobody answers: on the endpoint's node slave2 the route to 10.39.0.17 is eth0's, so the strict reverse-path filter drops what comes out of flannel0 (log_martians is off). With curl --interface flannel0 the source is 192.168.82.0 and the service answers." \
    "sos report of slave1, packed with captures and terminal text of both nodes" overlay-source-address
  symptom node-source-on-overlay critical $SLAVE1 flannel0
  frames captures/slave1-flannel0.pcap "$syn"
  frames captures/slave2-flannel0.pcap "$syn"
  lines "$messages" " OUT=flannel0 SRC=10\.39\.0\.17 "
  lines "$top/sos_commands/kernel/dmesg" " OUT=flannel0 SRC=10\.39\.0\.17 "
  lines "$top/sos_commands/kernel/dmesg_-T" " OUT=flannel0 SRC=10\.39\.0\.17 "
  symptom unreplied-syn critical $ENDPOINT $SLAVE1
  frames captures/slave1-flannel0.pcap "$syn"
  frames captures/slave2-flannel0.pcap "$syn"
  frames captures/slave2-eth0.pcap "$encapsulated"
  # Between flannel0 and the pods' bridge of one node; the request that works passes both.
  symptom lost-between-captures critical $ENDPOINT $SLAVE1
  frames captures/slave1-flannel0.pcap "$syn"
  frames captures/slave2-flannel0.pcap "$syn"
  frames captures/slave2-eth0.pcap "$encapsulated"

  fact "slave1's own subnet as flannel wrote it" "$top/run/flannel/subnet.env" 's/^FLANNEL_SUBNET=(.*)/\1/p'
  fact "the type of flannel's back end" "$messages" 's/.*Found network config - Backend type: ([a-z]+)$/\1/p'
  fact "the source address of slave1's packets to 192.168.67.4 that leave through flannel0 and were never answered" "$messages" 's/.*mangle post: .* SRC=(10\.[0-9.]+) DST=192\.168\.67\.4 .*/\1/p'
  fact "the endpoint to which slave1 translates the service 10.254.51.153" "$top/sos_commands/firewall_tables/iptables_-t_nat_-nvL" 's/.*\/\* kube-system\/heapster \*\/ tcp to:([0-9.:]+).*/\1/p'
  fact "the reverse-path filter of slave2's flannel0" captures/slave2.txt 's/^net\.ipv4\.conf\.flannel0\.rp_filter = ([0-9])$/\1/p'
}
