# Nothing is wrong: Canal, which is flannel's VXLAN with Calico's policies. Some of it looks odd to a program: the captures of
# the two nodes begin and end at different times, so each has tunnel packets that the other has not; Calico's Log action writes
# a line for every SYN that a policy accepts, and never one for its answer; a traceroute makes routers and its target send
# ICMP errors; a long connection is older and younger than every capture.

MASTER=192.168.100.10 NODE1=192.168.100.11 NODE2=192.168.100.12 NODES="k8s-master k8s-node-1 k8s-node-2"
CLIENT=10.244.1.8 WEB=10.244.2.6 TOOLS=10.244.2.9 COREDNS=10.244.2.3 OTHER_COREDNS=10.244.0.2
WEB_SERVICE=10.102.61.17 DNS=10.96.0.10 OUTSIDE=203.0.113.44
POLICY=default/default.audit-web
SMALL=(python3 "$LAB/lib/serve.py")

network() {
  local node
  underlay 192.168.100.1/24
  internet 203.0.113.1 $OUTSIDE
  serve hop2 http 80
  cluster_node k8s-master $MASTER 10.244.0.0/24 f2:0d:63:9a:41:7e control-plane
  cluster_node k8s-node-1 $NODE1 10.244.1.0/24 3a:c8:15:e4:7b:90 "<none>"
  cluster_node k8s-node-2 $NODE2 10.244.2.0/24 7e:94:ab:20:d6:5c "<none>"
  for node in $NODES; do peers $node; done
  pod k8s-master coredns-a $OTHER_COREDNS cali0b96f5d27ce
  pod k8s-node-1 client $CLIENT cali8f31a7c60d4
  pod k8s-node-2 coredns-b $COREDNS cali2d7e4b9f013
  pod k8s-node-2 web $WEB calib60c82e5a1f
  pod k8s-node-2 tools $TOOLS cali5a04d9e7b38
  rules k8s-master cali0b96f5d27ce kns.kube-system
  rules k8s-node-1 cali8f31a7c60d4 kns.default
  rules k8s-node-2 cali2d7e4b9f013 kns.kube-system calib60c82e5a1f kns.default cali5a04d9e7b38 kns.default
  serve coredns-a dns 53
  serve coredns-b dns 53
  serve web http 80
  serve tools tcp 5000
  serve k8s-master tcp 6443
  for node in $NODES; do serve $node tcp 10250; done
  on k8s-node-1 $IPTABLES -I INPUT -p tcp --dport 10250 -m conntrack --ctstate NEW -m comment --comment "audit: who talks to kubelet" -j LOG --log-prefix "ALLOW-kubelet: "
  objects
}

cluster_node() {
  local name=$1 address=$2 subnet=$3 mac=$4 role=$5
  node "$name" "$address/24" eth0
  flannel_device "$name" eth0 "$address" "$subnet" "$mac"
  k8s_node "$name" "$address" "$subnet" "$role" 76d
  flannel_annotate "$name" "$address" "$mac"
  k8s_annotate "$name" projectcalico.org/IPv4Address "$address/24"
  row "$name" "$subnet" "$address" "$mac" >>"$RUN/leases"
}
peers() {
  while IFS=$'\t' read -r name subnet address mac; do
    [ "$name" = "$1" ] || flannel_peer "$1" "$subnet" "$address" "$mac"
  done <"$RUN/leases"
}
pod() {
  pod_routed "$1" "$2" "$3" "$4"
  on "$1" ip link set "$4" mtu 1450
  on "$2" ip link set eth0 mtu 1450
}

