# What was taken along from the small cluster, in the layouts that people and collectors make:
#
#   folder   a folder per node with a file per command, and one of kubectl     paste   a transcript per node, with prompts
#   rancher | sos | supportconfig | calico (calicoctl cluster diags) | dump (kubectl cluster-info dump and folders of nodes)
#
# COLLECT says of which nodes (A and B unless said). LACKS is what is missing: PLACE:KIND in folder, paste and dump, with PLACE a
# node's role (CP, A, B), kubectl or *, and KIND a kind as below or *; or else a pattern of paths.
gather() {
  [ -n "$COLLECT" ] || COLLECT="$A $B"
  "gather_$LAYOUT"
  [ -z "$COMPLAINTS" ] || transcript >"$OUT/$COMPLAINTS"
  ! declare -F extra >/dev/null || extra
  local lack
  for lack in "${LACKS[@]:-}"; do
    case $lack in '' | *:*) ;; *) (cd "$OUT" && find . -path "./$lack" -delete) ;; esac
  done
  find "$OUT" -type d -empty -delete
}
COMPLAINTS=
transcript_file() { echo "$COMPLAINTS"; }

# wants PLACE KIND        place NODE NAME: where a file about a node goes
wants() {
  local lack where=$1
  case $1 in "$CP") where=CP ;; "$A") where=A ;; "$B") where=B ;; esac
  for lack in "${LACKS[@]:-}"; do
    case $where:$2 in $lack) return 1 ;; esac
  done
}
place() {
  case $LAYOUT in folder | dump) echo "$1/$2" ;; *) echo "$1-$2" ;; esac
}
other_iptables() { case $IPTABLES in *-nft) echo iptables-legacy ;; *) echo iptables-nft ;; esac; }
has_rules() { [ -n "$(on "$1" "$2-save" 2>/dev/null | grep '^-A')" ]; }
# The command that an administrator types; on this cluster it is one back end.
as_iptables() { on "$1" "$IPTABLES-save" "${@:2}"; }

# each_kind NODE DO: DO KIND FILE COMMAND for every kind that this node's engineer took.
KINDS="addr link route rule neigh fdb rules other-rules ipset sysctl nstat conntrack"
each_kind() {
  local node=$1 kind
  for kind in $KINDS; do
    wants "$node" $kind || continue
    case $kind in
      other-rules) has_rules "$node" "$(other_iptables)" || continue ;;
      fdb) [ -n "$OVERLAY" ] && on "$node" ip link show $OVERLAY >/dev/null 2>&1 || continue ;;
      ipset) [ -n "$(on "$node" ipset list -n)" ] || continue ;;
    esac
    "$2" "$node" $kind
  done
}
kind_command() {
  case $2 in
    addr) echo "ip addr" ;;
    link) echo "ip -s -d link" ;;
    route) echo "ip route show table all" ;;
    rule) echo "ip rule" ;;
    neigh) echo "ip neigh" ;;
    fdb) echo "bridge fdb show dev $OVERLAY" ;;
    rules) echo "iptables-save -c" ;;
    other-rules) echo "$(other_iptables)-save -c" ;;
    ipset) echo "ipset list" ;;
    sysctl) echo "sysctl -a" ;;
    nstat) echo "nstat -azs" ;;
    conntrack) echo "conntrack -L" ;;
  esac
}
kind_run() {
  case $2 in
    addr) ip_addr "$1" ;;
    link) sos_hardware "$1" ip -s -d link ;;
    rules) as_iptables "$1" -c ;;
    sysctl) network_sysctls "$1" ;;
    conntrack) with_errors on "$1" conntrack -L ;;
    nstat) on "$1" nstat -azs | awk '/^#/ || $2 != "0"' ;;
    *) on "$1" $(kind_command "$1" "$2") ;;
  esac
}

gather_folder() {
  local node
  for node in $COLLECT; do each_kind "$node" folder_file; done
  kubectl_files kubectl/
}
folder_file() {
  local name
  name=$(kind_command "$1" "$2")
  case $2 in fdb) name="bridge fdb" ;; link) name="ip -d link" ;; rules | other-rules) name=${name% -c} ;; route) name="ip route" ;; esac
  save "$1/${name// /_}.txt" kind_run "$1" "$2"
}

