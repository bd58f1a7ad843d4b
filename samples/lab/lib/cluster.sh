# A small cluster in one call: three nodes, a client pod on the second, a web pod on the third, DNS on the first, and the
# services for them. A fault's variant says which cluster:
#
#   FLAVOUR   flannel-vxlan | flannel-host-gw | calico-bgp | calico-vxlan | canal
#   NODES     three names, the control plane first; LAN, the first three octets of their network; UPLINK, their interface
#   PODS      the first two octets of the pod network (a /16); SVC, those of the service network
#
# `plan` computes what each node is; a fault may change that before `small_cluster` builds it.
FLAVOUR=flannel-vxlan NODES="cp-1 worker-1 worker-2" LAN=192.168.40 UPLINK=eth0 PODS=10.244 SVC=10.96 AGE=61d
SMALL=(python3 "$LAB/lib/serve.py")

plan() {
  local node number=0
  declare -gA ADDRESS=() SUBNET=() ANNOUNCED=() MAC=() KNOWN_MAC=() TUNNEL=() PORT=() VNI=() ROLE=() POD_OF=() POD_NODE=() POD_VETH=()
  read -r CP A B <<<"$NODES"
  for node in $NODES; do
    ADDRESS[$node]=$LAN.$((FIRST_HOST + number))
    ANNOUNCED[$node]=${ADDRESS[$node]}
    case $FLAVOUR in
      calico*) SUBNET[$node]=$PODS.$((66 + number * 57)).$((64 * ((number * 2 + 1) % 4)))/26 ;;
      *) SUBNET[$node]=$PODS.$number.0/24 ;;
    esac
    TUNNEL[$node]=${SUBNET[$node]%/*}
    MAC[$node]=$(tunnel_mac "$node$LAN")
    KNOWN_MAC[$node]=${MAC[$node]}
    case $FLAVOUR in calico*) PORT[$node]=4789 VNI[$node]=4096 ;; *) PORT[$node]=8472 VNI[$node]=1 ;; esac
    ROLE[$node]="<none>"
    number=$((number + 1))
  done
  ROLE[$CP]=control-plane
  API=$SVC.0.1 DNS=$SVC.0.10 WEB_SERVICE=$SVC.71.24 NODE_PORT=30880
  DNS_POD=$(address_in "${SUBNET[$CP]}" 3) CLIENT=$(address_in "${SUBNET[$A]}" 7) WEB=$(address_in "${SUBNET[$B]}" 9)
  SERVICES=(
    "default/kubernetes:https,tcp,$API,443,${ADDRESS[$CP]}:6443"
    "kube-system/kube-dns:dns,udp,$DNS,53,$DNS_POD:53"
    "default/web:http,tcp,$WEB_SERVICE,80:$NODE_PORT,$WEB:80"
  )
  case $FLAVOUR in
    *-vxlan | canal) OVERLAY=flannel.1 ;;
    *) OVERLAY= ;;
  esac
  [ "$FLAVOUR" != calico-vxlan ] || OVERLAY=vxlan.calico
}
FIRST_HOST=11

# address_in SUBNET N: the Nth address of it.      tunnel_mac TEXT: a random-looking local MAC, as the kernel gives.
address_in() { local base=${1%/*}; echo "${base%.*}.$((${base##*.} + $2))"; }
tunnel_mac() { echo "$(steady_hex "vtep $1" 11 | sed 's/^./&a/; s/../&:/g; s/:$//')"; }
pattern() { echo "${1//./\\.}"; }

small_cluster() {
  local node pod
  underlay "$LAN.1/24"
  internet "$OUTSIDE_HOP" "$OUTSIDE"
  # The office at the far end reaches NodePorts.
  on hop1 ip route add "$LAN.0/24" via 100.64.1.1 dev in0
  serve_start hop2 http 80
  # A fault may put the third node elsewhere.
  for node in $CP $A; do small_node "$node"; done
  if declare -F small_node_far >/dev/null; then small_node_far; else small_node "$B"; fi
  for node in $NODES; do peers "$node"; done
  small_pod "$CP" coredns "$DNS_POD" kube-system
  small_pod "$A" client "$CLIENT" default
  small_pod "$B" web "$WEB" default
  for pod in "${MORE_PODS[@]:-}"; do [ -z "$pod" ] || small_pod $pod; done
  serve_start coredns dns 53 "$API"
  serve_start web http 80
  serve_start "$CP" tcp 6443
  for node in $NODES; do serve_start "$node" tcp 10250; done
  for node in $NODES; do rules "$node"; done
  serving coredns 53
  serving web 80
  small_objects
}
OUTSIDE_HOP=203.0.113.1 OUTSIDE=203.0.113.80 MORE_PODS=()

small_node() {
  local node=$1 address=${ADDRESS[$1]}
  node "$node" "$address/24" "$UPLINK"
  k8s_node "$node" "$address" "$(pod_cidr "$node")" "${ROLE[$node]}" $AGE
  [ -z "$OVERLAY" ] || vxlan_device "$node"
  case $FLAVOUR in
    calico-bgp) calico_block "$node" "${SUBNET[$node]}" ;;
    calico-vxlan)
      on "$node" ip route add blackhole "${SUBNET[$node]}" proto 80
      k8s_annotate "$node" projectcalico.org/IPv4VXLANTunnelAddr "${TUNNEL[$node]}"
      k8s_annotate "$node" projectcalico.org/VXLANTunnelMACAddr "${MAC[$node]}"
      ;;
    flannel-host-gw)
      k8s_annotate "$node" flannel.alpha.coreos.com/backend-data null
      k8s_annotate "$node" flannel.alpha.coreos.com/backend-type host-gw
      k8s_annotate "$node" flannel.alpha.coreos.com/kube-subnet-manager true
      k8s_annotate "$node" flannel.alpha.coreos.com/public-ip "${ANNOUNCED[$node]}"
      ;;
    *) flannel_annotate "$node" "${ANNOUNCED[$node]}" "${MAC[$node]}" ;;
  esac
  case $FLAVOUR in calico* | canal) k8s_annotate "$node" projectcalico.org/IPv4Address "${ANNOUNCED[$node]}/24" ;; esac
}
# Calico has blocks of its own; the controller manager allocates podCIDRs all the same.
pod_cidr() {
  case $FLAVOUR in
    calico*) echo "$PODS.$(on "$1" ip -4 -o addr show dev "$UPLINK" | awk '{ split($4, a, "[./]"); print a[4] - '"$FIRST_HOST"' }').0/24" ;;
    *) echo "${SUBNET[$1]}" ;;
  esac
}

# flanneld asks for no checksum in the outer header, which iproute2 would give.
vxlan_device() {
  on "$1" ip link add $OVERLAY address "${MAC[$1]}" mtu 1450 type vxlan id "${VNI[$1]}" local "${ADDRESS[$1]}" dev "$UPLINK" dstport "${PORT[$1]}" nolearning noudpcsum
  no_offload "$1" $OVERLAY
  on "$1" ip addr add "${TUNNEL[$1]}/32" dev $OVERLAY
  on "$1" ip link set $OVERLAY up
}

# peers NODE: what its agent programs for the two others, from what they announce.
peers() {
  local other
  for other in $NODES; do [ "$other" = "$1" ] || peer "$1" "$other"; done
}
peer() {
  local subnet=${SUBNET[$2]} address=${ANNOUNCED[$2]} mac=${KNOWN_MAC[$2]} tunnel=${TUNNEL[$2]}
  case $FLAVOUR in
    calico-bgp) on "$1" ip route replace "$subnet" via "$address" dev "$UPLINK" proto bird ;;
    flannel-host-gw) on "$1" ip route replace "$subnet" via "$address" dev "$UPLINK" ;;
    *)
      on "$1" ip neigh replace "$tunnel" lladdr "$mac" dev $OVERLAY nud permanent
      on "$1" bridge fdb append "$mac" dev $OVERLAY dst "$address" self permanent
      on "$1" ip route replace "$subnet" via "$tunnel" dev $OVERLAY onlink
      ;;
  esac
}

# small_pod NODE NAME ADDRESS NAMESPACE
small_pod() {
  local node=$1 pod=$2 address=$3 mtu=1450 veth
  case $FLAVOUR in calico-bgp | flannel-host-gw) mtu=1500 ;; esac
  POD_OF[$pod]="$address $4" POD_NODE[$pod]=$node
  case $FLAVOUR in
    flannel*) pod_on_bridge "$node" "$pod" "$address/24" cni0 $mtu ;;
    *)
      veth=cali$(steady_hex "$pod$address" 11)
      POD_VETH[$pod]=$veth
      pod_routed "$node" "$pod" "$address" "$veth"
      on "$node" ip link set "$veth" mtu $mtu
      on "$pod" ip link set eth0 mtu $mtu
      ;;
  esac
}

rules() {
  local node=$1 pod mode=none
  kubeproxy "$node" "$PODS.0.0/16" "${SERVICES[@]}"
  case $FLAVOUR in flannel* | canal) flannel_rules "$node" "$PODS.0.0/16" "${SUBNET[$node]}" ;; esac
  case $FLAVOUR in flannel*) return ;; esac
  if [ "$FLAVOUR" = canal ]; then
    mode=canal
    calico_ipset "$node" cali40masq-ipam-pools hash:net
    calico_ipset "$node" cali40all-ipam-pools hash:net
  else
    calico_ipset "$node" cali40masq-ipam-pools hash:net "$PODS.0.0/16"
    calico_ipset "$node" cali40all-ipam-pools hash:net "$PODS.0.0/16"
  fi
  if [ "$FLAVOUR" = calico-vxlan ]; then
    mode=vxlan
    calico_ipset "$node" cali40all-vxlan-net hash:net $(for other in $NODES; do [ "$other" = "$node" ] || echo "${ANNOUNCED[$other]}"; done)
  fi
  calico_begin "$node"
  calico_chains $mode
  policies "$node"
  for pod in $(printf '%s\n' "${!POD_VETH[@]}" | sort); do
    [ "${POD_NODE[$pod]}" != "$node" ] || calico_pod "${POD_VETH[$pod]}" "kns.${POD_OF[$pod]#* }"
  done
  calico_end
}
# policies NODE: a fault writes it anew to have Calico's policies for its pods.
policies() { :; }

small_objects() {
  local node pod service name protocol address port endpoints agent
  for pod in "${!POD_OF[@]}"; do
    k8s_pod "${POD_OF[$pod]#* }" "$(pod_name "$pod")" 1/1 Running 0 $AGE "${POD_OF[$pod]% *}" "${POD_NODE[$pod]}"
  done
  for node in $NODES; do
    k8s_pod "$(agent_namespace)" "$(agent_pod "$node")" 1/1 Running 0 $AGE "${ADDRESS[$node]}" "$node"
    k8s_pod kube-system "kube-proxy-$(steady_letters "proxy $node")" 1/1 Running 0 $AGE "${ADDRESS[$node]}" "$node"
  done
  k8s_pod kube-system "kube-apiserver-$CP" 1/1 Running 0 $AGE "${ADDRESS[$CP]}" "$CP"
  for service in "${SERVICES[@]}"; do
    IFS=, read -r name protocol address port endpoints <<<"$service"
    port=${port%/*}
    k8s_service "${name%%/*}" "$(n=${name#*/}; echo "${n%:*}")" "$(case $port in *:*) echo NodePort ;; *) echo ClusterIP ;; esac)" "$address" \
      "$port/${protocol^^}" $AGE "$(case $name in default/kubernetes*) echo "<none>" ;; *) n=${name#*/} && echo "app=${n%:*}" ;; esac)" "${endpoints:-<none>}"
  done
}
agent_namespace() { case $FLAVOUR in flannel*) echo kube-flannel ;; *) echo kube-system ;; esac; }
agent() { case $FLAVOUR in flannel*) echo kube-flannel-ds ;; canal) echo canal ;; *) echo calico-node ;; esac; }
agent_pod() { echo "$(agent)-$(steady_letters "agent $1")"; }
# pod_name HOST: what the cluster calls a pod of the lab.       steady_letters TEXT: five characters as in a pod's name.
pod_name() { echo "$1-$(steady_hex "rs $1$LAN" 9)-$(steady_letters "$1$LAN")"; }
steady_letters() { steady_hex "$1" 5 | tr 0-9a-f bcdfghjklmnpqrst; }
