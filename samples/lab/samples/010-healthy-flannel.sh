# Nothing is wrong: three nodes, flannel with VXLAN, and everything a cluster does all day. Some of it looks odd to a
# program: a load balancer's checks end in RST, connections begin before and end after the capture, tunnels have one
# source port per direction, packets appear four times on `any`. And with bridge netfilter a request to a service passes
# cni0 after its DNAT, but the answer passes cni0 with the service's address: two halves that do not look like one.

CP=172.16.50.11 W1=172.16.50.12 W2=172.16.50.13
WEB=10.43.7.21 WEB_A=10.42.1.5 WEB_B=10.42.2.6 DNS=10.43.0.10 OUTSIDE=203.0.113.80 BALANCER=10.9.8.5
NODES="k8s-cp-1 k8s-w-1 k8s-w-2"
TOP() { date -u -d "@$CLOCK" +flannel-nodes-%Y%m%d; }

network() {
  local node
  underlay 172.16.50.1/24
  internet $OUTSIDE
  serve hop1 http 80
  outside office 10.9.8.7
  outside balancer $BALANCER

  cluster_node k8s-cp-1 $CP 10.42.0.0/24 06:5d:7a:30:c1:94 control-plane
  cluster_node k8s-w-1 $W1 10.42.1.0/24 2a:83:fe:19:60:0b "<none>"
  cluster_node k8s-w-2 $W2 10.42.2.0/24 c6:9e:45:d7:82:3f "<none>"
  for node in $NODES; do peers "$node"; done

  pod_on_bridge k8s-cp-1 coredns 10.42.0.4/24
  pod_on_bridge k8s-w-1 web-a $WEB_A/24
  pod_on_bridge k8s-w-1 client 10.42.1.9/24
  pod_on_bridge k8s-w-2 web-b $WEB_B/24
  pod_on_bridge k8s-w-2 tools 10.42.2.9/24
  serve coredns dns 53
  serve web-a http 80
  serve web-b http 80
  serve k8s-cp-1 tcp 6443
  objects
}

# outside NAME ADDRESS: a machine in another network of the house, behind the same gateway.
outside() {
  on gateway ip link show office0 >/dev/null 2>&1 || {
    on gateway ip link add office0 type bridge forward_delay 0
    on gateway ip link set office0 up
    on gateway ip addr add 10.9.8.1/24 dev office0
  }
  host "$1"
  cable "$1" eth0 gateway "$1"
  on gateway ip link set "$1" master office0
  on "$1" ip addr add "$2/24" dev eth0
  on "$1" ip route add default via 10.9.8.1
}

cluster_node() {
  local name=$1 address=$2 subnet=$3 mac=$4 role=$5
  node "$name" "$address/24" eth0
  flannel_device "$name" eth0 "$address" "$subnet" "$mac"
  kubeproxy "$name" 10.42.0.0/16 "default/kubernetes:https,tcp,10.43.0.1,443,$CP:6443" \
    "default/web:http,tcp,$WEB,80:30080,$WEB_A:80,$WEB_B:80" "kube-system/kube-dns:dns,udp,$DNS,53,10.42.0.4:53"
  flannel_rules "$name" 10.42.0.0/16 "$subnet"
  k8s_node "$name" "$address" "$subnet" "$role" 12d
  flannel_annotate "$name" "$address" "$mac"
  row "$name" "$subnet" "$address" "$mac" >>"$RUN/leases"
}

peers() {
  while IFS=$'\t' read -r name subnet address mac; do
    [ "$name" = "$1" ] || flannel_peer "$1" "$subnet" "$address" "$mac"
  done <"$RUN/leases"
}

objects() {
  k8s_pod default client 1/1 Running 0 4d 10.42.1.9 k8s-w-1
  k8s_pod default tools 1/1 Running 0 4d 10.42.2.9 k8s-w-2
  k8s_pod default web-7c56dcdb9b-p4lkx 1/1 Running 0 9d $WEB_A k8s-w-1
  k8s_pod default web-7c56dcdb9b-zt8vn 1/1 Running 0 9d $WEB_B k8s-w-2
  k8s_pod kube-flannel kube-flannel-ds-6d5zq 1/1 Running 0 12d $CP k8s-cp-1
  k8s_pod kube-flannel kube-flannel-ds-hk9xm 1/1 Running 0 12d $W1 k8s-w-1
  k8s_pod kube-flannel kube-flannel-ds-w2rjt 1/1 Running 0 12d $W2 k8s-w-2
  k8s_pod kube-system coredns-5dd5756b68-7fqnd 1/1 Running 0 12d 10.42.0.4 k8s-cp-1
  k8s_pod kube-system kube-apiserver-k8s-cp-1 1/1 Running 0 12d $CP k8s-cp-1
  k8s_pod kube-system kube-proxy-2mvbt 1/1 Running 0 12d $CP k8s-cp-1
  k8s_pod kube-system kube-proxy-gx5lw 1/1 Running 0 12d $W1 k8s-w-1
  k8s_pod kube-system kube-proxy-ndq7s 1/1 Running 0 12d $W2 k8s-w-2
  k8s_service default kubernetes ClusterIP 10.43.0.1 443/TCP 12d "<none>" $CP:6443
  k8s_service default web NodePort $WEB 80:30080/TCP 9d app=web $WEB_A:80,$WEB_B:80
  k8s_service kube-system kube-dns ClusterIP $DNS 53/UDP 12d k8s-app=kube-dns 10.42.0.4:53
}

