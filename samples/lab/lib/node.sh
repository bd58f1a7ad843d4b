# Nodes, pods, switches and routers. Each is a host: a network namespace plus a host-name namespace, so that prompts,
# `hostname` and `ip addr` say what they would say on that machine.

# host NAME [HOSTNAME]: an empty machine with a loopback.
host() {
  local name=$1 hostname=${2:-$1} space=$RUN/ns/$1
  touch "$space.net" "$space.uts"
  # Kept by bind mounts outside /run/netns: `ip addr` then prints a peer's number and never a name of the lab.
  unshare --net="$space.net" --uts="$space.uts" hostname "$hostname"
  on "$name" ip link set lo up
  # Kernels before 6.5 double the SYN time-out from the start (1, 3, 7 s); the lab's own kernel would send the
  # first four a second apart. The clusters shown here run the older ones.
  on "$name" sysctl -qw net.ipv4.tcp_syn_linear_timeouts=0 2>/dev/null || true
}

# on HOST COMMAND…: run it there.
on() { (exec_on "$@"); }
# The same in place of this shell, so that a background job's $! is the command's own process.
exec_on() {
  local space=$RUN/ns/$1
  shift
  exec nsenter --net="$space.net" --uts="$space.uts" -- "$@"
}

# in_background HOST COMMAND…: run it there until the sample ends.
in_background() {
  exec_on "$@" </dev/null >>"$RUN/background.log" 2>&1 &
  touch "$RUN/pids/$!"
}

# no_offload HOST DEVICE: all namespaces share one kernel, so veth pairs never fill in checksums and hand on 64 KB
# segments. A wire does neither.
no_offload() {
  local feature
  ! on "$1" ethtool -K "$2" tx off rx off tso off gso off gro off >/dev/null 2>&1 || return 0
  # Some devices lack some of them.
  for feature in tx rx tso gso gro; do
    on "$1" ethtool -K "$2" "$feature" off >/dev/null 2>&1 || true
  done
}

# steady_hex TEXT LENGTH: hexadecimal digits that depend on TEXT alone, for names and addresses that look random.
steady_hex() { printf %s "$1" | sha256sum | cut -c1-"$2"; }

# nic_mac TEXT: an address of a virtual machine's network card.
nic_mac() { echo "00:0c:29:$(steady_hex "$1" 6 | sed 's/../&:/g; s/:$//')"; }

# cable A DEVICE B DEVICE [MAC OF A'S END]: both ends up, no offload.
cable() {
  on "$1" ip link add "$2" ${5:+address "$5"} type veth peer name "$4" netns "$RUN/ns/$3.net"
  no_offload "$1" "$2"
  no_offload "$3" "$4"
  on "$1" ip link set "$2" up
  on "$3" ip link set "$4" up
}

