# flannel with the VXLAN back end (0.22): its device, its entries for every peer, its rules, files and log.

# flannel_device NODE PARENT ADDRESS SUBNET MAC: flannel.1 with the subnet's base address.
flannel_device() {
  local node=$1 parent=$2 address=$3 subnet=$4 mac=$5
  on "$node" ip link add flannel.1 address "$mac" mtu 1450 type vxlan id 1 local "$address" dev "$parent" dstport 8472 nolearning
  no_offload "$node" flannel.1
  on "$node" ip addr add "${subnet%/*}/32" dev flannel.1
  on "$node" ip link set flannel.1 up
}

# flannel_peer NODE SUBNET ADDRESS MAC: what flanneld programs when it learns of another node's lease. The neighbour
# and the FDB entry are two steps, so that a sample can leave one out: flannel_neighbour, flannel_route.
flannel_peer() {
  flannel_neighbour "$@"
  flannel_route "$1" "$2"
}
flannel_neighbour() {
  on "$1" ip neigh replace "${2%/*}" lladdr "$4" dev flannel.1 nud permanent
  on "$1" bridge fdb append "$4" dev flannel.1 dst "$3" self permanent
}
flannel_route() { on "$1" ip route replace "$2" via "${2%/*}" dev flannel.1 onlink; }

# flannel_rules NODE NETWORK SUBNET: appended to POSTROUTING and FORWARD (0.21.3 and newer).
flannel_rules() {
  local node=$1 network=$2 subnet=$3
  on "$node" $IPTABLES-restore --noflush <<RULES
*nat
:FLANNEL-POSTRTG - [0:0]
-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s $subnet -d $network -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s $network -d $subnet -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG ! -s $network -d $subnet -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s $network ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
-A FLANNEL-POSTRTG ! -s $network -d $network -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
COMMIT
*filter
:FLANNEL-FWD - [0:0]
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A FLANNEL-FWD -s $network -m comment --comment "flanneld forward" -j ACCEPT
-A FLANNEL-FWD -d $network -m comment --comment "flanneld forward" -j ACCEPT
COMMIT
RULES
}

flannel_subnet_env() {
  printf 'FLANNEL_NETWORK=%s\nFLANNEL_SUBNET=%s\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n' "$1" "${2%.*}.1/${2#*/}"
}
flannel_net_conf() {
  printf '{\n  "Network": "%s",\n  "Backend": {\n    "Type": "vxlan"\n  }\n}\n' "$1"
}
flannel_cni_config() {
  cat <<'JSON'
{
  "name": "cbr0",
  "cniVersion": "0.3.1",
  "plugins": [
    {
      "type": "flannel",
      "delegate": {
        "hairpinMode": true,
        "isDefaultGateway": true
      }
    },
    {
      "type": "portmap",
      "capabilities": {
        "portMappings": true
      }
    }
  ]
}
JSON
}
flannel_annotate() {
  k8s_annotate "$1" flannel.alpha.coreos.com/backend-data "{\"VNI\":1,\"VtepMAC\":\"$3\"}"
  k8s_annotate "$1" flannel.alpha.coreos.com/backend-type vxlan
  k8s_annotate "$1" flannel.alpha.coreos.com/kube-subnet-manager true
  k8s_annotate "$1" flannel.alpha.coreos.com/public-ip "$2"
}

# klog EPOCH.MICROSECONDS SEVERITY FILE:LINE TEXT: one line of a klog log, UTC.
klog() { printf '%s%s %7d %s] %s\n' "$2" "$(date -u -d "@$1" '+%m%d %H:%M:%S.%6N')" 1 "$3" "$4"; }

