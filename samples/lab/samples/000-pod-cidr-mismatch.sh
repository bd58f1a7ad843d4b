# Incident 000: Canal on an RKE cluster. Its configuration says 10.244.0.0/16, but the controller manager allocates from
# 10.42.0.0/16, so pods have addresses that no rule masquerades. Pod to pod works, through flannel.1. What a pod sends to
# another node's own address leaves by eth0 with the pod's source, and the strict reverse-path filter over there drops it:
# that node's route to the pod is flannel.1's. The API server behind 10.43.0.1 is such an address.

MASTER=192.168.30.11 WORKER1=192.168.30.21 WORKER2=192.168.30.22
NETWORK=10.244.0.0/16 CLUSTER_CIDR=10.42.0.0/16
POD=10.42.1.6 POD_VETH=cali5d0b3c1f7a2 OTHER_POD=10.42.2.5 DNS=10.42.2.3 METRICS=10.42.1.4
K8S_VERSION=v1.22.17 K8S_OS="SUSE Linux Enterprise Server 15 SP3" K8S_KERNEL=5.3.18-150300.59.60-default K8S_RUNTIME=docker://20.10.14
IPTABLES=iptables-legacy
MASTER_TAP=rke-master1/eth0.pcapng WORKER_TAP=rke-worker1/any.pcap

network() {
  local node
  underlay 192.168.30.1/24
  cluster_node rke-master1 $MASTER 10.42.0.0/24 controlplane,etcd 52:be:7d:03:91:c6
  cluster_node rke-worker1 $WORKER1 10.42.1.0/24 worker 9e:4f:a1:d8:27:5b
  cluster_node rke-worker2 $WORKER2 10.42.2.0/24 worker 66:0a:cf:72:e4:38
  for node in rke-master1 rke-worker1 rke-worker2; do peers $node; done
  pod rke-worker1 net-test-4k8tz $POD $POD_VETH
  pod rke-worker1 metrics-server $METRICS cali9a7e20c64d1
  pod rke-worker2 net-test-x7v2m $OTHER_POD calie81f5b93d06
  pod rke-worker2 coredns $DNS cali2c60d7ab8f4
  rules rke-master1
  rules rke-worker1 $POD_VETH kns.default cali9a7e20c64d1 kns.kube-system
  rules rke-worker2 calie81f5b93d06 kns.default cali2c60d7ab8f4 kns.kube-system
  serve rke-master1 https 6443 apiserver
  serve net-test-x7v2m http 80
  serve coredns dns 53 10.43.0.1
  # The engineer's, before the captures.
  on rke-master1 sysctl -qw net.ipv4.conf.all.log_martians=1
  objects
}

cluster_node() {
  local name=$1 address=$2 subnet=$3 role=$4 mac=$5
  node "$name" "$address/24" eth0
  # As the distribution sets it, for every device that comes later.
  on "$name" sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=1 net.ipv4.conf.eth0.rp_filter=1
  docker "$name"
  flannel_device "$name" eth0 "$address" "$subnet" "$mac"
  k8s_node "$name" "$address" "$subnet" "$role" 6d
  flannel_annotate "$name" "$address" "$mac"
  k8s_annotate "$name" rke.cattle.io/external-ip "$address"
  k8s_annotate "$name" rke.cattle.io/internal-ip "$address"
  k8s_annotate "$name" projectcalico.org/IPv4Address "$address/24"
  row "$name" "$subnet" "$address" "$mac" >>"$RUN/leases"
}
peers() {
  while IFS=$'\t' read -r name subnet address mac; do
    [ "$name" = "$1" ] || flannel_peer "$1" "$subnet" "$address" "$mac"
  done <"$RUN/leases"
}

# pod NODE POD ADDRESS VETH: host-local gives the address, Calico wires it; flannel's MTU.
pod() {
  pod_routed "$1" "$2" "$3" "$4"
  on "$1" ip link set "$4" mtu 1450
  on "$2" ip link set eth0 mtu 1450
}

