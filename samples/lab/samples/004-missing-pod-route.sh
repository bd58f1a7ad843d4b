# Incident 004: a master and a node have no routes to the other nodes' pod subnets, so what they send there goes to the
# default gateway and disappears on the internet. flannel's log looks healthy.

MAC_NODE_1=8a:33:32:f8:48:e3 MAC_NODE_2=96:25:97:a7:53:24 MAC_NODE_3=8a:b4:6b:ff:c8:ec MAC_MASTER=de:5c:8e:ad:a6:21

network() {
  local n
  underlay 192.168.1.1/24
  internet 125.38.16.1 117.8.110.117 61.181.253.18
  cluster_node longinus-master-1 192.168.1.56 10.244.0.0/24 $MAC_MASTER control-plane
  cluster_node longinus-node-1 192.168.1.57 10.244.1.0/24 $MAC_NODE_1 "<none>"
  cluster_node longinus-node-2 192.168.1.58 10.244.2.0/24 $MAC_NODE_2 "<none>"
  cluster_node longinus-node-3 192.168.1.59 10.244.3.0/24 $MAC_NODE_3 "<none>"
  for n in master-1 node-1 node-2 node-3; do peers longinus-$n; done
  # The fault: the routes of two nodes are gone, while neighbours and FDB entries are still there.
  for n in master-1 node-1; do on longinus-$n ip route flush dev flannel.1; done

  pod_on_bridge longinus-node-1 pod-demo 10.244.1.14/24
  pod_on_bridge longinus-node-2 web 10.244.2.7/24
  pod_on_bridge longinus-node-3 pod-env-demo 10.244.3.12/24
  serve pod-env-demo http 80
  serve longinus-master-1 tcp 6443
  objects
}

cluster_node() {
  local name=$1 address=$2 subnet=$3 mac=$4 role=$5
  node "$name" "$address/24" ens33
  flannel_device "$name" ens33 "$address" "$subnet" "$mac"
  kubeproxy "$name" 10.244.0.0/16 default/kubernetes:https,tcp,10.96.0.1,443,192.168.1.56:6443
  flannel_rules "$name" 10.244.0.0/16 "$subnet"
  k8s_node "$name" "$address" "$subnet" "$role" 28d
  row "$name" "$subnet" "$address" "$mac" >>"$RUN/leases"
}

# peers NODE: what its flanneld programmed for the three others.
peers() {
  while IFS=$'\t' read -r name subnet address mac; do
    [ "$name" = "$1" ] || flannel_peer "$1" "$subnet" "$address" "$mac"
  done <"$RUN/leases"
}

objects() {
  k8s_pod demo pod-demo 2/2 Running 0 20h 10.244.1.14 longinus-node-1
  k8s_pod demo pod-env-demo 2/2 Running 0 19h 10.244.3.12 longinus-node-3
  k8s_pod demo web 1/1 Running 0 19h 10.244.2.7 longinus-node-2
  k8s_pod kube-flannel kube-flannel-ds-2clkz 1/1 Running 0 28d 192.168.1.56 longinus-master-1
  k8s_pod kube-flannel kube-flannel-ds-2shql 1/1 Running "4 (33h ago)" 27d 192.168.1.58 longinus-node-2
  k8s_pod kube-flannel kube-flannel-ds-scqks 1/1 Running "4 (21h ago)" 27d 192.168.1.59 longinus-node-3
  k8s_pod kube-flannel kube-flannel-ds-vstfj 1/1 Running "3 (33h ago)" 27d 192.168.1.57 longinus-node-1
  k8s_pod kube-system kube-apiserver-longinus-master-1 1/1 Running 0 28d 192.168.1.56 longinus-master-1
  k8s_pod kube-system kube-proxy-7xk2v 1/1 Running 0 28d 192.168.1.56 longinus-master-1
  k8s_pod kube-system kube-proxy-c9tzl 1/1 Running "3 (33h ago)" 27d 192.168.1.57 longinus-node-1
  k8s_pod kube-system kube-proxy-lmq4d 1/1 Running "4 (33h ago)" 27d 192.168.1.58 longinus-node-2
  k8s_pod kube-system kube-proxy-zw8rn 1/1 Running "4 (21h ago)" 27d 192.168.1.59 longinus-node-3
}