SMALL=(python3 "$LAB/lib/serve.py")

traffic() {
  local turn
  # The watch of w-1's kubelet is older than the captures and outlives them.
  in_background k8s-w-1 python3 "$LAB/lib/serve.py" keepalive $CP 6443 60
  sleep 1
  capture k8s-cp-1 k8s-cp-1/eth0.pcap -i eth0
  capture k8s-cp-1 k8s-cp-1/flannel.1.pcap -i flannel.1
  capture k8s-w-1 k8s-w-1/any.pcap -i any
  for turn in eth0 cni0 flannel.1; do capture k8s-w-2 "k8s-w-2/$turn.pcap" -i $turn; done
  in_background k8s-w-2 python3 "$LAB/lib/serve.py" keepalive $CP 6443 60

  must_work "pod to pod across nodes" on client curl -sfm 5 http://$WEB_B/
  must_work "pod to pod across nodes, the other way" on tools curl -sfm 5 http://$WEB_A/
  must_work "pod to pod on one node" on client curl -sfm 5 http://$WEB_A/
  for turn in 1 2 3 4 5 6 7 8; do must_work "pod to service" on client curl -sfm 5 http://$WEB/; done
  must_work "node to service" on k8s-w-1 curl -sfm 5 http://$WEB/
  must_work "another node to service" on k8s-cp-1 curl -sfm 5 http://$WEB/
  must_work "node to pod" on k8s-cp-1 curl -sfm 5 http://$WEB_B/
  must_work "pod to the API server" on client "${SMALL[@]}" keepalive 10.43.0.1 443 0.6
  must_work "pod to outside" on client curl -sfm 5 http://$OUTSIDE/
  must_work "pod on w-2 to outside" on tools curl -sfm 5 http://$OUTSIDE/
  must_work "DNS" on client "${SMALL[@]}" ask $DNS web.default.svc.cluster.local
  must_work "DNS from w-2" on tools "${SMALL[@]}" ask $DNS kubernetes.default.svc.cluster.local
  must_work "DNS from a node" on k8s-w-2 "${SMALL[@]}" ask $DNS web.default.svc.cluster.local
  must_work "ping across nodes" on client ping -nc 2 -i 0.3 10.42.2.9
  must_work "ping the other way" on tools ping -nc 2 -i 0.3 10.42.1.9
  must_work "ping outside" on tools ping -nc 1 $OUTSIDE
  must_work "ping a pod from a node" on k8s-cp-1 ping -nc 1 10.42.1.9
  for turn in $W1 $W2 $CP; do must_work "NodePort of $turn from the office" on office curl -sfm 5 "http://$turn:30080/"; done
  for turn in $W1 $W2 $W2; do must_work "health check of $turn" on balancer "${SMALL[@]}" check "$turn" 30080; done
  capture_stop
  capture_merge k8s-w-2/node.pcapng eth0=k8s-w-2/eth0.pcap cni0=k8s-w-2/cni0.pcap flannel.1=k8s-w-2/flannel.1.pcap
  mkdir "$OUT/$(TOP)"
  for turn in $NODES; do mv "$OUT/$turn" "$OUT/$(TOP)"; done
}

collect() {
  local node path
  for node in $NODES; do
    path=$(TOP)/$node
    save "$path/ip-route.txt" on "$node" ip route show table all
    save "$path/ip-rule.txt" on "$node" ip rule
    save "$path/ip-addr.txt" ip_addr "$node"
    save "$path/ip-link.txt" sos_hardware "$node" ip -d link
    save "$path/bridge-fdb.txt" on "$node" bridge fdb
    save "$path/ip-neigh.txt" on "$node" ip neigh
    save "$path/iptables-save.txt" on "$node" $IPTABLES-save -c
    save "$path/conntrack.txt" with_errors on "$node" conntrack -L
    save "$path/sysctl.txt" network_sysctls "$node"
    save "$path/subnet.env" flannel_subnet_env 10.42.0.0/16 "$(awk -v name="$node" '$1 == name { print $2 }' "$RUN/leases")"
    save "$path/net-conf.json" flannel_net_conf 10.42.0.0/16
    save "$path/kube-flannel.log" flannel_log_of "$node"
  done
  path=$(TOP)/kubectl
  save "$path/nodes.txt" kubectl_nodes
  save "$path/nodes.yaml" kubectl_nodes_yaml
  save "$path/pods.txt" kubectl_pods
  save "$path/services.txt" kubectl_services
  save "$path/endpoints.txt" kubectl_endpoints
}

