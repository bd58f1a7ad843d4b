# What other programs on a node put into its tables.

# docker NODE: the bridge docker0 and the chains of Docker (20.10), before anything else is in the tables.
docker() {
  on "$1" ip link add docker0 address "02:42:$(steady_hex "docker $1" 8 | sed 's/../&:/g; s/:$//')" type bridge
  on "$1" ip addr add 172.17.0.1/16 brd 172.17.255.255 dev docker0
  on "$1" ip link set docker0 up
  on "$1" $IPTABLES-restore --noflush <<'RULES'
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
COMMIT
*filter
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT
RULES
}

# docker_container NODE: something on docker0, so that it has a carrier.
docker_container() {
  local port
  port=veth$(steady_hex "container $1" 7)
  on "$1" ip link add "$port" type veth peer name "${port}c"
  on "$1" ip link set "$port" master docker0 up
  on "$1" ip link set "${port}c" up
}

# firewall_services NODE PORT…: the rules file of iptables-services, which begins at boot: what is not named here is rejected.
# Inserted, because kube-proxy and the CNI come later on a real node.
firewall_services() {
  local node=$1 port
  shift
  { echo '*filter'
    echo '-I INPUT 1 -j REJECT --reject-with icmp-host-prohibited'
    for port in "$@"; do echo "-I INPUT 1 -p tcp -m state --state NEW -m tcp --dport $port -j ACCEPT"; done
    echo '-I INPUT 1 -i lo -j ACCEPT'
    echo '-I INPUT 1 -p icmp -j ACCEPT'
    echo '-I INPUT 1 -m state --state RELATED,ESTABLISHED -j ACCEPT'
    echo COMMIT; } | on "$node" $IPTABLES-restore --noflush
}

# ufw NODE PORT/PROTOCOL…: ufw (0.36) with its policies deny (incoming), allow (outgoing), and these ports open. Ubuntu loads it
# before kube-proxy and the CNI, so its jumps are the first of INPUT.
ufw() {
  local node=$1 port chain
  shift
  { echo '*filter'
    for chain in before-logging-input before-input after-input after-logging-input reject-input track-input logging-deny not-local user-input user-limit skip-to-policy-input; do echo ":ufw-$chain - [0:0]"; done
    echo ':INPUT DROP [0:0]'
    local number=1
    for chain in before-logging-input before-input after-input after-logging-input reject-input track-input; do echo "-I INPUT $((number++)) -j ufw-$chain"; done
    cat <<'RULES'
-A ufw-after-input -p udp -m udp --dport 137 -j ufw-skip-to-policy-input
-A ufw-after-input -p udp -m udp --dport 138 -j ufw-skip-to-policy-input
-A ufw-after-input -m addrtype --dst-type BROADCAST -j ufw-skip-to-policy-input
-A ufw-after-logging-input -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -p icmp -m icmp --icmp-type 3 -j ACCEPT
-A ufw-before-input -p icmp -m icmp --icmp-type 11 -j ACCEPT
-A ufw-before-input -p icmp -m icmp --icmp-type 12 -j ACCEPT
-A ufw-before-input -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A ufw-before-input -j ufw-not-local
-A ufw-before-input -j ufw-user-input
-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
-A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
-A ufw-not-local -m addrtype --dst-type BROADCAST -j RETURN
-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny
-A ufw-not-local -j DROP
-A ufw-skip-to-policy-input -j DROP
RULES
    for port in "$@"; do echo "-A ufw-user-input -p ${port#*/} -m ${port#*/} --dport ${port%/*} -j ACCEPT"; done
    echo COMMIT; } | on "$node" $IPTABLES-restore --noflush
}
# ufw_status PORT/PROTOCOL…: what `ufw status verbose` says of it.
ufw_status() {
  local port
  printf 'Status: active\nLogging: on (low)\nDefault: deny (incoming), allow (outgoing), disabled (routed)\nNew profiles: skip\n\n'
  printf '%-27s%-12s%s\n' To Action From -- ------ ----
  for port in "$@"; do printf '%-27s%-12s%s\n' "$port" "ALLOW IN" Anywhere; done
}