# rules NODE [VETH PROFILE]…
rules() {
  local node=$1 subnet
  shift
  subnet=$(awk -v node="$node" '$1 == node { print $2 }' "$RUN/leases")
  kubeproxy "$node" $CLUSTER_CIDR "default/kubernetes:https,tcp,10.43.0.1,443,$MASTER:6443" \
    "kube-system/kube-dns:dns,udp,10.43.0.10,53,$DNS:53" "kube-system/metrics-server,tcp,10.43.118.205,443,$METRICS:443"
  # Not yet there in 1.22.
  for name in INPUT FORWARD OUTPUT; do
    on "$node" $IPTABLES -D $name -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
  done
  on "$node" $IPTABLES -X KUBE-PROXY-FIREWALL
  # flannel 0.15: four rules in POSTROUTING itself, for the network that it is configured with.
  on "$node" $IPTABLES-restore --noflush <<RULES
*nat
-A POSTROUTING -s $NETWORK -d $NETWORK -j RETURN
-A POSTROUTING -s $NETWORK ! -d 224.0.0.0/4 -j MASQUERADE --random-fully
-A POSTROUTING ! -s $NETWORK -d $subnet -j RETURN
-A POSTROUTING ! -s $NETWORK -d $NETWORK -j MASQUERADE --random-fully
COMMIT
*filter
-A FORWARD -s $NETWORK -j ACCEPT
-A FORWARD -d $NETWORK -j ACCEPT
COMMIT
RULES
  # The pool that calico-node made of the same configuration.
  calico_ipset "$node" cali40masq-ipam-pools hash:net $NETWORK
  calico_ipset "$node" cali40all-ipam-pools hash:net $NETWORK
  calico_begin "$node"
  calico_chains none
  while [ $# -gt 0 ]; do
    calico_pod "$1" "$2"
    shift 2
  done
  calico_end
}

objects() {
  k8s_pod default net-test-4k8tz 1/1 Running 0 41m $POD rke-worker1
  k8s_pod default net-test-x7v2m 1/1 Running 0 41m $OTHER_POD rke-worker2
  k8s_pod kube-system canal-6tqgd 2/2 Running 0 6d $WORKER1 rke-worker1
  k8s_pod kube-system canal-9zv4n 2/2 Running 0 6d $MASTER rke-master1
  k8s_pod kube-system canal-mk2wl 2/2 Running 0 6d $WORKER2 rke-worker2
  k8s_pod kube-system coredns-685d6d555d-r8fxw 0/1 Running 0 6d $DNS rke-worker2
  k8s_pod kube-system metrics-server-7bf4b68b78-jq5d9 0/1 CrashLoopBackOff "1694 (2m51s ago)" 6d $METRICS rke-worker1
  k8s_pod kube-system rke-coredns-addon-deploy-job-5pmxs 0/1 Completed 0 6d $MASTER rke-master1
  k8s_pod kube-system rke-metrics-addon-deploy-job-7wnzv 0/1 Completed 0 6d $MASTER rke-master1
  k8s_pod kube-system rke-network-plugin-deploy-job-2hlkr 0/1 Completed 0 6d $MASTER rke-master1
  k8s_service default kubernetes ClusterIP 10.43.0.1 443/TCP 6d "<none>" $MASTER:6443
  k8s_service kube-system kube-dns ClusterIP 10.43.0.10 53/UDP,53/TCP,9153/TCP 6d k8s-app=kube-dns $DNS:53
  k8s_service kube-system metrics-server ClusterIP 10.43.118.205 443/TCP 6d k8s-app=metrics-server "<none>"
}

traffic() {
  local direct
  kernel_log_start
  capture rke-master1 "${MASTER_TAP%ng}" -i eth0
  capture rke-worker1 $WORKER_TAP -i any

  at test.txt rke-master1 "~"
  pasted "kubectl get pods -o wide" < <(kubectl_pods default)
  typed "kubectl exec net-test-4k8tz -- ping -c 2 $OTHER_POD" on net-test-4k8tz ping -c 2 -i 0.3 $OTHER_POD
  typed "kubectl exec net-test-4k8tz -- curl -sSI -m 5 http://$OTHER_POD" on net-test-4k8tz curl -sSI -m 5 http://$OTHER_POD
  must_work "DNS through the service" on net-test-4k8tz python3 "$LAB/lib/serve.py" ask 10.43.0.10 kubernetes.default.svc.cluster.local
  must_work "pod to its own node" on net-test-4k8tz ping -nc 1 $WORKER1
  must_work "node to the API server's service" on rke-worker1 curl -skm 5 https://10.43.0.1

  must_time_out "a component to the API server's service" on metrics-server curl -skm 8.5 https://10.43.0.1 &
  direct=$!
  typed "kubectl exec net-test-4k8tz -- curl -skSm 8 https://10.43.0.1" from_pod 28 curl -skSm 8 https://10.43.0.1
  must_work "node to the API server's service, in between" on rke-worker1 curl -skm 5 https://10.43.0.1
  typed "kubectl exec net-test-4k8tz -- ping -c 4 $MASTER" from_pod 1 ping -c 4 $MASTER
  wait $direct
  capture_stop
  capture_merge $MASTER_TAP eth0="${MASTER_TAP%ng}"
  martians
}

# from_pod STATUS COMMAND…: kubectl exec that must end so.
from_pod() {
  local wanted=$1 status=0
  shift
  on net-test-4k8tz "$@" || status=$?
  [ $status = "$wanted" ] || die "from the pod, $1 ended with $status"
  echo "command terminated with exit code $status"
}

# The kernel's lines about this sample's pods, each with the header that follows it.
martians() {
  dmesg | awk -v from="$(cat "$RUN/kernel_log_from")" '{ time = $0; gsub(/^\[ *|\].*/, "", time) }
    time + 0.02 < from { next }
    /\] IPv4: martian source .*10\.42\.1\./ { print; header = 1; next }
    header && /\] ll header: / { print }
    { header = 0 }' >"$RUN/dmesg"
  grep -q "martian source" "$RUN/dmesg" || die "the kernel has not logged martians"
}