traffic() {
  at master-1.txt longinus-master-1 "~/k8s-yaml"
  pasted "kubectl get pods -n demo -o wide" < <(kubectl_pods demo)
  gave_up "curl 10.244.3.12" curl -s 10.244.3.12

  # Before the captures: traceroute's probes would be in them.
  at node-1.txt longinus-node-1 "~"
  typed "traceroute 10.244.3.12" traceroute_with_names

  capture longinus-node-1 node-1-ens33.pcap -i ens33
  capture longinus-node-3 node-3-ens33.pcap -i ens33
  # What works all the time: kubelets talking to the API server, and pods of nodes that have their routes.
  in_background longinus-node-1 python3 "$LAB/lib/serve.py" keepalive 192.168.1.56 6443 12
  in_background longinus-node-3 python3 "$LAB/lib/serve.py" keepalive 192.168.1.56 6443 12
  must_work "pod on node-2 to pod on node-3" on web curl -sm 5 10.244.3.12

  gave_up "curl 10.244.3.12" curl -s 10.244.3.12 &
  local from_node=$!
  at master-1.txt longinus-master-1 "~/k8s-yaml"
  typed "kubectl exec -n demo pod-demo -- curl -sS -m 8 10.244.3.12" curl_from_pod
  wait $from_node
  must_work "pod on node-2 to pod on node-3 again" on web curl -sm 5 10.244.3.12
  capture_stop
}

curl_from_pod() {
  local status=0
  on pod-demo curl -sS -m 8 10.244.3.12 || status=$?
  [ $status = 28 ] || die "pod on node-1 to pod on node-3 should time out"
  echo "command terminated with exit code $status"
}

# traceroute looks up names; this one finds them where a home router's resolver would.
traceroute_with_names() {
  printf '192.168.1.1 QWRT.lan\n125.38.16.1 no-data\n117.8.110.117 dns117.online.tj.cn\n' >"$RUN/hosts"
  : >"$RUN/resolv.conf"
  timeout -s INT 14 nsenter --net="$RUN/ns/longinus-node-1.net" unshare --mount bash -c \
    "mount --bind $RUN/hosts /etc/hosts; mount --bind $RUN/resolv.conf /etc/resolv.conf; exec stdbuf -o0 traceroute 10.244.3.12" || true
  echo "^C"
}

collect() {
  at node-1.txt longinus-node-1 "~"
  typed "ip route"
  typed "ip addr" ip_addr longinus-node-1
  at node-3.txt longinus-node-3 "~"
  typed "curl 10.244.3.12" on longinus-node-3 curl -sSfm 5 10.244.3.12
  typed "ip route"
  typed "ip addr" ip_addr longinus-node-3

  at master-1.txt longinus-master-1 "~/k8s-yaml"
  pasted "kubectl get pods -n kube-flannel -o wide" < <(kubectl_pods kube-flannel)
  pasted "kubectl get pods -A -o wide" < <(kubectl_pods)
  pasted "kubectl get nodes -o wide" < <(kubectl_nodes)
  typed "ip route"
  typed "ip addr" ip_addr longinus-master-1

  at flannel-logs.txt longinus-master-1 "~/k8s-yaml"
  pasted "kubectl logs kube-flannel-ds-2clkz -n kube-flannel" < <(log_master)
  pasted "kubectl logs kube-flannel-ds-vstfj -n kube-flannel" < <(log_node_1)
  pasted "kubectl logs kube-flannel-ds-scqks -n kube-flannel" < <(log_node_3)
}

