# Incident 003: Calico's pool 192.168.0.0/16 covers the nodes' own network 192.168.21.0/24. Pods reach the internet, but
# not the API server: its address is "in the pool", so no SNAT, and the master answers a pod by its default route.
# The control plane is installed by hand, outside the cluster: no kubelet, no Calico, no routes to pods on that machine.

MASTER=192.168.21.11
TOP() { date -u -d "@$CLOCK" +calico-diagnostics-%Y%m%d_%H%M%S; }

network() {
  underlay 192.168.21.1/24
  internet 223.5.5.5
  serve hop1 https 443
  node k8s-master-1 $MASTER/24 ens192
  serve k8s-master-1 https 6443 apiserver

  worker k8s-node-1 12 192.168.236.0/26
  worker k8s-node-2 13 192.168.110.128/26
  worker k8s-node-3 14 192.168.77.192/26
  pod_routed k8s-node-1 calico-kube-controllers 192.168.236.10 calia9589d79281
  pod_routed k8s-node-2 coredns 192.168.110.130 cali4f2d6c1be07
  serve coredns dns 53

  rules k8s-node-1 calia9589d79281 kns.calico-system ksa.calico-system.calico-kube-controllers
  rules k8s-node-2 cali4f2d6c1be07 kns.kube-system ksa.kube-system.coredns
  rules k8s-node-3
  objects
}

BLOCKS="k8s-node-1=192.168.236.0/26=192.168.21.12 k8s-node-2=192.168.110.128/26=192.168.21.13 k8s-node-3=192.168.77.192/26=192.168.21.14"
worker() {
  local name=$1 address=192.168.21.$2 block=$3 other routes=()
  node "$name" "$address/24" ens192
  for other in $BLOCKS; do [[ $other = $name=* ]] || routes+=("${other#*=}"); done
  calico_ipip "$name" "${block%/*}" "${routes[@]}"
  calico_block "$name" "$block"
  k8s_node "$name" "$address" "192.168.$(($2 - 12)).0/24" "<none>" 2d
  k8s_annotate "$name" projectcalico.org/IPv4Address "$address/24"
  k8s_annotate "$name" projectcalico.org/IPv4IPIPTunnelAddr "${block%/*}"
}