collect() {
  local node
  for node in rke-master1 rke-worker1; do
    save $node/ip_addr.txt ip_addr $node
    save $node/ip_link.txt ip_link $node -s
    save $node/ip_route.txt on $node ip route show table all
    save $node/ip_rule.txt on $node ip rule
    save $node/ip_neigh.txt on $node ip neigh
    save $node/bridge_fdb.txt on $node bridge fdb
    save $node/iptables-save.txt on $node $IPTABLES-save -c
    save $node/ipset.txt on $node ipset list
    save $node/sysctl.txt network_sysctls $node
    save $node/nstat.txt on $node nstat -azs
    save $node/ps.txt processes $node
  done
  save rke-master1/docker_inspect_kube-controller-manager.json controller_manager
  save rke-master1/dmesg.txt dmesg_ctime <"$RUN/dmesg"
  save rke-master1/messages dmesg_iso rke-master1 <"$RUN/dmesg"
  cluster kubectl/
}

# cluster PREFIX: what kubectl says.
cluster() {
  save "$1canal-config.yaml" canal_config
  save "$1ippools.yaml" ippool
  save "$1nodes.yaml" kubectl_nodes_yaml
  save "$1pods.txt" kubectl_pods
  save "$1services.txt" kubectl_services
  save "$1endpoints.txt" kubectl_endpoints
  save "$1kube-flannel-canal-6tqgd.log" flannel_log
  save "$1metrics-server.log" metrics_log
}

# rsyslog's other form: ISO 8601 with zone, then the time since boot as the kernel gave it.
dmesg_iso() {
  awk -v boot="$(boot_time)" -v host="$1" '{ at = boot + seconds($0)
    printf "%s.%06d+00:00 %s kernel: [%s] %s\n", strftime("%Y-%m-%dT%H:%M:%S", at, 1), (at - int(at)) * 1000000, host, stamp($0), text($0) }
  function stamp(line) { sub(/^\[/, "", line); sub(/\].*/, "", line); return line }'"$DMESG_PARTS"
}

CONTROLLER_ARGS="kube-controller-manager --address=0.0.0.0 --allocate-node-cidrs=true --allow-untagged-cloud=true --authentication-kubeconfig=/etc/kubernetes/ssl/kubecfg-kube-controller-manager.yaml --cloud-provider= --cluster-cidr=$CLUSTER_CIDR --configure-cloud-routes=false --enable-hostpath-provisioner=false --kubeconfig=/etc/kubernetes/ssl/kubecfg-kube-controller-manager.yaml --leader-elect=true --node-monitor-grace-period=40s --pod-eviction-timeout=5m0s --profiling=false --root-ca-file=/etc/kubernetes/ssl/kube-ca.pem --service-account-private-key-file=/etc/kubernetes/ssl/kube-service-account-token-key.pem --service-cluster-ip-range=10.43.0.0/16 --use-service-account-credentials=true --v=2"

