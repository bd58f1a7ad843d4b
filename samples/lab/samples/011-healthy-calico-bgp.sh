# Nothing is wrong: three nodes on one network, Calico with BGP and no encapsulation. Pods' addresses are on the uplinks
# as they are, in both directions, and that is right as long as the other end is a pod; towards anything else the node
# translates them. Some of it looks odd to a program: on `any` a packet to the outside shows once with the pod's address and
# once without, a NodePort's answer comes from another node than the one with the pod, and each node has a blackhole route.

NODE1=192.168.60.11 NODE2=192.168.60.12 NODE3=192.168.60.13 NODES="node1 node2 node3"
BLOCK1=10.233.102.128/26 BLOCK2=10.233.75.0/26 BLOCK3=10.233.71.64/26
POOL=10.233.64.0/18
COREDNS_A=10.233.102.129 COREDNS_B=10.233.75.2 WEB_A=10.233.75.4 WEB_B=10.233.71.66 CLIENT=10.233.71.67 BATCH=10.233.102.131
API=10.233.0.1 DNS=10.233.0.3 WEB=10.233.18.240 OUTSIDE=198.51.100.20
K8S_VERSION=v1.27.7 K8S_RUNTIME=containerd://1.7.8
SMALL=(python3 "$LAB/lib/serve.py")

network() {
  local node
  underlay 192.168.60.1/24
  internet 198.51.100.1 $OUTSIDE
  serve hop2 http 80
  cluster_node node1 $NODE1 $BLOCK1 control-plane 0
  cluster_node node2 $NODE2 $BLOCK2 "<none>" 1
  cluster_node node3 $NODE3 $BLOCK3 "<none>" 2
  for node in $NODES; do bird $node; done
  pod node1 coredns-a $COREDNS_A caliae0d2f14b83
  pod node1 batch $BATCH cali31b7c90e5fa
  pod node2 coredns-b $COREDNS_B cali7f1d08a6c25
  pod node2 web-a $WEB_A cali05e4b7d1938
  pod node3 web-b $WEB_B calic8a2f6703de
  pod node3 client $CLIENT cali64d9e02b17f
  rules node1 caliae0d2f14b83 kns.kube-system cali31b7c90e5fa kns.default
  rules node2 cali7f1d08a6c25 kns.kube-system cali05e4b7d1938 kns.default
  rules node3 calic8a2f6703de kns.default cali64d9e02b17f kns.default
  serve coredns-a dns 53 $API
  serve coredns-b dns 53 $API
  serve web-a http 80
  serve web-b http 80
  serve node1 https 6443 apiserver
  for node in $NODES; do serve $node tcp 10250; done
  objects
}

cluster_node() {
  local name=$1 address=$2 block=$3 role=$4 number=$5
  node "$name" "$address/24" eth0
  calico_block "$name" "$block"
  k8s_node "$name" "$address" "10.233.$((64 + number)).0/24" "$role" 33d
  k8s_annotate "$name" projectcalico.org/IPv4Address "$address/24"
  k8s_annotate "$name" kubeadm.alpha.kubernetes.io/cri-socket unix:///var/run/containerd/containerd.sock
  row "$name" "$address" "$block" >>"$RUN/blocks"
}
# bird NODE: what it learns from its two peers.
bird() {
  while IFS=$'\t' read -r name address block; do
    [ "$name" = "$1" ] || on "$1" ip route add "$block" via "$address" dev eth0 proto bird
  done <"$RUN/blocks"
}
pod() {
  pod_routed "$1" "$2" "$3" "$4"
  on "$1" ip link set "$4" mtu 1500
  on "$2" ip link set eth0 mtu 1500
}