rules() {
  local node=$1 subnet clients
  shift
  subnet=$(awk -v node="$node" '$1 == node { print $2 }' "$RUN/leases")
  kubeproxy "$node" 10.244.0.0/16 "default/kubernetes:https,tcp,10.96.0.1,443,$MASTER:6443" "default/web,tcp,$WEB_SERVICE,80,$WEB:80" \
    "kube-system/kube-dns:dns,udp,$DNS,53,$OTHER_COREDNS:53,$COREDNS:53"
  flannel_rules "$node" 10.244.0.0/16 "$subnet"
  # No pool: the sets are there, and empty.
  calico_ipset "$node" cali40masq-ipam-pools hash:net
  calico_ipset "$node" cali40all-ipam-pools hash:net
  calico_begin "$node"
  calico_chains canal
  if [ "$node" = k8s-node-2 ]; then
    clients=$(felix_selector "(projectcalico.org/namespace == 'default') && app == 'client'")
    calico_ipset "$node" "$clients" hash:net $CLIENT
    calico_policy calib60c82e5a1f $POLICY "log -p tcp" "-p tcp -m set --match-set $clients src -m multiport --destination-ports 80" \
      "-p tcp --source 10.244.0.0/32 -m multiport --destination-ports 80" "-p icmp"
  fi
  while [ $# -gt 0 ]; do
    calico_pod "$1" "$2"
    shift 2
  done
  calico_end
}

objects() {
  k8s_pod default client-7d9f6c5b8-vk2lp 1/1 Running 0 11d $CLIENT k8s-node-1
  k8s_pod default tools-5c8d49bb7f-9mxrt 1/1 Running 0 11d $TOOLS k8s-node-2
  k8s_pod default web-64f7b9c6d5-hq8zn 1/1 Running 0 48d $WEB k8s-node-2
  k8s_pod kube-system canal-4xjv7 2/2 Running 0 76d $MASTER k8s-master
  k8s_pod kube-system canal-d8nzq 2/2 Running 0 76d $NODE1 k8s-node-1
  k8s_pod kube-system canal-tw6kl 2/2 Running 0 76d $NODE2 k8s-node-2
  k8s_pod kube-system coredns-5dd5756b68-b4fxp 1/1 Running 0 76d $OTHER_COREDNS k8s-master
  k8s_pod kube-system coredns-5dd5756b68-nz7gm 1/1 Running 0 76d $COREDNS k8s-node-2
  k8s_pod kube-system kube-apiserver-k8s-master 1/1 Running 0 76d $MASTER k8s-master
  k8s_pod kube-system kube-proxy-9gq5c 1/1 Running 0 76d $MASTER k8s-master
  k8s_pod kube-system kube-proxy-m6txw 1/1 Running 0 76d $NODE1 k8s-node-1
  k8s_pod kube-system kube-proxy-zr2hb 1/1 Running 0 76d $NODE2 k8s-node-2
  k8s_service default kubernetes ClusterIP 10.96.0.1 443/TCP 76d "<none>" $MASTER:6443
  k8s_service default web ClusterIP $WEB_SERVICE 80/TCP 48d app=web $WEB:80
  k8s_service kube-system kube-dns ClusterIP $DNS 53/UDP,53/TCP,9153/TCP 76d k8s-app=kube-dns $OTHER_COREDNS:53,$COREDNS:53
}

traffic() {
  local turn ping
  kernel_log_start
  # From before the first capture to after the last one.
  in_background client python3 "$LAB/lib/serve.py" keepalive $TOOLS 5000 60
  exec_on client ping -nqc 1000 -i 0.2 $TOOLS >"$RUN/ping" &
  ping=$!
  touch "$RUN/pids/$ping"
  sleep 0.5
  capture k8s-node-1 k8s-node-1/eth0.pcap --time-stamp-precision=nano -i eth0
  capture k8s-master k8s-master/flannel.1.pcap -i flannel.1
  requests
  capture k8s-node-2 k8s-node-2/eth0.pcap -i eth0
  requests
  at k8s-node-1/traceroute.txt k8s-node-1 "~"
  typed "kubectl exec client-7d9f6c5b8-vk2lp -- traceroute -n -N 1 $TOOLS" on client traceroute -n -N 1 $TOOLS
  typed "traceroute -n -I $TOOLS"
  requests
  capture_stop k8s-node-1/eth0.pcap
  requests
  capture_stop
  kill -INT $ping
  wait $ping || true
  rm "$RUN/pids/$ping"
  capture_merge k8s-node-2/eth0.pcapng eth0=k8s-node-2/eth0.pcap
  kernel_log "calico-packet: " >"$RUN/dmesg-k8s-node-2"
  kernel_log "ALLOW-kubelet: " >"$RUN/dmesg-k8s-node-1"
}

requests() {
  must_work "pod to pod across nodes" on client curl -sfm 5 http://$WEB/
  must_work "pod to service" on client curl -sfm 5 http://$WEB_SERVICE/
  must_work "node to service" on k8s-master curl -sfm 5 http://$WEB_SERVICE/
  must_work "DNS" on client "${SMALL[@]}" ask $DNS web.default.svc.cluster.local
  must_work "DNS" on tools "${SMALL[@]}" ask $DNS web.default.svc.cluster.local
  must_work "pod to the API server" on client "${SMALL[@]}" keepalive 10.96.0.1 443 0.2
  must_work "pod to another node" on client "${SMALL[@]}" keepalive $NODE2 10250 0.2
  must_work "API server's node to a kubelet" on k8s-master "${SMALL[@]}" keepalive $NODE1 10250 0.2
  must_work "pod to outside" on client curl -sfm 5 http://$OUTSIDE/
  must_work "ping another node" on client ping -nc 1 $MASTER
  must_work "ping a pod with a policy" on client ping -nc 1 $WEB
  must_work "ping outside" on tools ping -nc 1 $OUTSIDE
  must_work "probe" on k8s-node-2 curl -sfm 1 -A kube-probe/1.28 http://$WEB/
}

collect() {
  local node namespace dump=cluster-info
  for node in $NODES; do
    save $node/ip-addr.txt ip_addr $node
    save $node/ip-route.txt on $node ip route
    save $node/ip-neigh.txt on $node ip neigh
    save $node/bridge-fdb-show-dev-flannel.1.txt on $node bridge fdb show dev flannel.1
    save $node/iptables-save.txt on $node $IPTABLES-save -c
    save $node/ipset-list.txt on $node ipset list
    save $node/conntrack.txt with_errors on $node conntrack -L
    save $node/sysctl.txt network_sysctls $node
    save $node/uname.txt echo "Linux $node $K8S_KERNEL #101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023 x86_64 x86_64 x86_64 GNU/Linux"
  done
  for node in k8s-node-1 k8s-node-2; do save $node/var/log/syslog syslog $node; done

  save $dump/nodes.json kubectl_dump_nodes
  for namespace in default kube-system; do
    save $dump/$namespace/pods.json kubectl_dump_pods $namespace
    save $dump/$namespace/services.json kubectl_dump_services $namespace
  done
  save $dump/kube-system/canal-4xjv7/logs.txt canal_log k8s-master canal-4xjv7 $MASTER 10.244.0.0/24
  save $dump/kube-system/canal-d8nzq/logs.txt canal_log k8s-node-1 canal-d8nzq $NODE1 10.244.1.0/24
  save $dump/kube-system/canal-tw6kl/logs.txt canal_log k8s-node-2 canal-tw6kl $NODE2 10.244.2.0/24
  save canal-config.json canal_config
  save networkpolicies.crd.projectcalico.org.yaml policy
}

syslog() {
  local s=$((CLOCK - 1500))
  echo "$(date -u -d "@$s" '+%b %e %H:%M:%S') $1 systemd[1]: Starting Daily apt download activities..."
  echo "$(date -u -d "@$((s + 3))" '+%b %e %H:%M:%S') $1 systemd[1]: Finished Daily apt download activities."
  echo "$(date -u -d "@$((s + 607))" '+%b %e %H:%M:%S') $1 kubelet[961]: $(klog $((s + 607)).713902 I prober.go:107 '"Probe succeeded" probeType="Readiness" containerName="calico-node"' | sed 's/       1 /     961 /')"
  dmesg_syslog "$1" <"$RUN/dmesg-$1"
}

# The log file of a pod in the dump: one block for each container.
canal_log() {
  local node=$1 pod=$2 address=$3 subnet=$4 s=$((CLOCK - 76 * 86400)) n=0
  echo "==== START logs for container calico-node of pod kube-system/$pod ===="
  calico_log $s.412 INFO 9 "startup/startup.go 427" "Early log level set to info"
  calico_log $s.413 INFO 9 "startup/utils.go 127" "Using NODENAME environment for node name $node"
  calico_log $s.413 INFO 9 "startup/utils.go 139" "Determined node name: $node"
  calico_log $s.414 INFO 9 "startup/startup.go 94" "Starting node $node with version v3.26.1"
  calico_log $s.430 INFO 9 "startup/startup.go 104" "Datastore is ready"
  calico_log $s.471 INFO 9 "startup/startup.go 218" "Using node name: $node"
  echo "Calico node started successfully"
  calico_log $((CLOCK - 40)).118 INFO 44 "felix/summary.go 100" "Summarising 9 dataplane reconciliation loops over 1m2.9s: avg=5ms longest=21ms (resync-filter-v4,resync-nat-v4)"
  echo "==== END logs for container calico-node of pod kube-system/$pod ===="
  echo "==== START logs for container kube-flannel of pod kube-system/$pod ===="
  flannel_log_start $s "$node" eth0 "$address" 10.244.0.0/16 "$subnet" | grep -v '^Defaulted'
  while IFS=$'\t' read -r name other_subnet other mac; do
    [ "$name" = "$node" ] || flannel_log_lease $((s + 2)).$((140233 + n * 811)) $((n++)) "$other_subnet" "$other" "$mac"
  done <"$RUN/leases"
  echo "==== END logs for container kube-flannel of pod kube-system/$pod ===="
}

canal_config() {
  jq -n --indent 4 --arg created "$(k8s_created 76d)" --arg conf "$(flannel_net_conf 10.244.0.0/16)"$'\n' --arg uid "$(k8s_uid canal-config)" '{
    apiVersion: "v1",
    data: {canal_iface: "", masquerade: "true", "net-conf.json": $conf, typha_service_name: "none", veth_mtu: "0"},
    kind: "ConfigMap",
    metadata: {creationTimestamp: $created, name: "canal-config", namespace: "kube-system", resourceVersion: "318", uid: $uid}}'
}