processes() {
  local node=$1 address=$MASTER
  [ "$node" = rke-master1 ] || address=$WORKER1
  echo 'USER       PID  PPID %CPU %MEM    VSZ   RSS STAT     TIME CMD'
  process 1 0 0.0 10232 Ss /usr/lib/systemd/systemd --switched-root --system --deserialize 28
  process 1124 1 0.4 98324 Ssl /usr/bin/dockerd --add-runtime oci=/usr/sbin/docker-runc
  if [ "$node" = rke-master1 ]; then
    process 3318 3290 2.6 412088 Ssl "kube-apiserver --advertise-address=$address --allow-privileged=true --authorization-mode=Node,RBAC --bind-address=0.0.0.0 --secure-port=6443 --service-cluster-ip-range=10.43.0.0/16 --service-node-port-range=30000-32767 --storage-backend=etcd3"
    process 3571 3546 0.9 121436 Ssl "$CONTROLLER_ARGS"
  fi
  process 4021 3996 1.8 116808 Ssl "kubelet --address=0.0.0.0 --cgroups-per-qos=True --cluster-dns=10.43.0.10 --cluster-domain=cluster.local --cni-bin-dir=/opt/cni/bin --cni-conf-dir=/etc/cni/net.d --hostname-override=$node --network-plugin=cni --node-ip=$address --resolv-conf=/etc/resolv.conf --v=2"
  process 4265 4241 0.1 47120 Ssl "kube-proxy --cluster-cidr=$CLUSTER_CIDR --healthz-bind-address=127.0.0.1 --hostname-override=$node --kubeconfig=/etc/kubernetes/ssl/kubecfg-kube-proxy.yaml --v=2"
  process 5188 5102 0.8 78240 Sl calico-node -felix
  process 5240 5133 0.1 41908 Ssl /opt/bin/flanneld --ip-masq --kube-subnet-mgr
}
process() { printf '%-8s %5d %5d %4s  0.4 %6d %5d %-4s %8s %s\n' root "$1" "$2" "$3" $(($4 * 8)) "$4" "$5" 00:06:12 "${*:6}"; }

controller_manager() {
  jq -n --arg args "$CONTROLLER_ARGS" --arg created "$(k8s_created 6d)" --arg id "$(steady_hex kcm 64)" '[{
    Id: $id, Created: $created, Path: "/opt/rke-tools/entrypoint.sh", Args: ($args | split(" ")),
    State: {Status: "running", Running: true, Paused: false, Restarting: false, OOMKilled: false, Dead: false, Pid: 3571, ExitCode: 0, Error: "", StartedAt: $created},
    Name: "/kube-controller-manager", RestartCount: 0, Driver: "overlay2", Platform: "linux",
    HostConfig: {NetworkMode: "host", RestartPolicy: {Name: "always", MaximumRetryCount: 0}},
    Config: {Hostname: "rke-master1", Image: "rancher/hyperkube:v1.22.17-rancher1", Entrypoint: ["/opt/rke-tools/entrypoint.sh"], Cmd: ($args | split(" "))}}]' --indent 4
}

