# Incident 001: two sites, each behind a router with 1:1 NAT. flannel announces the worker's private address, and the
# master sends its VXLAN there: to an address that the internet does not carry. Everything between public addresses works.

MASTER=10.200.200.7 MASTER_PUBLIC=129.226.176.163 MASTER_MAC=5e:1b:0c:7e:43:a9
WORKER=172.19.0.13 WORKER_PUBLIC=43.129.71.69 WORKER_MAC=fa:2d:91:b6:08:57
NGINX=10.244.1.2 NGINX_SERVICE=10.110.36.99

network() {
  host internet
  on internet sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0
  # What carriers do with private destinations: nothing, and silently.
  for private in 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16; do on internet ip route add blackhole $private; done
  site 1 master $MASTER/24 10.200.200.1 $MASTER_PUBLIC
  site 2 worker01 $WORKER/20 172.19.0.1 $WORKER_PUBLIC

  cluster_node master eth0 $MASTER 10.244.0.0/24 $MASTER_MAC control-plane
  cluster_node worker01 eth0 $WORKER 10.244.1.0/24 $WORKER_MAC "<none>"
  # The fault: what flanneld programs from the annotations.
  flannel_peer master 10.244.1.0/24 $WORKER $WORKER_MAC
  flannel_peer worker01 10.244.0.0/24 $MASTER $MASTER_MAC

  pod_on_bridge master coredns-a 10.244.0.2/24
  pod_on_bridge master coredns-b 10.244.0.3/24
  pod_on_bridge worker01 nginx $NGINX/24
  serve nginx http 80
  serve master tcp 6443
  objects
}

# site NUMBER NODE ADDRESS/LEN GATEWAY PUBLIC: a cloud's network with one machine, and the router that owns its public address.
site() {
  local number=$1 node=$2 address=$3 gateway=$4 public=$5 router=router$1
  host "$router"
  host "$node"
  on "$router" sysctl -qw net.ipv4.ip_forward=1
  on "$node" sysctl -qw net.ipv4.ip_forward=1
  cable "$node" eth0 "$router" lan0 "52:54:00:$(steady_hex "$node" 6 | sed 's/../&:/g; s/:$//')"
  cable "$router" wan0 internet "site$number"
  on "$router" ip link set lan0 down
  on "$router" ip link set lan0 address fe:ee:0b:ca:e5:69 up
  on "$router" ip addr add "$gateway/${address#*/}" dev lan0
  on "$router" ip addr add "100.64.$number.2/30" dev wan0
  on "$router" ip route add default via "100.64.$number.1"
  on internet ip addr add "100.64.$number.1/30" dev "site$number"
  on internet ip route add "$public" via "100.64.$number.2"
  on "$router" iptables-nft -w -t nat -A PREROUTING -d "$public" -j DNAT --to-destination "${address%/*}"
  on "$router" iptables-nft -w -t nat -A POSTROUTING -s "${address%/*}" -j SNAT --to-source "$public"
  on "$node" ip addr add "$address" brd + dev eth0
  on "$node" ip route add default via "$gateway" dev eth0 proto dhcp src "${address%/*}" metric 100
}

cluster_node() {
  local name=$1 device=$2 address=$3 subnet=$4 mac=$5 role=$6
  flannel_device "$name" "$device" "$address" "$subnet" "$mac"
  # The API server announces the public address, so that the worker reaches it.
  kubeproxy "$name" 10.244.0.0/16 "default/kubernetes:https,tcp,10.96.0.1,443,$MASTER_PUBLIC:6443" \
    "default/nginx,tcp,$NGINX_SERVICE,80,$NGINX:80" kube-system/kube-dns:dns,udp,10.96.0.10,53,10.244.0.2:53,10.244.0.3:53
  flannel_rules "$name" 10.244.0.0/16 "$subnet"
  k8s_node "$name" "$address" "$subnet" "$role" 3d
  flannel_annotate "$name" "$address" "$mac"
  k8s_annotate "$name" node.alpha.kubernetes.io/ttl 0
  k8s_annotate "$name" volumes.kubernetes.io/controller-managed-attach-detach true
}