policy() {
  cat <<YAML
apiVersion: v1
items:
- apiVersion: crd.projectcalico.org/v1
  kind: NetworkPolicy
  metadata:
    creationTimestamp: "$(k8s_created 48d)"
    generation: 3
    name: default.audit-web
    namespace: default
    uid: $(k8s_uid policy)
  spec:
    ingress:
    - action: Log
      destination: {}
      protocol: TCP
      source: {}
    - action: Allow
      destination:
        ports:
        - 80
      protocol: TCP
      source:
        selector: app == 'client'
    - action: Allow
      destination:
        ports:
        - 80
      protocol: TCP
      source:
        nets:
        - 10.244.0.0/32
    - action: Allow
      destination: {}
      protocol: ICMP
      source: {}
    selector: app == 'web'
    types:
    - Ingress
kind: List
metadata:
  resourceVersion: ""
YAML
}

pack() { pack_as tar.zst; }

# tunnelled FILE: the background ping's requests inside the tunnel: identification and number.
tunnelled() {
  tshark -n -r "$OUT/$1" -d udp.port==8472,vxlan -Y "vxlan && icmp.type == 8 && ip.src == $CLIENT && ip.dst == $TOOLS && ip.ttl == 63" \
    -T fields -E occurrence=l -e frame.time_epoch -e icmp.seq 2>/dev/null
}