rules() {
  local node=$1
  shift
  kubeproxy "$node" $POOL "default/kubernetes:https,tcp,$API,443,$NODE1:6443" "default/web:http,tcp,$WEB,80:30080,$WEB_A:80,$WEB_B:80" \
    "kube-system/coredns:dns,udp,$DNS,53,$COREDNS_A:53,$COREDNS_B:53"
  calico_ipset "$node" cali40masq-ipam-pools hash:net $POOL
  calico_ipset "$node" cali40all-ipam-pools hash:net $POOL
  calico_begin "$node"
  calico_chains none
  while [ $# -gt 0 ]; do
    calico_pod "$1" "$2"
    shift 2
  done
  calico_end
}

objects() {
  k8s_pod default batch-28344960-t6xpq 1/1 Running 0 3h $BATCH node1
  k8s_pod default client-86c8d6f5b4-qn7dl 1/1 Running 0 5d $CLIENT node3
  k8s_pod default web-6d4b9f8c77-2rkhz 1/1 Running 0 19d $WEB_A node2
  k8s_pod default web-6d4b9f8c77-wx8tm 1/1 Running 0 19d $WEB_B node3
  k8s_pod kube-system calico-node-5lq8s 1/1 Running 0 33d $NODE1 node1
  k8s_pod kube-system calico-node-d2wnc 1/1 Running 0 33d $NODE2 node2
  k8s_pod kube-system calico-node-zb6jt 1/1 Running 0 33d $NODE3 node3
  k8s_pod kube-system coredns-69db55dd76-8hvfl 1/1 Running 0 33d $COREDNS_A node1
  k8s_pod kube-system coredns-69db55dd76-m4pzk 1/1 Running 0 33d $COREDNS_B node2
  k8s_pod kube-system kube-apiserver-node1 1/1 Running 1 33d $NODE1 node1
  k8s_pod kube-system kube-proxy-6c9vn 1/1 Running 0 33d $NODE1 node1
  k8s_pod kube-system kube-proxy-fr4xd 1/1 Running 0 33d $NODE2 node2
  k8s_pod kube-system kube-proxy-sk7wb 1/1 Running 0 33d $NODE3 node3
  k8s_service default kubernetes ClusterIP $API 443/TCP 33d "<none>" $NODE1:6443
  k8s_service default web NodePort $WEB 80:30080/TCP 19d app=web $WEB_A:80,$WEB_B:80
  k8s_service kube-system coredns ClusterIP $DNS 53/UDP,53/TCP,9153/TCP 33d k8s-app=kube-dns $COREDNS_A:53,$COREDNS_B:53
}

traffic() {
  local turn
  capture node1 captures/node1-eth0.pcap -i eth0
  capture node2 captures/node2-eth0.pcap --time-stamp-precision=nano -i eth0
  capture node3 captures/node3-any.pcap -i any
  capture node3 captures/node3-eth0.txt -e -i eth0 not tcp port 10250
  must_work "pod to pod across nodes" on client curl -sfm 5 http://$WEB_A/
  must_work "pod on node1 to a pod on node3" on batch curl -sfm 5 http://$WEB_B/
  must_work "pod to pod on one node" on client curl -sfm 5 http://$WEB_B/
  for turn in 1 2 3 4; do must_work "pod to service" on client curl -sfm 5 http://$WEB/; done
  for turn in 1 2 3; do must_work "node to service" on node1 curl -sfm 5 http://$WEB/; done
  must_work "pod to the API server" on client curl -skm 5 https://$API/
  must_work "node to the API server" on node2 curl -skm 5 https://$API/
  for turn in 1 2 3; do must_work "DNS" on client "${SMALL[@]}" ask $DNS web.default.svc.cluster.local; done
  must_work "DNS from a node" on node3 "${SMALL[@]}" ask $DNS kubernetes.default.svc.cluster.local
  must_work "pod to another node's kubelet" on client "${SMALL[@]}" keepalive $NODE2 10250 0.6
  must_work "pod to its own node's kubelet" on client "${SMALL[@]}" keepalive $NODE3 10250 0.2
  must_work "pod to outside" on client curl -sfm 5 http://$OUTSIDE/
  must_work "pod on node2 to outside" on web-a curl -sfm 5 http://$OUTSIDE/
  must_work "ping across nodes" on client ping -nc 3 -i 0.3 $WEB_A
  must_work "ping another node" on client ping -nc 2 -i 0.3 $NODE1
  must_work "ping outside" on client ping -nc 2 -i 0.3 $OUTSIDE
  must_work "ping a pod from another node" on node1 ping -nc 2 -i 0.3 $WEB_B
  for turn in 1 2; do
    must_work "probe" on node2 curl -sfm 1 -A kube-probe/1.27 http://$WEB_A/
    must_work "probe" on node3 curl -sfm 1 -A kube-probe/1.27 http://$WEB_B/
    sleep 0.5
  done
  for turn in $NODE1 $NODE2 $NODE3; do must_work "NodePort of $turn" on gateway curl -sfm 5 "http://$turn:30080/"; done
  capture_stop
}

collect() {
  local node
  for node in $NODES; do collect_info $node; done
  # Not in kubespray's playbook: asked for by support, with the captures.
  for node in $NODES; do
    save "iptables/$node-iptables-save.txt" on $node $IPTABLES-save -c
    save "ipset/$node-ipset-list.txt" on $node ipset list
    [ "$(on $node ip route show type blackhole | wc -l)$(on $node ip route show proto bird | grep -c via)" = 12 ] || die "$node has other routes"
  done
}

# kubespray's collect-info: one folder per host of the inventory. Only the first one has kubectl and calicoctl's datastore.
collect_info() {
  local node=$1 path=collect-info/commands/$1 name
  save "$path/ip_info" ip_info $node
  save "$path/route_info" on $node ip ro
  save "$path/kernel_info" echo $K8S_KERNEL
  save "$path/proc_info" processes $node
  save "$path/kubelet_logs" kubelet_log $node
  save "$path/errors_info" echo "-- No entries --"
  save "$path/calico_info" node_status $node
  if [ $node = node1 ]; then
    save "$path/k8s_info" get_all
    save "$path/kube_describe_nodes" kubectl_describe_nodes
    save "$path/calico_pool_info" pool
    save "$path/calico_workload_info" workloads
  else
    for name in k8s_info kube_describe_nodes calico_pool_info calico_workload_info; do
      save "$path/$name" echo "The connection to the server localhost:8080 was refused - did you specify the right host or port?"
    done
  fi
}
ip_info() { on "$1" ip -4 -o a; }

processes() {
  local node=$1
  echo 'USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND'
  if [ "$node" = node1 ]; then
    process 1841 3.9 "kube-apiserver --advertise-address=$NODE1 --allow-privileged=true --authorization-mode=Node,RBAC --secure-port=6443 --service-cluster-ip-range=10.233.0.0/18 --service-node-port-range=30000-32767"
    process 1877 1.1 "kube-controller-manager --allocate-node-cidrs=true --bind-address=0.0.0.0 --cluster-cidr=$POOL --configure-cloud-routes=false --node-cidr-mask-size=24 --service-cluster-ip-range=10.233.0.0/18"
  fi
  process 1102 2.2 "/usr/local/bin/kubelet --config=/etc/kubernetes/kubelet-config.yaml --hostname-override=$node --kubeconfig=/etc/kubernetes/kubelet.conf --node-ip=$(node_address "$node")"
  process 2268 0.2 "/usr/local/bin/kube-proxy --config=/var/lib/kube-proxy/config.conf --hostname-override=$node"
  process 2917 1.6 "calico-node -felix"
  process 2921 0.3 "bird -R -s /var/run/calico/bird.ctl -d -c /etc/calico/confd/config/bird.cfg"
}
process() { printf 'root     %7d %4s  0.9 %6d %5d ?        Ssl  Oct20 %6s %s\n' "$1" "$2" 812400 61220 188:41 "$3"; }
node_address() { awk -v node="$1" '$1 == node { print $2 }' "$RUN/blocks"; }

kubelet_log() {
  local s=$((CLOCK - 900)) n=0 text
  while read -r text; do
    n=$((n + 1))
    echo "$(date -u -d "@$((s + n * 61))" '+%b %d %H:%M:%S') $1 kubelet[1102]: $(klog $((s + n * 61)).$((418200 + n * 317)) I "${text%%|*}" "${text#*|}" | sed 's/       1 /    1102 /')"
  done <<LOG
prober.go:107|"Probe succeeded" probeType="Readiness" podUID=$(k8s_uid "calico-node/$1") containerName="calico-node"
kubelet_getters.go:187|"Pod status updated" pod="kube-system/kube-proxy-$1" status=Running
prober.go:107|"Probe succeeded" probeType="Liveness" podUID=$(k8s_uid "calico-node/$1") containerName="calico-node"
LOG
}

node_status() {
  local line='+---------------+-------------------+-------+----------+-------------+'
  printf 'Calico process is running.\n\nIPv4 BGP status\n%s\n| PEER ADDRESS  |     PEER TYPE     | STATE |  SINCE   |    INFO     |\n%s\n' "$line" "$line"
  while IFS=$'\t' read -r name address block; do
    [ "$name" = "$1" ] || printf '| %-13s | node-to-node mesh | up    | %s | Established |\n' "$address" "$(date -u -d "@$((CLOCK - 7200))" +%H:%M:%S)"
  done <"$RUN/blocks"
  printf '%s\n\nIPv6 BGP status\nNo IPv6 peers found.\n\n' "$line"
}
pool() { { row NAME CIDR NAT IPIPMODE VXLANMODE DISABLED DISABLEBGPEXPORT SELECTOR; row default-pool $POOL true Never Never false false "all()"; } | table; }
workloads() {
  { row NAMESPACE NAME WORKLOAD NODE NETWORKS INTERFACE PROFILES NATS
    for pair in "kube-system coredns-69db55dd76-8hvfl node1 $COREDNS_A caliae0d2f14b83" "default batch-28344960-t6xpq node1 $BATCH cali31b7c90e5fa" \
      "kube-system coredns-69db55dd76-m4pzk node2 $COREDNS_B cali7f1d08a6c25" "default web-6d4b9f8c77-2rkhz node2 $WEB_A cali05e4b7d1938" \
      "default web-6d4b9f8c77-wx8tm node3 $WEB_B calic8a2f6703de" "default client-86c8d6f5b4-qn7dl node3 $CLIENT cali64d9e02b17f"; do
      set -- $pair
      row "$1" "$3-k8s-${2//-/--}-eth0" "$2" "$3" "$4/32" "$5" "kns.$1,ksa.$1.default" ""
    done; } | table
}
# kubectl get all -A -o wide: one table after the other, names with their kind in front.
get_all() {
  { row NAMESPACE NAME READY STATUS RESTARTS AGE IP NODE "NOMINATED NODE" "READINESS GATES"
    while IFS=$'\t' read -r namespace name ready status restarts age address node; do
      row "$namespace" "pod/$name" "$ready" "$status" "$restarts" "$age" "$address" "$node" "<none>" "<none>"
    done < <(sort "$RUN/k8s/pods"); } | table
  echo
  { row NAMESPACE NAME TYPE CLUSTER-IP EXTERNAL-IP "PORT(S)" AGE SELECTOR
    while IFS=$'\t' read -r namespace name type cluster_ip ports age selector _; do
      row "$namespace" "service/$name" "$type" "$cluster_ip" "<none>" "$ports" "$age" "$selector"
    done < <(sort "$RUN/k8s/services"); } | table
}

pack() { pack_as tar.bz2; }

truth() {
  local file captures="captures/node1-eth0.pcap captures/node2-eth0.pcap captures/node3-any.pcap" out
  local pods="ip.src == $POOL" outside="(ip.dst == $OUTSIDE or ip.dst == 192.168.60.0/24)" syn='tcp.flags.syn == 1 && tcp.flags.ack == 0'
  for file in $captures; do
    [ "$(count $file "tcp.flags.reset == 1 or icmp.type == 3 or icmp.type == 5 or icmp.type == 11")" = 0 ] || die "$file: a reset, a redirect or an ICMP error"
  done
  for file in captures/node1-eth0.pcap captures/node2-eth0.pcap; do
    [ "$(count $file "$pods && $outside && ($syn or icmp.type == 8 or dns.flags.response == 0)")" = 0 ] || die "$file: a pod's address towards no pod"
    [ "$(count $file "tcp.analysis.retransmission && !tcp.analysis.spurious_retransmission")" = 0 ] || die "$file: retransmissions"
    [ "$(count $file "$pods && ip.dst == $POOL && $syn")" -ge 1 ] || die "$file: no pod to pod on the uplink"
  done
  out="sll.pkttype == 4 && sll.ifindex == $(on node3 ip -o link show eth0 | cut -d: -f1)"
  [ "$(count captures/node3-any.pcap "$out && $pods && $outside && ($syn or icmp.type == 8 or dns.flags.response == 0)")" = 0 ] || die "node3: a pod's address towards no pod"
  [ "$(count captures/node3-any.pcap "$pods && $outside && $syn")" -ge 3 ] || die "node3: nothing from a pod to outside before its translation"
  # Every request of a pod has an answer where the pod is.
  [ "$(count captures/node3-any.pcap "icmp.type == 8 && sll.pkttype != 4 && ip.src == $CLIENT")" = 7 ] || die "node3: not seven pings"
  [ "$(count captures/node3-any.pcap "icmp.type == 0 && sll.pkttype == 4 && ip.dst == $CLIENT")" = 7 ] || die "node3: not seven answers to pings"
  [ "$(count captures/node3-any.pcap "dns.flags.response == 0 && sll.pkttype != 4 && ip.src == $CLIENT")$(count captures/node3-any.pcap "dns.flags.response == 1 && sll.pkttype == 4 && ip.dst == $CLIENT")" = 33 ] || die "node3: DNS without an answer"
  grep -q ' > 10\.233\.[0-9.]*: Flags \[S\]' "$OUT/captures/node3-eth0.txt" || die "the text has no pod"

  describe "Nothing is wrong: Calico routes pod addresses natively between three nodes (BGP, no encapsulation), and natOutgoing translates what leaves the pool. Pod to pod, to service, to a node's address, to outside, node to service and to pod, NodePort, DNS and ping all work." \
    "kubespray collect-info, with captures, a terminal's tcpdump text, iptables-save and ipset list per node added, tar.bz2" ""

  fact "the IP pool" collect-info/commands/node1/calico_pool_info 's/^default-pool +([0-9.\/]+) .*/\1/p'
  fact "the next hop of node3's route to node2's block" collect-info/commands/node3/route_info 's/^10\.233\.75\.0\/26 via ([0-9.]+) dev eth0 proto bird.*/\1/p'
  fact "node2's own block" collect-info/commands/node2/route_info 's/^blackhole ([0-9.\/]+) proto bird.*/\1/p'
  fact "the interface of the pod $CLIENT on node3" collect-info/commands/node3/route_info "s/^${CLIENT//./\\.} dev ([a-z0-9]+) scope link.*/\\1/p"
  fact "the state of node1's BGP session with $NODE3" collect-info/commands/node1/calico_info "s/^\\| ${NODE3//./\\.} .* ([A-Z][a-z]+) +\\|$/\\1/p"
}