# Every daemon started with its node, one minute after the other, and saw the two peers.
flannel_log_of() {
  local start=$((CLOCK - 12 * 86400)) number=0 seen
  while IFS=$'\t' read -r name subnet address mac; do
    [ "$name" = "$1" ] && flannel_log_start $((start + 60 * number)) "$name" eth0 "$address" 10.42.0.0/16 "$subnet"
    number=$((number + 1))
  done <"$RUN/leases"
  number=0
  local own
  own=$(awk -v name="$1" '$1 == name { print NR - 1 }' "$RUN/leases")
  while IFS=$'\t' read -r name subnet address mac; do
    seen=$((start + 60 * (number > own ? number : own) + 2))
    [ "$name" = "$1" ] || flannel_log_lease $seen.$((130417 + number * 1219)) 0 "$subnet" "$address" "$mac"
    number=$((number + 1))
  done <"$RUN/leases"
}

pack() { pack_as tar.zst; }

truth() {
  local top file
  top=$(TOP)
  for file in k8s-cp-1/eth0.pcap k8s-cp-1/flannel.1.pcap; do
    [ "$(count "$top/$file" "tcp.analysis.retransmission")" = 0 ] || die "$file: retransmissions"
  done
  for file in k8s-cp-1/eth0.pcap k8s-cp-1/flannel.1.pcap k8s-w-1/any.pcap k8s-w-2/node.pcapng; do
    [ "$(count "$top/$file" "icmp.type == 3 or icmp.type == 5 or icmp.type == 11")" = 0 ] || die "$file: ICMP errors"
    # RST comes from the balancer alone, by its own address or by the one that it gets on its way to a pod.
    [ "$(count "$top/$file" "tcp.flags.reset == 1 && !(ip.src in {$BALANCER, 10.42.1.0, 10.42.1.1, 10.42.2.0, 10.42.2.1} || ip.dst == $WEB_A || ip.dst == $WEB_B)")" = 0 ] || die "$file: somebody else resets"
    # Every SYN has its SYN-ACK at the same place, and every question its answer.
    [ "$(count "$top/$file" "tcp.flags.syn == 1 && tcp.flags.ack == 0")" = "$(count "$top/$file" "tcp.flags.syn == 1 && tcp.flags.ack == 1")" ] || die "$file: a SYN without an answer"
    [ "$(count "$top/$file" "icmp.type == 8")" = "$(count "$top/$file" "icmp.type == 0")" ] || die "$file: a ping without an answer"
    [ "$(count "$top/$file" "dns.flags.response == 0")" = "$(count "$top/$file" "dns.flags.response == 1")" ] || die "$file: a question without an answer"
  done
  [ "$(count "$top/k8s-w-2/node.pcapng" "tcp.flags.reset == 1")" -ge 3 ] || die "the checks do not end in RST"
  for file in 10.42.1.5 10.42.2.6; do
    grep -q " src=10.42.1.9 dst=$WEB .* src=$file dst=10.42.1.9 " "$OUT/$top/k8s-w-1/conntrack.txt" || die "the service has not chosen $file for the client"
  done
  [ "$(count "$top/k8s-cp-1/eth0.pcap" "!vxlan && ip.src == 10.42.0.0/16")" = 0 ] || die "a pod's address on the wire"

  describe "A healthy flannel cluster: pods, nodes and services reach each other on one node and across nodes, pods reach outside with the node's address, the office reaches a NodePort, DNS and ping are answered. The load balancer 10.9.8.5 ends each of its health checks with RST after the whole answer, which is how such checks close." \
    "folder per node, folder of kubectl output" ""

  fact "the pod CIDR of k8s-w-2" "$top/kubectl/nodes.yaml" '/^    name: k8s-w-2$/,/podCIDR:/s/^    podCIDR: (.*)/\1/p'
  fact "the address of w-2's flannel.1" "$top/k8s-w-2/ip-addr.txt" 's/^ +inet ([0-9.]+)\/32 scope global flannel\.1$/\1/p'
  fact "the node that w-1's FDB sends to for the MAC address c6:9e:45:d7:82:3f" "$top/k8s-w-1/bridge-fdb.txt" 's/^c6:9e:45:d7:82:3f dev flannel\.1 dst ([0-9.]+) .*/\1/p'
  fact "the NodePort of the service default/web" "$top/kubectl/services.txt" 's/^default +web +.* 80:([0-9]+)\/TCP .*/\1/p'
  fact "the network that flannel masquerades for" "$top/k8s-w-1/subnet.env" 's/^FLANNEL_NETWORK=(.*)/\1/p'
}
