# Rancher's v2 log collector: one archive per node, files named after their commands, without extensions or headers.

# rancher_node_logs NODE PATH: what it takes from a node itself. Tools that are not installed there leave nothing here.
rancher_node_logs() {
  local node=$1 net=$2/networking system=$2/systeminfo
  save "$net/iptablessave" on "$node" $IPTABLES-save
  save "$net/ip6tablessave" on "$node" ip6"${IPTABLES#ip}"-save
  save "$net/iptables" on "$node" $IPTABLES --numeric --verbose --list
  save "$net/iptablesnat" on "$node" $IPTABLES --table nat --numeric --verbose --list
  save "$net/iptablesmangle" on "$node" $IPTABLES --table mangle --numeric --verbose --list
  save "$net/iproute" on "$node" ip route show table all
  save "$net/ipv6route" on "$node" ip -6 route show
  save "$net/iprule" on "$node" ip rule show
  save "$net/ipv6rule" on "$node" ip -6 rule show
  save "$net/ipaddrshow" ip_addr "$node"
  save "$net/iplinkshow" ip_link "$node" -s
  save "$net/ipneighbour" on "$node" ip neighbour
  save "$net/ipv6neighbour" on "$node" ip -6 neighbour
  save "$net/cni/10-flannel.conflist" flannel_cni_config
  save "$system/hostname" on "$node" hostname
  save "$system/hostnamefqdn" on "$node" hostname
  save "$system/date" date -d "@$CLOCK"
  save "$system/uname" echo "Linux $node $K8S_KERNEL #101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023 x86_64 x86_64 x86_64 GNU/Linux"
  save "$system/conntrack" on "$node" conntrack -S
  save "$system/sysctla" network_sysctls "$node"
}

# rancher_kubectl PATH: its kubectl files, which only a server node has.
rancher_kubectl() {
  local path=$1/kubeadm/kubectl name
  save "$path/nodes" kubectl_nodes
  save "$path/nodesdescribe" kubectl_describe_nodes
  save "$path/nodes.json" kubectl_nodes_json
  save "$path/pods" kubectl_pods
  save "$path/services" kubectl_services
  save "$path/endpoints" kubectl_endpoints
}

# cri_log: klog lines in, the file of /var/log/pods that the runtime made of them out.
cri_log() {
  awk -v year="$(date -u -d "@$CLOCK" +%Y)" '/^[IWEF][0-9]{4} / {
    printf "%s-%s-%sT%s%03dZ stderr F %s\n", year, substr($1, 2, 2), substr($1, 4, 2), $2, (NR * 137) % 1000, $0 }'
}