objects() {
  k8s_pod default nginx-6fd9b8bcc7-ln2ws 1/1 Running 0 52m $NGINX worker01
  k8s_pod kube-system coredns-5dd5756b68-8sxcj 1/1 Running 0 3d 10.244.0.2 master
  k8s_pod kube-system coredns-5dd5756b68-r2v5w 1/1 Running 0 3d 10.244.0.3 master
  k8s_pod kube-system etcd-master 1/1 Running 0 3d $MASTER master
  k8s_pod kube-system kube-apiserver-master 1/1 Running 0 3d $MASTER master
  k8s_pod kube-system kube-controller-manager-master 1/1 Running 0 3d $MASTER master
  k8s_pod kube-system kube-flannel-ds-7tbmk 1/1 Running 0 3d $MASTER master
  k8s_pod kube-system kube-flannel-ds-xq7b9 1/1 Running 0 3d $WORKER worker01
  k8s_pod kube-system kube-proxy-cd6zv 1/1 Running 0 3d $MASTER master
  k8s_pod kube-system kube-proxy-nw9fh 1/1 Running 0 3d $WORKER worker01
  k8s_pod kube-system kube-scheduler-master 1/1 Running 0 3d $MASTER master
  k8s_service default kubernetes ClusterIP 10.96.0.1 443/TCP 3d "<none>" $MASTER_PUBLIC:6443
  k8s_service default nginx ClusterIP $NGINX_SERVICE 80/TCP 52m app=nginx $NGINX:80
  k8s_service kube-system kube-dns ClusterIP 10.96.0.10 53/UDP 3d k8s-app=kube-dns 10.244.0.2:53,10.244.0.3:53
}

traffic() {
  local service
  capture master master-flannel.1.pcap --time-stamp-precision=nano -i flannel.1
  capture master master-eth0.pcap -i eth0
  capture worker01 worker01-eth0.pcap -i eth0
  # The worker's kubelet and its API server, by the public address.
  in_background worker01 python3 "$LAB/lib/serve.py" keepalive $MASTER_PUBLIC 6443 14
  must_work "ping from site to site" on master ping -nc 2 -i 0.4 $WORKER_PUBLIC
  must_time_out "master to the service" on master curl -sm 8.5 http://$NGINX_SERVICE/ &
  service=$!
  must_work "worker to the service" on worker01 curl -sfm 5 http://$NGINX_SERVICE/
  must_work "worker to the pod" on worker01 curl -sfm 5 http://$NGINX/
  sleep 0.4
  must_time_out "master to the pod" on master curl -sm 8.5 http://$NGINX/
  wait $service
  capture_stop
  capture_merge master-eth0.pcapng eth0=master-eth0.pcap
}

TOP() { echo "$1-$(date -u -d "@$CLOCK" +%Y-%m-%d_%H_%M_%S)"; }

collect() {
  local node logs
  for node in master worker01; do
    rancher_node_logs $node "$(TOP $node)"
    logs=$(TOP $node)/kubeadm/podlogs/kube-system_kube-flannel-ds-$(flannel_pod $node)_$(k8s_uid "pod/$node")/kube-flannel
    save "$logs/0.log" flannel_log_of $node
  done
  rancher_kubectl "$(TOP master)"
  [ "$(on master bridge fdb show dev flannel.1 | grep -c "^$WORKER_MAC dst $WORKER ")" = 1 ] || die "the FDB does not send to $WORKER"
}
flannel_pod() { if [ "$1" = master ]; then echo 7tbmk; else echo xq7b9; fi; }
flannel_log_of() {
  local start=$((CLOCK - 3 * 86400))
  if [ "$1" = master ]; then
    flannel_log_start $start master eth0 $MASTER 10.244.0.0/16 10.244.0.0/24
    flannel_log_lease $((start + 312)).640118 0 10.244.1.0/24 $WORKER $WORKER_MAC
  else
    flannel_log_start $((start + 311)) worker01 eth0 $WORKER 10.244.0.0/16 10.244.1.0/24
    flannel_log_lease $((start + 312)).971804 0 10.244.0.0/24 $MASTER $MASTER_MAC
  fi | cri_log
}