truth() {
  local one=k8s-node-1/eth0.pcap two=k8s-node-2/eth0.pcapng file inside
  for file in $one $two k8s-master/flannel.1.pcap; do
    [ "$(count $file "tcp.flags.reset == 1 or icmp.type == 5 or (icmp.type == 3 && icmp.code != 3)")" = 0 ] || die "$file: a reset, a redirect or an ICMP error"
    [ "$(count $file "tcp.analysis.retransmission && !tcp.analysis.spurious_retransmission")" = 0 ] || die "$file: retransmissions"
    [ "$file" = k8s-master/flannel.1.pcap ] || [ "$(count $file "!vxlan && ip.src == 10.244.0.0/16")" = 0 ] || die "$file: a pod's address outside the tunnel"
  done
  grep -qE '^ 3  10\.244\.2\.9 ' "$OUT/k8s-node-1/traceroute.txt" || die "the traceroute does not reach its target"
  [ "$(count $one "icmp.type == 11")" -ge 3 ] || die "no time exceeded"
  # Each capture has requests that the other has not; where both ran, they are the same.
  tunnelled $one >"$RUN/one"
  tunnelled $two >"$RUN/two"
  [ "$(awk 'NR == FNR { seen[$2] = 1; next } !seen[$2]' "$RUN/two" "$RUN/one" | wc -l)" -ge 5 ] || die "node-2 has all of node-1's requests"
  [ "$(awk 'NR == FNR { seen[$2] = 1; next } !seen[$2]' "$RUN/one" "$RUN/two" | wc -l)" -ge 5 ] || die "node-1 has all of node-2's requests"
  inside=$(awk 'NR == FNR { if (!from) from = $2; next } $2 >= from' "$RUN/two" "$RUN/one" | wc -l)
  [ "$inside" -ge 20 ] || die "the captures hardly overlap"
  [ "$(awk 'NR == FNR { seen[$2] = 1; next } seen[$2]' "$RUN/two" "$RUN/one" | wc -l)" = "$inside" ] || die "a request is lost in between"
  grep -q ', 0% packet loss' "$RUN/ping" || die "the ping in the background has lost packets: $(tail -3 "$RUN/ping")"
  [ "$(grep -c 'calico-packet: .* SYN ' "$OUT/k8s-node-2/var/log/syslog")" -ge 10 ] || die "the policy has logged too little"

  describe "Nothing is wrong: Canal with a policy that logs and allows. Pod to pod through flannel's VXLAN, to service, to a node's address and to outside, node to service, DNS, ping and two traceroutes all reach their targets; the two nodes' captures begin and end at different times." \
    "kubectl cluster-info dump in a folder, with one folder per node, tar.zst" ""

  fact "the network in Canal's net-conf.json" canal-config.json 's/.*\\"Network\\": \\"([0-9.\/]+)\\".*/\1/p'
  fact "the selector of the network policy default.audit-web" networkpolicies.crd.projectcalico.org.yaml "s/^    selector: (.*)/\\1/p"
  fact "where k8s-node-2's flannel.1 sends frames for the MAC address 3a:c8:15:e4:7b:90" k8s-node-2/bridge-fdb-show-dev-flannel.1.txt 's/^3a:c8:15:e4:7b:90 dst ([0-9.]+) self permanent.*/\1/p'
  fact "the member of the policy's ipset on k8s-node-2" k8s-node-2/ipset-list.txt '/^Name: cali40s:/,/^$/{/^Members:/{n;p}}'
  fact "the second hop of the traceroute from the pod $CLIENT" k8s-node-1/traceroute.txt 's/^ 2  ([0-9.]+) .*/\1/p'
}