# kubectl_files PREFIX: tables and objects.
kubectl_files() {
  ! wants kubectl nodes || save "$1nodes.yaml" kubectl_nodes_yaml
  ! wants kubectl pods || save "$1pods.txt" kubectl_pods
  ! wants kubectl services || save "$1services.txt" kubectl_services
  ! wants kubectl endpoints || save "$1endpoints.txt" kubectl_endpoints
  ! wants kubectl network || save "$1$(network_file)" network_object
}
network_file() { case $FLAVOUR in flannel*) echo kube-flannel-cfg.yaml ;; canal) echo canal-config.yaml ;; *) echo ippools.yaml ;; esac; }
network_object() {
  case $FLAVOUR in
    calico-bgp) small_pool Never Never ;;
    calico-vxlan) small_pool Never Always ;;
    *) small_net_conf ;;
  esac
}
POOL_NAT=true
small_pool() {
  cat <<YAML
apiVersion: v1
items:
- apiVersion: crd.projectcalico.org/v1
  kind: IPPool
  metadata:
    creationTimestamp: "$(k8s_created $AGE)"
    generation: 1
    name: default-ipv4-ippool
    uid: $(k8s_uid "ippool $PODS")
  spec:
    allowedUses:
    - Workload
    - Tunnel
    blockSize: 26
    cidr: $PODS.0.0/16
    ipipMode: $1
    natOutgoing: $POOL_NAT
    nodeSelector: all()
    vxlanMode: $2
kind: List
metadata:
  resourceVersion: ""
YAML
}
small_net_conf() {
  local kind=vxlan name=kube-flannel-cfg
  [ "$FLAVOUR" != flannel-host-gw ] || kind=host-gw
  [ "$FLAVOUR" != canal ] || name=canal-config
  printf 'apiVersion: v1\ndata:\n  net-conf.json: |\n'
  flannel_net_conf "$PODS.0.0/16" | sed "s/\"vxlan\"/\"$kind\"/; s/^/    /"
  printf 'kind: ConfigMap\nmetadata:\n  creationTimestamp: "%s"\n  name: %s\n  namespace: %s\n  resourceVersion: "318"\n  uid: %s\n' \
    "$(k8s_created $AGE)" $name "$(agent_namespace)" "$(k8s_uid "$name$PODS")"
}

gather_paste() {
  local node
  for node in $COLLECT; do
    at "$node.txt" "$node" "~"
    each_kind "$node" paste_command
  done
  at kubectl.txt "$CP" "~"
  ! wants kubectl nodes || pasted "kubectl get nodes -o wide" < <(kubectl_nodes)
  ! wants kubectl pods || pasted "kubectl get pods -A -o wide" < <(kubectl_pods)
  ! wants kubectl services || pasted "kubectl get svc -A -o wide" < <(kubectl_services)
  ! wants kubectl endpoints || pasted "kubectl get endpoints -A" < <(kubectl_endpoints)
  ! wants kubectl network || pasted "kubectl get $(case $FLAVOUR in calico*) echo ippools.crd.projectcalico.org ;; *) echo "cm -n $(agent_namespace) $(network_file | sed 's/\.yaml//')" ;; esac) -o yaml" < <(network_object)
}
paste_command() { pasted "$(kind_command "$1" "$2")" < <(kind_run "$1" "$2"); }

stamp() { date -u -d "@$CLOCK" "$1"; }
gather_rancher() {
  local node
  for node in $COLLECT; do rancher_node_logs "$node" "$node-$(stamp +%Y-%m-%d_%H_%M_%S)"; done
  rancher_kubectl "$CP-$(stamp +%Y-%m-%d_%H_%M_%S)"
}
gather_sos() {
  local node
  for node in $COLLECT; do sos_report "$node" "sosreport-$node-$(stamp +%Y-%m-%d)-$(steady_letters "sos $node")$(steady_letters "$node" | cut -c1-2)" "Rocky Linux release 8.8 (Green Obsidian)"; done
  kubectl_files kubectl-
}
gather_supportconfig() {
  local node
  for node in $COLLECT; do supportconfig "$node" "scc_${node}_$(stamp +%y%m%d_%H%M)"; done
  kubectl_files kubectl-
}
gather_calico() {
  local node top
  top=$(stamp +calico-diagnostics-%Y%m%d_%H%M%S)
  for node in $COLLECT; do calico_node_diags "$node" "$top"; done
  save "$top/cluster/kubernetes/nodes.yaml" kubectl_nodes_yaml
  save "$top/cluster/kubernetes/pods.txt" kubectl_pods
  save "$top/cluster/kubernetes/services.txt" kubectl_services
  save "$top/cluster/kubernetes/endpoints.txt" kubectl_endpoints
  save "$top/cluster/crd/ippools.yaml" network_object
}
gather_dump() {
  local node namespace
  for node in $COLLECT; do each_kind "$node" folder_file; done
  ! wants kubectl nodes || save cluster-info/nodes.json kubectl_dump_nodes
  for namespace in default kube-system; do
    ! wants kubectl pods || save cluster-info/$namespace/pods.json kubectl_dump_pods $namespace
    ! wants kubectl services || save cluster-info/$namespace/services.json kubectl_dump_services $namespace
  done
}