# The fault is in two sets: sources to masquerade, and destinations not to masquerade for. The pool is in both, as always;
# this pool also contains the destination.
rules() {
  local node=$1
  kubeproxy "$node" 192.168.0.0/16 "default/kubernetes:https,tcp,10.96.0.1,443,$MASTER:6443" \
    kube-system/kube-dns:dns,udp,10.96.0.10,53,192.168.110.130:53
  calico_ipset "$node" cali40masq-ipam-pools hash:net 192.168.0.0/16
  calico_ipset "$node" cali40all-ipam-pools hash:net 192.168.0.0/16
  calico_ipset "$node" cali40all-hosts-net hash:net 192.168.21.12 192.168.21.13 192.168.21.14
  calico_begin "$node"
  calico_chains ipip
  [ $# = 1 ] || calico_pod "${@:2}"
  calico_end
}

objects() {
  k8s_pod calico-system calico-kube-controllers-596576f79-j2pkg 0/1 Running "3 (32s ago)" 13m 192.168.236.10 k8s-node-1
  k8s_pod calico-system calico-node-gqz7n 1/1 Running 0 34m 192.168.21.12 k8s-node-1
  k8s_pod calico-system calico-node-tg9gr 1/1 Running 0 34m 192.168.21.13 k8s-node-2
  k8s_pod calico-system calico-node-x8w2c 1/1 Running 0 34m 192.168.21.14 k8s-node-3
  k8s_pod calico-system calico-typha-b8cccb6bb-nr4m5 1/1 Running 0 48m 192.168.21.12 k8s-node-1
  k8s_pod calico-system calico-typha-b8cccb6bb-v9db2 1/1 Running 0 48m 192.168.21.13 k8s-node-2
  k8s_pod kube-system coredns-5d78c9869d-h7tkp 1/1 Running 0 12m 192.168.110.130 k8s-node-2
  k8s_pod kube-system kube-proxy-4nq7s 1/1 Running 0 50m 192.168.21.12 k8s-node-1
  k8s_pod kube-system kube-proxy-b6xgm 1/1 Running 0 50m 192.168.21.13 k8s-node-2
  k8s_pod kube-system kube-proxy-wl5fd 1/1 Running 0 50m 192.168.21.14 k8s-node-3
  k8s_service default kubernetes ClusterIP 10.96.0.1 443/TCP 2d "<none>" $MASTER:6443
  k8s_service kube-system kube-dns ClusterIP 10.96.0.10 53/UDP 48m k8s-app=kube-dns 192.168.110.130:53
}

traffic() {
  local direct service
  # The tunnel between nodes is in order: asked before the capture, answered through tunl0.
  must_work "DNS from node-1's pod to node-2's pod" on calico-kube-controllers python3 -c "$DNS_QUESTION" 192.168.110.130
  must_work "DNS through the service address" on calico-kube-controllers python3 -c "$DNS_QUESTION" 10.96.0.10

  capture k8s-node-1 any.txt -i any host $MASTER
  must_work "node-1 to the API server" on k8s-node-1 curl -skm 5 https://$MASTER:6443
  must_work "node-1 to the API server's service" on k8s-node-1 curl -skm 5 https://10.96.0.1
  must_time_out "pod to the API server" on calico-kube-controllers curl -skm 8.5 https://$MASTER:6443 &
  direct=$!
  sleep 0.3
  must_time_out "pod to the API server's service" on calico-kube-controllers curl -skm 8.5 https://10.96.0.1 &
  service=$!
  wait $direct
  wait $service
  must_work "pod to the internet" on calico-kube-controllers curl -skIm 5 https://223.5.5.5
  capture_stop
}

DNS_QUESTION='
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
s.sendto(b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x0akubernetes\x07default\x03svc\x07cluster\x05local\x00\x00\x01\x00\x01", (sys.argv[1], 53))
s.recv(512)
'

collect() {
  local top n
  top=$(TOP)
  for n in 1 2 3; do calico_node_diags k8s-node-$n "$top"; done

  save "$top/nodes/k8s-node-1/calico-system/calico-kube-controllers-596576f79-j2pkg.log" controllers_log
  save "$top/nodes/k8s-node-1/calico-system/calico-node-gqz7n.log" node_log k8s-node-1 192.168.21.12 192.168.21.13 192.168.21.14
  save "$top/nodes/k8s-node-2/calico-system/calico-node-tg9gr.log" node_log k8s-node-2 192.168.21.13 192.168.21.12 192.168.21.14
  save "$top/nodes/k8s-node-3/calico-system/calico-node-x8w2c.log" node_log k8s-node-3 192.168.21.14 192.168.21.12 192.168.21.13

  save "$top/cluster/kubernetes/nodes.yaml" kubectl_nodes_yaml
  save "$top/cluster/kubernetes/nodes.txt" kubectl_nodes
  save "$top/cluster/kubernetes/pods.txt" kubectl_pods
  save "$top/cluster/kubernetes/services.txt" kubectl_services
  save "$top/cluster/kubernetes/endpoints.txt" kubectl_endpoints
  save "$top/cluster/crd/ippools.yaml" ippool

  # Not the collector's: added by the engineer, on the node and on the master.
  terminal_tcpdump >"$OUT/$top/tcpdump-k8s-node-1.txt"
  rm "$OUT/any.txt"
  at "$top/k8s-master-1.txt" k8s-master-1 "~"
  typed "ip route"
  typed "ip addr" ip_addr k8s-master-1
}

# What the terminal showed: tcpdump's first words, the packets, ^C and its last words.
terminal_tcpdump() {
  local log
  log=$RUN/capture-$(steady_hex any.txt 8)
  echo "[root@k8s-node-1 ~]# tcpdump -nn -i any host $MASTER"
  sed '/^listening on/q' "$log"
  sed 's/^$/^C/' "$OUT/any.txt"
  sed '1,/^listening on/d' "$log"
}

node_log() { calico_node_log_start $((CLOCK - 34 * 60)) "$1" ens192 "$2/24" "${@:3}"; }

controllers_log() {
  local s=$((CLOCK - 32))
  calico_log $s.531 INFO 1 "main.go 107" 'Loaded configuration from environment config=&config.Config{LogLevel:"info", WorkloadEndpointWorkers:1, ProfileWorkers:1, PolicyWorkers:1, NodeWorkers:1, Kubeconfig:"", DatastoreType:"kubernetes"}'
  klog $s.532874 W client_config.go:617 "Neither --kubeconfig nor --master was specified.  Using the inClusterConfig.  This might not work."
  calico_log $s.533 INFO 1 "main.go 131" "Ensuring Calico datastore is initialized"
  s=$((s + 30))
  calico_log $s.561 ERROR 1 "client.go 295" 'Error getting cluster information config ClusterInformation="default" error=Get "https://10.96.0.1:443/apis/crd.projectcalico.org/v1/clusterinformations/default": dial tcp 10.96.0.1:443: i/o timeout'
  calico_log $s.561 INFO 1 "main.go 138" 'Failed to initialize datastore error=Get "https://10.96.0.1:443/apis/crd.projectcalico.org/v1/clusterinformations/default": dial tcp 10.96.0.1:443: i/o timeout'
}

ippool() {
  cat <<YAML
apiVersion: v1
items:
- apiVersion: crd.projectcalico.org/v1
  kind: IPPool
  metadata:
    creationTimestamp: "$(k8s_created 2d)"
    generation: 1
    name: default-ipv4-ippool
    uid: $(k8s_uid ippool)
  spec:
    allowedUses:
    - Workload
    - Tunnel
    blockSize: 26
    cidr: 192.168.0.0/16
    ipipMode: Always
    natOutgoing: true
    nodeSelector: all()
    vxlanMode: Never
kind: List
metadata:
  resourceVersion: ""
YAML
}

pack() { pack_as tar.gz; }

truth() {
  local top capture
  top=$(TOP)
  capture=$top/tcpdump-k8s-node-1.txt
  local syn="192\.168\.236\.10\.[0-9]+ > 192\.168\.21\.11\.6443: Flags \[S\]"
  ! grep -q '> 192\.168\.236\.10\.' "$OUT/$capture" || die "the pod has an answer"
  [ "$(grep -cE "ens192 +Out +IP $syn" "$OUT/$capture")" -ge 8 ] || die "too few retransmissions for silence to mean anything"
  grep -q '192\.168\.21\.11\.6443 > 192\.168\.21\.12\.[0-9]*: Flags \[S\.\]' "$OUT/$capture" || die "the node has no answer"

  describe "Calico's pool 192.168.0.0/16 contains the network of the nodes 192.168.21.0/24, so node-1 sends a pod's packets to the API server on 192.168.21.11 without SNAT, and the answers leave the master by its default gateway. The same requests from the node, and the pod's requests to the internet, work." \
    "calicoctl cluster diags, with a terminal's tcpdump text and a transcript of the master added" ippool-overlaps-node-network
  symptom unreplied-syn critical 192.168.236.10 192.168.21.11
  lines "$capture" "$syn"
  symptom unsnatted-source critical 192.168.236.10 192.168.21.11 ens192
  lines "$capture" "ens192 +Out +IP $syn"

  fact "the CIDR of the IP pool" "$top/cluster/crd/ippools.yaml" 's/^    cidr: (.*)/\1/p'
  fact "the master's default gateway" "$top/k8s-master-1.txt" 's/^default via ([0-9.]+) .*/\1/p'
  fact "the endpoint of the service default/kubernetes" "$top/cluster/kubernetes/endpoints.txt" 's/^default +kubernetes +([0-9.:]+) .*/\1/p'
  fact "the interface of the pod 192.168.236.10 on k8s-node-1" "$top/nodes/k8s-node-1/ip-route.txt" 's/^192\.168\.236\.10 dev ([a-z0-9]+) .*/\1/p'
  fact "the member of the ipset cali40all-ipam-pools on k8s-node-1" "$top/nodes/k8s-node-1/ipset-list.txt" '/^Name: cali40all-ipam-pools$/,/^Members:/{/^Members:/{n;p}}'
}
