# kube-proxy in iptables mode (1.28): the chains that it writes, with its texts and its chain names.

# kube_chain PREFIX TEXT: KUBE-SVC-… and KUBE-SEP-… end in 16 letters of a hash over the service port (and endpoint).
kube_chain() { echo "$1-$(printf %s "$2" | openssl dgst -sha256 -binary | base32 | cut -c1-16)"; }

# kubeproxy NODE CLUSTER-CIDR SERVICE…  with SERVICE = namespace/name:port,protocol,address,port,endpoint[,endpoint…]
# CLUSTER-CIDR "" is a kube-proxy without --cluster-cidr: nothing is masqueraded on the way to a service. A port like
# 80:30080 is a NodePort's, and one like 80:30080/Local has externalTrafficPolicy Local. Without endpoints: REJECT.
# IPTABLES says which back end the cluster uses.
IPTABLES=iptables-nft
kubeproxy() {
  local node=$1 cluster=$2
  shift 2
  { kubeproxy_filter "$@"; KUBEPROXY_NODE=$node kubeproxy_nat "$cluster" "$@"; } | on "$node" $IPTABLES-restore --noflush
}

kubeproxy_filter() {
  cat <<'RULES'
*filter
:KUBE-EXTERNAL-SERVICES - [0:0]
:KUBE-FIREWALL - [0:0]
:KUBE-FORWARD - [0:0]
:KUBE-KUBELET-CANARY - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-PROXY-CANARY - [0:0]
:KUBE-PROXY-FIREWALL - [0:0]
:KUBE-SERVICES - [0:0]
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A INPUT -j KUBE-FIREWALL
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -j KUBE-FIREWALL
-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
RULES
  local service name protocol address port endpoints
  for service in "$@"; do
    IFS=, read -r name protocol address port endpoints <<<"$service"
    [ -z "$endpoints" ] || continue
    echo "-A KUBE-SERVICES -d $address/32 -p $protocol -m comment --comment \"$name has no endpoints\" -m $protocol --dport ${port%%:*} -j REJECT"
    case $port in *:*) echo "-A KUBE-EXTERNAL-SERVICES -p $protocol -m comment --comment \"$name has no endpoints\" -m addrtype --dst-type LOCAL -m $protocol --dport $(p=${port#*:}; echo "${p%/*}") -j REJECT" ;; esac
  done
  for service in "$@"; do
    IFS=, read -r name protocol address port endpoints <<<"$service"
    case $port in *:*/Local) ;; *) continue ;; esac
    port=${port#*:}
    [ -z "$endpoints" ] || [ -n "$(local_endpoints "$node" "$endpoints")" ] ||
      echo "-A KUBE-EXTERNAL-SERVICES -p $protocol -m comment --comment \"$name has no local endpoints\" -m addrtype --dst-type LOCAL -m $protocol --dport ${port%/*} -j DROP"
  done
  echo COMMIT
}
# local_endpoints NODE ENDPOINT,…: those whose pod is on this node.
local_endpoints() {
  local endpoint
  for endpoint in ${2//,/ }; do
    case $(on "$1" ip -o route get "${endpoint%:*}") in *" dev cni0 "* | *" dev cali"*) echo "$endpoint" ;; esac
  done
}

kubeproxy_nat() {
  local cluster=$1 service name protocol address port node_port endpoints endpoint chain sep count
  shift
  cat <<'RULES'
*nat
:KUBE-KUBELET-CANARY - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-PROXY-CANARY - [0:0]
:KUBE-SERVICES - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
RULES
  for service in "$@"; do
    IFS=, read -r name protocol address port endpoints <<<"$service"
    [ -n "$endpoints" ] || continue
    node_port=
    case $port in *:*) node_port=${port#*:} port=${port%%:*} ;; esac
    chain=$(kube_chain KUBE-SVC "$name$protocol")
    count=$(tr , '\n' <<<"$endpoints" | wc -l)
    echo ":$chain - [0:0]"
    echo "-A KUBE-SERVICES -d $address/32 -p $protocol -m comment --comment \"$name cluster IP\" -m $protocol --dport $port -j $chain"
    [ -z "$cluster" ] || echo "-A $chain ! -s $cluster -d $address/32 -p $protocol -m comment --comment \"$name cluster IP\" -m $protocol --dport $port -j KUBE-MARK-MASQ"
    [ -z "$node_port" ] || kubeproxy_node_port
    for endpoint in ${endpoints//,/ }; do
      sep=$(kube_chain KUBE-SEP "$name$protocol$endpoint")
      echo ":$sep - [0:0]"
      # One of n for the first, one of n-1 for the next, the last one takes the rest.
      echo "-A $chain -m comment --comment \"$name -> $endpoint\" $([ "$count" -gt 1 ] && awk "BEGIN { printf \"-m statistic --mode random --probability %.11f\", 1 / $count }") -j $sep"
      echo "-A $sep -s ${endpoint%:*}/32 -m comment --comment \"$name\" -j KUBE-MARK-MASQ"
      echo "-A $sep -p $protocol -m comment --comment \"$name\" -m $protocol -j DNAT --to-destination $endpoint"
      count=$((count - 1))
    done
  done
  echo '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS'
  echo COMMIT
}
kubeproxy_node_port() {
  local external
  external=$(kube_chain KUBE-EXT "$name$protocol")
  echo ":$external - [0:0]"
  echo "-A KUBE-NODEPORTS -p $protocol -m comment --comment \"$name\" -m $protocol --dport ${node_port%/*} -j $external"
  case $node_port in */Local) kubeproxy_local_policy; return ;; esac
  echo "-A $external -m comment --comment \"masquerade traffic for $name external destinations\" -j KUBE-MARK-MASQ"
  echo "-A $external -j $chain"
}
# externalTrafficPolicy Local: the node's own traffic and pods' may go anywhere, the rest to this node's endpoints as it is.
kubeproxy_local_policy() {
  local endpoints_here policy
  [ -z "$cluster" ] || echo "-A $external -s $cluster -m comment --comment \"pod traffic for $name external destinations\" -j $chain"
  echo "-A $external -m comment --comment \"masquerade LOCAL traffic for $name external destinations\" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ"
  echo "-A $external -m comment --comment \"route LOCAL traffic for $name external destinations\" -m addrtype --src-type LOCAL -j $chain"
  endpoints_here=$(local_endpoints "$KUBEPROXY_NODE" "$endpoints" | head -1)
  [ -n "$endpoints_here" ] || return 0
  policy=$(kube_chain KUBE-SVL "$name$protocol")
  echo ":$policy - [0:0]"
  # Its own rules come later.
  echo ":$(kube_chain KUBE-SEP "$name$protocol$endpoints_here") - [0:0]"
  echo "-A $external -j $policy"
  echo "-A $policy -m comment --comment \"$name -> $endpoints_here\" -j $(kube_chain KUBE-SEP "$name$protocol$endpoints_here")"
}