# The collector makes one archive per node; the engineer puts them and the captures into one tar.
pack() {
  local bundle=$OUT node
  OUT=$RUN/attached
  mkdir "$OUT"
  cp "$bundle"/*.pcap "$bundle"/*.pcapng "$OUT"
  find "$bundle" -exec touch -h -d "@$CLOCK" {} +
  for node in master worker01; do
    tar --format=gnu --sort=name --owner=0 --group=0 --numeric-owner -C "$bundle" -c "./$(TOP $node)" | gzip -9n >"$OUT/$(TOP $node).tar.gz"
  done
  pack_as tar
  OUT=$bundle
}

truth() {
  local master syn='tcp.flags.syn == 1 && tcp.flags.ack == 0 && ip.dst == 10.244.1.2'
  master=$(TOP master)
  [ "$(count master-flannel.1.pcap "$syn")" -ge 8 ] || die "too few retransmissions for silence to mean anything"
  [ "$(count master-flannel.1.pcap "ip.src == $NGINX")" = 0 ] || die "the pod has answered"
  [ "$(count worker01-eth0.pcap "udp.port == 8472 or ip.addr == $MASTER")" = 0 ] || die "the worker has seen the tunnel"
  [ "$(count master-eth0.pcapng "ip.src == $MASTER && tcp.srcport == 6443 && ip.dst == $WORKER_PUBLIC && tcp.len > 0")" -ge 10 ] || die "the kubelet has no connection"
  [ "$(count master-eth0.pcapng "icmp.type == 3")" = 0 ] || die "somebody complains about the tunnel's packets"
  [ "$(count worker01-eth0.pcap "ip.src == $MASTER_PUBLIC && tcp.srcport == 6443 && tcp.len > 0")" -ge 10 ] || die "the kubelet has no answers"
  [ "$(count master-eth0.pcapng "icmp.type == 0 && ip.src == $WORKER_PUBLIC")" = 2 ] || die "no answer to the ping"

  describe "The nodes are in two sites behind 1:1 NAT and reach each other only by their public addresses, but flannel announces worker01's private address 172.19.0.13, so the master sends its VXLAN packets to an address that nobody carries: curl to the service and to the pod times out on the master. On the worker both work, and so do its kubelet's connection to the API server and ping between the public addresses." \
    "Rancher v2 log collector, one archive per node nested in a tar with the captures" vtep-address-unreachable
  symptom vxlan-wrong-outer-dst critical $WORKER
  frames master-eth0.pcapng "vxlan && ip.dst == $WORKER"
  symptom unreplied-syn critical $NGINX 10.244.0.0
  frames master-flannel.1.pcap "$syn"
  frames master-eth0.pcapng "vxlan && $syn"
  # The worker owns the outer destination, and its tap ran without a filter all the time.
  symptom lost-between-captures critical $NGINX
  frames master-flannel.1.pcap "$syn"
  frames master-eth0.pcapng "vxlan && $syn"

  fact "the public IP that flannel announces for worker01" "$master/kubeadm/kubectl/nodesdescribe" '/^Name: +worker01$/,/^Addresses:/s/.*flannel\.alpha\.coreos\.com\/public-ip: ([0-9.]+)$/\1/p'
  fact "the endpoint of the service default/kubernetes" "$master/kubeadm/kubectl/endpoints" 's/^default +kubernetes +([0-9.:]+) .*/\1/p'
  fact "the MAC address of worker01's VTEP in the master's neighbour table" "$master/networking/ipneighbour" 's/^10\.244\.1\.0 dev flannel\.1 lladdr ([0-9a-f:]+) .*/\1/p'
  fact "the address to which the master translates the service 10.110.36.99" "$master/networking/iptablessave" 's/.*"default\/nginx" -m tcp -j DNAT --to-destination ([0-9.:]+)$/\1/p'
  fact "worker01's default gateway" "$(TOP worker01)/networking/iproute" 's/^default via ([0-9.]+) .*/\1/p'
}