canal_config() {
  cat <<YAML
apiVersion: v1
data:
  canal_iface: ""
  cni_network_config: |-
    {
      "name": "k8s-pod-network",
      "cniVersion": "0.3.1",
      "plugins": [
        {
          "type": "calico",
          "log_level": "WARNING",
          "datastore_type": "kubernetes",
          "nodename": "__KUBERNETES_NODE_NAME__",
          "mtu": __CNI_MTU__,
          "ipam": {
              "type": "host-local",
              "subnet": "usePodCidr"
          },
          "policy": {
              "type": "k8s"
          },
          "kubernetes": {
              "kubeconfig": "__KUBECONFIG_FILEPATH__"
          }
        },
        {
          "type": "portmap",
          "snat": true,
          "capabilities": {"portMappings": true}
        }
      ]
    }
  masquerade: "true"
  net-conf.json: |
    {
      "Network": "$NETWORK",
      "Backend": {
        "Type": "vxlan",
        "VNI": 1,
        "Port": 8472
      }
    }
  typha_service_name: none
  veth_mtu: "1450"
kind: ConfigMap
metadata:
  creationTimestamp: "$(k8s_created 6d)"
  name: canal-config
  namespace: kube-system
  resourceVersion: "412"
  uid: $(k8s_uid canal-config)
YAML
}
ippool() {
  cat <<YAML
apiVersion: v1
items:
- apiVersion: crd.projectcalico.org/v1
  kind: IPPool
  metadata:
    creationTimestamp: "$(k8s_created 6d)"
    generation: 1
    name: default-ipv4-ippool
    uid: $(k8s_uid ippool)
  spec:
    allowedUses:
    - Workload
    - Tunnel
    blockSize: 26
    cidr: $NETWORK
    ipipMode: Never
    natOutgoing: true
    nodeSelector: all()
    vxlanMode: Never
kind: List
metadata:
  resourceVersion: ""
YAML
}

# flannel 0.15 does not compare its network with the node's podCIDR: not a word about the fault.
flannel_log() {
  local s=$((CLOCK - 6 * 86400)) n=0 file text
  klog $s.208113 I main.go:217 "CLI flags config: {etcdEndpoints:http://127.0.0.1:4001,http://127.0.0.1:2379 etcdPrefix:/coreos.com/network etcdKeyfile: etcdCertfile: etcdCAFile: etcdUsername: etcdPassword: version:false kubeSubnetMgr:true kubeApiUrl: kubeAnnotationPrefix:flannel.alpha.coreos.com kubeConfigFile: iface:[] ifaceRegex:[] ipMasq:true subnetFile:/run/flannel/subnet.env publicIP: publicIPv6: subnetLeaseRenewMargin:60 healthzIP:0.0.0.0 healthzPort:0 iptablesResyncSeconds:5 iptablesForwardRules:true netConfPath:/etc/kube-flannel/net-conf.json setNodeNetworkUnavailable:true}"
  while IFS='|' read -r file text; do
    klog $((s + 1)).$((300114 + (n += 7319))) I "$file" "$text"
  done <<LOG
kube.go:120|Waiting 10m0s for node controller to sync
kube.go:378|Starting kube subnet manager
kube.go:127|Node controller sync successful
main.go:237|Created subnet manager: Kubernetes Subnet Manager - rke-worker1
main.go:240|Installing signal handlers
main.go:459|Found network config - Backend type: vxlan
main.go:651|Determining IP address of default interface
main.go:698|Using interface with name eth0 and address $WORKER1
main.go:720|Defaulting external address to interface address ($WORKER1)
main.go:733|Defaulting external v6 address to interface address (<nil>)
vxlan.go:137|VXLAN config: VNI=1 Port=8472 GBP=false Learning=false DirectRouting=false
main.go:340|Setting up masking rules
main.go:361|Changing default FORWARD chain policy to ACCEPT
main.go:374|Wrote subnet file to /run/flannel/subnet.env
main.go:378|Running backend.
main.go:396|Waiting for all goroutines to exit
vxlan_network.go:60|watching for new subnet leases
LOG
}
metrics_log() {
  local s=$((CLOCK - 171))
  klog $s.118204 I serving.go:341 "Generated self-signed cert (/tmp-dir/apiserver.crt, /tmp-dir/apiserver.key)"
  echo 'Error: unable to load configmap based request-header-client-ca-file: Get "https://10.43.0.1:443/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication": dial tcp 10.43.0.1:443: i/o timeout'
}

pack() { pack_as tar.gz; }

truth() {
  incident "folder per node with captures, command output and kernel log; folder of kubectl output" kubectl/ \
    rke-master1/ip_route.txt rke-master1/nstat.txt rke-master1/ps.txt rke-master1/dmesg.txt rke-master1/messages
}