# flannel_log_start EPOCH NODE DEVICE ADDRESS NETWORK SUBNET: a healthy start.
flannel_log_start() {
  local s=$1 node=$2 device=$3 address=$4 network=$5 subnet=$6
  echo 'Defaulted container "kube-flannel" out of: kube-flannel, install-cni-plugin (init), install-cni (init)'
  klog "$s.864069" I main.go:209 "CLI flags config: {etcdEndpoints:http://127.0.0.1:4001,http://127.0.0.1:2379 etcdPrefix:/coreos.com/network etcdKeyfile: etcdCertfile: etcdCAFile: etcdUsername: etcdPassword: version:false kubeSubnetMgr:true kubeApiUrl: kubeAnnotationPrefix:flannel.alpha.coreos.com kubeConfigFile: iface:[] ifaceRegex:[] ipMasq:true ifaceCanReach: subnetFile:/run/flannel/subnet.env publicIP: publicIPv6: subnetLeaseRenewMargin:60 healthzIP:0.0.0.0 healthzPort:0 iptablesResyncSeconds:5 iptablesForwardRules:true netConfPath:/etc/kube-flannel/net-conf.json setNodeNetworkUnavailable:true}"
  klog "$s.866772" W client_config.go:617 "Neither --kubeconfig nor --master was specified.  Using the inClusterConfig.  This might not work."
  klog "$s.876441" I kube.go:137 "Waiting 10m0s for node controller to sync"
  klog "$s.876643" I kube.go:458 "Starting kube subnet manager"
  s=$((s + 1))
  klog "$s.877309" I kube.go:144 "Node controller sync successful"
  klog "$s.877425" I main.go:229 "Created subnet manager: Kubernetes Subnet Manager - $node"
  klog "$s.877567" I main.go:232 "Installing signal handlers"
  klog "$s.878834" I main.go:540 "Found network config - Backend type: vxlan"
  klog "$s.879153" I match.go:206 "Determining IP address of default interface"
  klog "$s.881452" I match.go:259 "Using interface with name $device and address $address"
  klog "$s.882163" I match.go:281 "Defaulting external address to interface address ($address)"
  klog "$s.882610" I vxlan.go:141 "VXLAN config: VNI=1 Port=0 GBP=false Learning=false DirectRouting=false"
  klog "$s.929589" I kube.go:479 "Creating the node lease for IPv4. This is the n.Spec.PodCIDRs: [$subnet]"
  klog "$s.931470" W main.go:593 "no subnet found for key: FLANNEL_SUBNET in file: /run/flannel/subnet.env"
  klog "$s.931499" I main.go:479 "Current network or subnet ($network, $subnet) is not equal to previous one (0.0.0.0/0, 0.0.0.0/0), trying to recycle old iptables rules"
  klog "$s.956663" I main.go:354 "Setting up masking rules"
  klog "$s.958445" I main.go:405 "Changing default FORWARD chain policy to ACCEPT"
  klog "$s.960123" I iptables.go:290 "generated 7 rules"
  klog "$s.961246" I main.go:433 "Wrote subnet file to /run/flannel/subnet.env"
  klog "$s.961278" I main.go:437 "Running backend."
  klog "$s.961443" I iptables.go:290 "generated 3 rules"
  klog "$s.961570" I vxlan_network.go:65 "watching for new subnet leases"
  klog "$s.971015" I main.go:458 "Waiting for all goroutines to exit"
  klog "$s.978617" I iptables.go:283 "bootstrap done"
  klog "$s.988165" I iptables.go:283 "bootstrap done"
}

# flannel_log_lease EPOCH.MICROSECONDS NUMBER SUBNET ADDRESS MAC: the line that flanneld prints for a peer's lease.
flannel_log_lease() {
  local data
  data=$(printf '{"VNI":1,"VtepMAC":"%s"}' "$5" | xxd -p -c1 | sed 's/^/0x/' | paste -sd, | sed 's/,/, /g')
  klog "$1" I subnet.go:159 "Batch elem [$2] is { lease.Event{Type:0, Lease:lease.Lease{EnableIPv4:true, EnableIPv6:false, Subnet:ip.IP4Net{IP:$(go_ip "${3%/*}"), PrefixLen:0x$(printf %x "${3#*/}")}, IPv6Subnet:ip.IP6Net{IP:(*ip.IP6)(nil), PrefixLen:0x0}, Attrs:lease.LeaseAttrs{PublicIP:$(go_ip "$4"), PublicIPv6:(*ip.IP6)(nil), BackendType:\"vxlan\", BackendData:json.RawMessage{$data}, BackendV6Data:json.RawMessage(nil)}, Expiration:time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC), Asof:0}} }"
}
# go_ip ADDRESS: as Go prints an unsigned integer in hexadecimal, without leading zeros.
go_ip() { local IFS=.; set -- $1; printf '0x%x' $(($1 << 24 | $2 << 16 | $3 << 8 | $4)); }

# flannel_udp NODE ADDRESS SUBNET NETWORK SUBNET=PEER…: the UDP back end. flannel0 has the whole network on link.
flannel_udp() {
  local node=$1 address=$2 subnet=$3 network=$4 tries=0
  shift 4
  in_background "$node" python3 "$LAB/lib/flannel_udp.py" flannel0 "$address" "$@"
  until on "$node" ip link show flannel0 >/dev/null 2>&1; do
    sleep 0.1
    [ $((tries += 1)) -lt 50 ] || die "flannel0 does not appear on $node"
  done
  on "$node" ip addr add "${subnet%/*}/${network#*/}" dev flannel0
  on "$node" ip link set flannel0 mtu 1472 up
}