# The master has run for 28 days and has seen every restart of its peers; the last MAC of each is the present one.
log_master() {
  local start=$((CLOCK - 28 * 86400))
  flannel_log_start $start longinus-master-1 ens33 192.168.1.56 10.244.0.0/16 10.244.0.0/24
  lease $((start + 886)).838354 0 10.244.3.0/24 192.168.1.59 fa:45:96:1b:56:5f
  lease $((start + 889)).700082 0 10.244.2.0/24 192.168.1.58 06:a9:e6:29:27:5f
  lease $((start + 1461)).979572 0 10.244.1.0/24 192.168.1.57 2e:90:cc:cb:d0:51
  lease $((CLOCK - 33 * 3600)).397489 0 10.244.1.0/24 192.168.1.57 $MAC_NODE_1
  lease $((CLOCK - 33 * 3600 + 164)).273831 0 10.244.2.0/24 192.168.1.58 $MAC_NODE_2
  lease $((CLOCK - 21 * 3600)).440910 0 10.244.3.0/24 192.168.1.59 $MAC_NODE_3
}
lease() {
  klog "$1" I kube.go:479 "Creating the node lease for IPv4. This is the n.Spec.PodCIDRs: [$3]"
  flannel_log_lease "$@"
}
log_node_1() {
  local start=$((CLOCK - 33 * 3600 - 1))
  flannel_log_start $start longinus-node-1 ens33 192.168.1.57 10.244.0.0/16 10.244.1.0/24
  flannel_log_lease $((start + 1)).996120 0 10.244.0.0/24 192.168.1.56 $MAC_MASTER
  lease $((start + 165)).274010 0 10.244.2.0/24 192.168.1.58 $MAC_NODE_2
  lease $((start + 43201)).441001 0 10.244.3.0/24 192.168.1.59 $MAC_NODE_3
}
log_node_3() {
  local start=$((CLOCK - 21 * 3600 - 1))
  flannel_log_start $start longinus-node-3 ens33 192.168.1.59 10.244.0.0/16 10.244.3.0/24
  flannel_log_lease $((start + 1)).995871 0 10.244.0.0/24 192.168.1.56 $MAC_MASTER
  flannel_log_lease $((start + 1)).996003 1 10.244.1.0/24 192.168.1.57 $MAC_NODE_1
  flannel_log_lease $((start + 1)).996088 2 10.244.2.0/24 192.168.1.58 $MAC_NODE_2
}

pack() { pack_as zip; }

truth() {
  local unanswered='tcp.flags.syn == 1 && tcp.flags.ack == 0 && ip.dst == 10.244.3.12'
  [ "$(count node-1-ens33.pcap "ip.src == 10.244.3.12")" = 0 ] || die "node-1 has an answer from the pod"
  [ "$(count node-3-ens33.pcap "ip.addr == 192.168.1.57 && ip.addr == 10.244.3.12")" = 0 ] || die "node-3 has seen node-1's packets"
  [ "$(count node-1-ens33.pcap "$unanswered")" -ge 7 ] || die "too few retransmissions for silence to mean anything"

  describe "Node-1 and the master have no route to the pod subnets of the other nodes, so curl to a pod on node-3 leaves by the default gateway and nobody answers. The pod answers on its own node and to a pod of node-2, and flannel's log looks healthy." \
    "flat paste: terminal transcripts and captures in a zip without a top folder" missing-pod-route
  symptom unreplied-syn critical 10.244.3.12 192.168.1.57 10.244.1.14
  frames node-1-ens33.pcap "$unanswered"

  fact "the next hop of node-1's default route" node-1.txt 's/^default via ([0-9.]+) dev ens33.*/\1/p'
  fact "the node that pod-env-demo runs on" master-1.txt 's/^pod-env-demo .* (longinus-[a-z0-9-]+) .*/\1/p'
  fact "the device by which node-3 reaches 10.244.1.0/24" node-3.txt 's/^10\.244\.1\.0\/24 via 10\.244\.1\.0 dev ([a-z0-9.]+) .*/\1/p'
  fact "the MAC address of node-1's flannel.1" node-1.txt '/: flannel\.1:/{n;s/.*link\/ether ([0-9a-f:]+) .*/\1/p}'
  fact "the first hop of the traceroute from node-1 to the pod" node-1.txt 's/^ 1  .*\(([0-9.]+)\).*/\1/p'
}