# incident LAYOUT PREFIX ROUTES COUNTERS PROCESSES KERNEL-LOG…: the truth, PREFIX as for cluster, the others files of the master.
incident() {
  local out log layout=$1 cluster=$2 routes=$3 counters=$4 processes=$5 worker=$WORKER_TAP tap=$MASTER_TAP
  shift 5
  local syn='tcp.flags.syn == 1 && tcp.flags.ack == 0' pods="(ip.src == $POD or ip.src == $METRICS)" echo="icmp.type == 8 && ip.src == $POD && ip.dst == $MASTER"
  # Linux cooked: packets that go out by eth0.
  out="sll.pkttype == 4 && sll.ifindex == $(on rke-worker1 ip -o link show eth0 | cut -d: -f1)"
  [ "$(count $tap "$syn && $pods && ip.dst == $MASTER && !vxlan")" -ge 8 ] || die "too few retransmissions for silence to mean anything"
  [ "$(count $tap "$echo && !vxlan")" = 4 ] || die "the master has not seen the four echo requests"
  [ "$(count $tap "ip.src == $MASTER && ip.dst == 10.42.0.0/16")" = 0 ] || die "the master has answered a pod"
  [ "$(count $tap "$pods && ip.dst == $MASTER && !vxlan")" = "$(on rke-master1 nstat -azs TcpExtIPReversePathFilter | awk '/IPReversePathFilter/ { print $2 }')" ] ||
    die "something else than the reverse-path filter drops the pods' packets"
  [ "$(count $worker "$out && $pods && ip.dst == $MASTER")" = "$(count $tap "$pods && ip.dst == $MASTER && !vxlan")" ] || die "the two captures differ"
  [ "$(count $worker "icmp.type == 0 && ip.src == $OTHER_POD && ip.dst == $POD && vxlan")" = 2 ] || die "pod to pod does not go through the tunnel"
  [ "$(count $tap "tcp.flags.syn == 1 && tcp.flags.ack == 1 && ip.dst == $WORKER1")" -ge 2 ] || die "the node has no answer from the API server"

  [ "$(count $tap "tcp.flags.reset == 1")$(count $worker "tcp.flags.reset == 1")" = 00 ] || die "a connection was reset"

  describe "Canal is configured with the pod network 10.244.0.0/16, but the controller manager allocates 10.42.0.0/16, so rke-worker1 masquerades nothing: a pod's packets to the API server (10.43.0.1, really 192.168.30.11:6443) and its pings of the master leave by eth0 with the pod's own source 10.42.1.6, and the master's reverse-path filter drops them as martians, because its route back is flannel.1's. Pod to pod across nodes works, and so does everything that a node itself asks." \
    "$layout" pod-cidr-mismatch
  symptom unsnatted-source critical $POD $MASTER eth0
  frames $worker "$out && $pods && ip.dst == $MASTER"
  frames $tap "$pods && ip.dst == $MASTER && !vxlan"
  symptom unreplied-syn critical $POD $MASTER
  frames $worker "$syn && $pods && (ip.dst == $MASTER or ip.dst == 10.43.0.1)"
  frames $tap "$syn && $pods && ip.dst == $MASTER"
  symptom unreplied-icmp critical $POD $MASTER
  frames $worker "$echo"
  frames $tap "$echo"
  symptom martian-source critical $POD $MASTER
  for log in "$@"; do lines "$log" "martian source .*10\.42\.1\."; done

  fact "the network in Canal's net-conf.json" "${cluster}canal-config.yaml" 's/^ +"Network": "([0-9.\/]+)",/\1/p'
  fact "the cluster CIDR of the controller manager" "$processes" 's/.* kube-controller-manager .*--cluster-cidr=([0-9.\/]+) .*/\1/p'
  fact "the podCIDR of rke-worker1" "${cluster}nodes.yaml" '/name: rke-worker1$/,/podCIDR:/s/^ +podCIDR: (.*)/\1/p'
  fact "the device of the master's route to 10.42.1.0/24" "$routes" 's/^10\.42\.1\.0\/24 via 10\.42\.1\.0 dev ([a-z0-9.]+) .*/\1/p'
  fact "how many packets the master's reverse-path filter has dropped" "$counters" 's/^TcpExtIPReversePathFilter +([0-9]+) .*/\1/p'
}