# underlay ADDRESS/LEN: a switch, and the gateway of the nodes behind it.
underlay() {
  GATEWAY=${1%/*} SWITCH=switch
  switch switch
  host gateway
  plug gateway lan0
  on gateway ip addr add "$1" dev lan0
  on gateway sysctl -qw net.ipv4.ip_forward=1
}

# switch NAME.        plug HOST DEVICE [MAC]: a cable from it to $SWITCH; the port there has a name made of both.
switch() {
  host "$1"
  on "$1" ip link add br0 type bridge forward_delay 0
  on "$1" ip link set br0 up
}
plug() {
  local port
  port=$(port_of "$1" "$2")
  cable "$1" "$2" "$SWITCH" "$port" "${3:-}"
  on "$SWITCH" ip link set "$port" master br0
}
port_of() { steady_hex "$1$2" 8; }

# internet HOP…: a chain of routers behind the gateway, hop1 the nearest. Each answers traceroute; the last one drops
# what it should pass on, without a word, as the world does with private addresses.
internet() {
  local last=gateway hop name number=0
  for hop in "$@"; do
    name=hop$((number += 1))
    host $name
    cable $last wan0 $name in0
    on $last ip addr add 100.64.$number.1 peer "$hop" dev wan0
    on $last ip route replace default via "$hop" dev wan0
    on $name ip addr add "$hop" peer 100.64.$number.1 dev in0
    on $name ip route add default via 100.64.$number.1 dev in0
    [ $number = 1 ] || on $name ip route add 100.64.1.1 via 100.64.$number.1 dev in0
    on $name sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.in0.send_redirects=0
    last=$name
  done
  on $last iptables-nft -w -P FORWARD DROP
  on gateway iptables-nft -w -t nat -A POSTROUTING -o wan0 -j MASQUERADE
}

# node NAME ADDRESS/LEN DEVICE: a cluster node on the switch.
node() {
  local name=$1 address=$2 device=$3
  host "$name"
  on "$name" sysctl -qw net.ipv4.ip_forward=1
  plug "$name" "$device" "$(nic_mac "$name")"
  on "$name" ip addr add "$address" brd + dev "$device"
  on "$name" ip route add default via "$GATEWAY" dev "$device" proto static
}

# second_uplink NAME ADDRESS/LEN DEVICE: another network card of it, on $SWITCH.
second_uplink() {
  plug "$1" "$3" "$(nic_mac "$1 $3")"
  on "$1" ip addr add "$2" brd + dev "$3"
}

# network_card NODE DEVICE: a card of its own for it, between the node's end of the cable and the switch's, which fills in checksums
# as lib/nic.py says. The node may then leave them to it (ethtool -K DEVICE tx on).
network_card() {
  local port device
  port=$(port_of "$1" "$2")
  host card
  on "$SWITCH" ip link set "$port" netns "$RUN/ns/card.net"
  on card ip link set "$port" name inside up
  cable card outside "$SWITCH" "$port"
  on "$SWITCH" ip link set "$port" master br0
  for device in inside outside; do
    on card sysctl -qw "net.ipv6.conf.$device.disable_ipv6=1"
    on card ip link set $device promisc on
  done
  in_background card python3 "$LAB/lib/nic.py" inside outside
  sleep 0.5
}
# leave_checksums HOST DEVICE…: to whatever comes after it.
leave_checksums() {
  local host=$1 device
  shift
  for device in "$@"; do on "$host" ethtool -K "$device" tx on >/dev/null 2>&1 || true; done
}

# pod_on_bridge NODE POD ADDRESS/LEN [BRIDGE MTU]: as the bridge plugin does it; the pod's network is the node's subnet,
# routed by cni0.
pod_on_bridge() {
  local node=$1 pod=$2 address=$3 bridge=${4:-cni0} mtu=${5:-1450} veth bridge_address
  veth=veth$(steady_hex "$pod" 8)
  bridge_address=${address%.*}.1
  if ! on "$node" ip link show "$bridge" >/dev/null 2>&1; then
    on "$node" ip link add "$bridge" address "$(bridge_mac "$bridge_address")" mtu "$mtu" type bridge forward_delay 0
    no_offload "$node" "$bridge"
    on "$node" ip addr add "$bridge_address/${address#*/}" brd + dev "$bridge"
    on "$node" ip link set "$bridge" up
  fi
  host "$pod"
  cable "$pod" eth0 "$node" "$veth" "$(bridge_mac "${address%/*}")"
  on "$node" ip link set "$veth" mtu "$mtu" master "$bridge"
  on "$node" bridge link set dev "$veth" hairpin on
  on "$pod" ip link set eth0 mtu "$mtu"
  on "$pod" ip addr add "$address" brd + dev eth0
  on "$pod" ip route add default via "$bridge_address"
}

# bridge_mac ADDRESS: the plugins derive a MAC from the address or take a random local one; here always the same one.
bridge_mac() { echo "$(steady_hex "$1" 10 | sed 's/../&:/g; s/^/be:/; s/:$//')"; }

# pod_routed NODE POD ADDRESS DEVICE: as Calico does it; a /32, a link-local gateway that proxy ARP answers for.
pod_routed() {
  local node=$1 pod=$2 address=$3 device=$4
  host "$pod"
  cable "$pod" eth0 "$node" "$device" "$(bridge_mac "$address")"
  on "$node" ip link set "$device" down
  on "$node" ip link set "$device" address ee:ee:ee:ee:ee:ee mtu 1480 up
  on "$node" sysctl -qw "net.ipv4.conf.$device.proxy_arp=1" "net.ipv4.neigh.$device.proxy_delay=0" \
    "net.ipv4.conf.$device.forwarding=1" "net.ipv4.conf.$device.rp_filter=1"
  on "$pod" ip link set eth0 mtu 1480
  on "$pod" ip addr add "$address/32" dev eth0
  on "$pod" ip route add 169.254.1.1 dev eth0 scope link
  on "$pod" ip route add default via 169.254.1.1 dev eth0
  on "$node" ip route add "$address" dev "$device" scope link
}

# serve HOST http|https|tcp|dns PORT [BODY]: a small server that is up when this returns. serve_start only starts it.
serve() {
  serve_start "$@"
  serving "$1" "$3"
}
serve_start() {
  local host=$1 kind=$2 port=$3 body=${4:-}
  if [ "$kind" = https ] && [ ! -f "$RUN/tls.pem" ]; then
    openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=kube-apiserver -days 365 \
      -keyout "$RUN/key.pem" -out "$RUN/crt.pem" 2>/dev/null
    cat "$RUN/key.pem" "$RUN/crt.pem" > "$RUN/tls.pem"
  fi
  in_background "$host" python3 "$LAB/lib/serve.py" "$kind" "$port" "$body" "$RUN/tls.pem"
}
serving() {
  local host=$1 port=$2 before=0
  until on "$host" ss -lntuH "sport = :$port" | grep -q .; do
    sleep 0.1
    [ $((before += 1)) -lt 50 ] || die "nothing listens on $host port $port"
  done
}

# lab_remove: end the processes of this sample, then its namespaces. Devices vanish with the last user of theirs.
lab_remove() {
  local pid mount
  for pid in "$RUN"/pids/*; do
    [ -e "$pid" ] && kill "$(basename "$pid")" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  [ ! -f "$RUN/nf_log_before" ] || cat "$RUN/nf_log_before" >/proc/sys/net/netfilter/nf_log_all_netns
  for mount in "$RUN"/ns/*; do
    [ -e "$mount" ] && umount "$mount" 2>/dev/null || true
  done
  rm -rf "$RUN"
}
