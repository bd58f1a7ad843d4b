# Calico with the iptables data plane (3.26): Felix's chains under their own names and hashes, the ipsets, IPIP.

# A node is described by calls in between calico_begin and calico_end:
#   calico_begin NODE
#   calico_chains ipip|vxlan|none|canal  everything that does not depend on a pod; canal has no pool, so Calico does no NAT
#   calico_policy DEVICE POLICY RULE…  a policy for what comes to that pod, before its calico_pod
#   calico_pod DEVICE PROFILE…         once per pod: dispatch and policy chains of its veth (DEVICE begins with cali)
#   calico_end                         loads what was said, with counters at zero
declare -A CALICO_HASH CALICO_POLICIES CALICO_SEEN
CALICO_HASHES=/run/ptlab-calico-hashes
CALICO_SEEN=()

calico_begin() {
  CALICO_NODE=$1 CALICO_RULES=$RUN/calico-$1 CALICO_PODS=() CALICO_PROFILES=() CALICO_POLICIES=()
  mkdir -p "$CALICO_RULES"
  rm -f "$CALICO_RULES"/*
}

# rule TABLE CHAIN FRAGMENT: a rule in the words that Felix uses before it adds the hash. The hash is over the chain's
# name and all its rules so far, so these comments are the ones of a real cluster wherever the rules are the same.
rule() {
  local table=$1 chain=$2 fragment=$3 key=$1/$2 before
  before=${CALICO_HASH[$key]:-$(printf %s "$chain" | openssl dgst -sha224 -r | cut -d' ' -f1)}
  # Nodes and samples have most of their rules in common, and a hash takes five processes: it is kept for the next build.
  local same="$before $chain $fragment" id
  if [ ${#CALICO_SEEN[@]} = 0 ] && [ -f $CALICO_HASHES ]; then
    while IFS='|' read -r key id; do CALICO_SEEN[$key]=$id; done <$CALICO_HASHES
    key=$table/$chain
  fi
  if [ -z "${CALICO_SEEN[$same]:-}" ]; then
    CALICO_HASH[$key]=$({ xxd -r -p <<<"$before"; printf %s "-A $chain HASH $fragment"; } | openssl dgst -sha224 -r | cut -d' ' -f1)
    CALICO_SEEN[$same]="${CALICO_HASH[$key]} $(xxd -r -p <<<"${CALICO_HASH[$key]}" | base64 | tr +/ -_ | cut -c1-16)"
    echo "$same|${CALICO_SEEN[$same]}" >>$CALICO_HASHES
  fi
  read -r CALICO_HASH[$key] id <<<"${CALICO_SEEN[$same]}"
  echo "-A $chain -m comment --comment \"cali:$id\" $fragment" >>"$CALICO_RULES/$table"
}
chain() { echo ":$2 - [0:0]" >>"$CALICO_RULES/$1"; CALICO_HASH[$1/$2]=; }
# hook TABLE CHAIN: Felix inserts its jump before everything else.
hook() {
  CALICO_HASH[$1/$2]=
  rule "$1" "$2" "--jump cali-$2"
  sed -i "\$s/^-A $2 /-I $2 1 /" "$CALICO_RULES/$1"
}

calico_chains() {
  local mode=$1 name
  for name in FORWARD INPUT OUTPUT cidr-block from-hep-forward from-host-endpoint from-wl-dispatch to-hep-forward to-host-endpoint to-wl-dispatch wl-to-host; do
    chain filter cali-$name
  done
  hook filter INPUT
  hook filter FORWARD
  hook filter OUTPUT
  # Appended, not inserted; their hashes do not follow from the chain's name alone.
  echo '-A FORWARD -m comment --comment "cali:S93hcgKJrXEqnTfs" -m comment --comment "Policy explicitly accepted packet." -m mark --mark 0x10000/0x10000 -j ACCEPT' >>"$CALICO_RULES/filter"
  echo '-A FORWARD -m comment --comment "cali:mp77cMpurHhyjLrM" -j MARK --set-mark 0x10000/0x10000' >>"$CALICO_RULES/filter"
  local accepted='-m mark --mark 0x10000/0x10000 --jump ACCEPT' comment='-m comment --comment'
  rule filter cali-FORWARD "--jump MARK --set-mark 0/0xe0000"
  rule filter cali-FORWARD "-m mark --mark 0/0x10000 --jump cali-from-hep-forward"
  rule filter cali-FORWARD "--in-interface cali+ --jump cali-from-wl-dispatch"
  rule filter cali-FORWARD "--out-interface cali+ --jump cali-to-wl-dispatch"
  rule filter cali-FORWARD "--jump cali-to-hep-forward"
  rule filter cali-FORWARD "--jump cali-cidr-block"
  if [ "$mode" = ipip ]; then
    rule filter cali-INPUT "$comment \"Allow IPIP packets from Calico hosts\" -p 4 -m set --match-set cali40all-hosts-net src -m addrtype --dst-type LOCAL --jump ACCEPT"
    rule filter cali-INPUT "$comment \"Drop IPIP packets from non-Calico hosts\" -p 4 --jump DROP"
  fi
  if [ "$mode" = vxlan ]; then
    rule filter cali-INPUT "$comment \"Allow IPv4 VXLAN packets from allowed hosts\" -p 17 -m multiport --destination-ports 4789 -m set --match-set cali40all-vxlan-net src -m addrtype --dst-type LOCAL --jump ACCEPT"
    rule filter cali-INPUT "$comment \"Drop IPv4 VXLAN packets from non-allowed hosts\" -p 17 -m multiport --destination-ports 4789 -m addrtype --dst-type LOCAL --jump DROP"
  fi
  rule filter cali-INPUT "--in-interface cali+ --goto cali-wl-to-host"
  rule filter cali-INPUT "$accepted"
  rule filter cali-INPUT "--jump MARK --set-mark 0/0xf0000"
  rule filter cali-INPUT "--jump cali-from-host-endpoint"
  rule filter cali-INPUT "$comment \"Host endpoint policy accepted packet.\" $accepted"
  rule filter cali-OUTPUT "$accepted"
  rule filter cali-OUTPUT "--out-interface cali+ --jump RETURN"
  [ "$mode" != ipip ] || rule filter cali-OUTPUT "$comment \"Allow IPIP packets to other Calico hosts\" -p 4 -m set --match-set cali40all-hosts-net dst -m addrtype --src-type LOCAL --jump ACCEPT"
  [ "$mode" != vxlan ] || rule filter cali-OUTPUT "$comment \"Allow IPv4 VXLAN packets to other allowed hosts\" -p 17 -m multiport --destination-ports 4789 -m set --match-set cali40all-vxlan-net dst -m addrtype --src-type LOCAL --jump ACCEPT"
  rule filter cali-OUTPUT "--jump MARK --set-mark 0/0xf0000"
  rule filter cali-OUTPUT "-m conntrack ! --ctstate DNAT --jump cali-to-host-endpoint"
  rule filter cali-OUTPUT "$comment \"Host endpoint policy accepted packet.\" $accepted"
  rule filter cali-wl-to-host "--jump cali-from-wl-dispatch"
  rule filter cali-wl-to-host "$comment \"Configured DefaultEndpointToHostAction\" --jump ACCEPT"

  for name in PREROUTING OUTPUT from-host-endpoint rpf-skip to-host-endpoint; do chain raw cali-$name; done
  hook raw PREROUTING
  hook raw OUTPUT
  rule raw cali-PREROUTING "--jump MARK --set-mark 0/0xf0000"
  rule raw cali-PREROUTING "--in-interface cali+ --jump MARK --set-mark 0x40000/0x40000"
  rule raw cali-PREROUTING "-m mark --mark 0x40000/0x40000 --jump cali-rpf-skip"
  rule raw cali-PREROUTING "-m mark --mark 0x40000/0x40000 -m rpfilter --invert --validmark --jump DROP"
  rule raw cali-PREROUTING "-m mark --mark 0/0x40000 --jump cali-from-host-endpoint"
  rule raw cali-PREROUTING "$accepted"
  rule raw cali-OUTPUT "--jump MARK --set-mark 0/0xf0000"
  rule raw cali-OUTPUT "--jump cali-to-host-endpoint"
  rule raw cali-OUTPUT "$accepted"

  for name in PREROUTING from-host-endpoint; do chain mangle cali-$name; done
  hook mangle PREROUTING
  rule mangle cali-PREROUTING "-m conntrack --ctstate RELATED,ESTABLISHED --jump ACCEPT"
  rule mangle cali-PREROUTING "$accepted"
  rule mangle cali-PREROUTING "--jump cali-from-host-endpoint"
  rule mangle cali-PREROUTING "$comment \"Host endpoint policy accepted packet.\" $accepted"

  for name in PREROUTING POSTROUTING OUTPUT fip-dnat fip-snat nat-outgoing; do chain nat cali-$name; done
  for name in PREROUTING OUTPUT POSTROUTING; do hook nat $name; done
  rule nat cali-PREROUTING "--jump cali-fip-dnat"
  rule nat cali-OUTPUT "--jump cali-fip-dnat"
  rule nat cali-POSTROUTING "--jump cali-fip-snat"
  rule nat cali-POSTROUTING "--jump cali-nat-outgoing"
  [ "$mode" != ipip ] || rule nat cali-POSTROUTING "--out-interface tunl0 -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL --jump MASQUERADE --random-fully"
  [ "$mode" != vxlan ] || rule nat cali-POSTROUTING "--out-interface vxlan.calico -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL --jump MASQUERADE --random-fully"
  [ "$mode" = canal ] || rule nat cali-nat-outgoing "-m set --match-set cali40masq-ipam-pools src -m set ! --match-set cali40all-ipam-pools dst --jump MASQUERADE --random-fully"
}

# felix_id PREFIX NAME: a chain's name may have 28 characters; a longer one ends in a hash.
felix_id() {
  local id=$1$2
  [ ${#id} -le 28 ] || id=$1_$(printf %s "$2" | openssl dgst -sha256 -binary | base64 | tr +/ -_ | cut -c1-$((27 - ${#1})))
  echo "$id"
}

# A RULE is Felix's fragment of an allowing rule without its target, or "log FRAGMENT" for a rule with the action Log.
calico_policy() {
  local device=$1 policy=$2 id comment text
  shift 2
  id=$(felix_id cali-pi- "$policy")
  CALICO_POLICIES[$device]=$id
  comment="-m comment --comment \"Policy $policy ingress\" "
  case " ${CALICO_PROFILES[*]:-} " in *" $id "*) return ;; esac
  CALICO_PROFILES+=("$id")
  chain filter "$id"
  for text in "$@"; do
    case $text in
      log\ *) rule filter "$id" "$comment${text#log } --jump LOG --log-prefix \"calico-packet: \" --log-level 5" ;;
      *)
        rule filter "$id" "$comment$text --jump MARK --set-mark 0x10000/0x10000"
        rule filter "$id" "-m mark --mark 0x10000/0x10000 --jump RETURN"
        ;;
    esac
    comment=
  done
}
# felix_selector SELECTOR: the name of the ipset with the addresses of the pods that it selects.
felix_selector() { echo "cali40s:$(printf %s "$1" | openssl dgst -sha224 -binary | base64 | tr +/ -_ | cut -c1-23)"; }

calico_pod() {
  CALICO_PODS+=("$1")
  local device=$1 direction profile id chain word policy=${CALICO_POLICIES[$1]:-}
  shift
  for direction in fw tw; do
    chain=cali-$direction-$device
    chain filter "$chain"
    rule filter "$chain" "-m conntrack --ctstate RELATED,ESTABLISHED --jump ACCEPT"
    rule filter "$chain" "-m conntrack --ctstate INVALID --jump DROP"
    rule filter "$chain" "--jump MARK --set-mark 0/0x10000"
    if [ $direction = fw ]; then
      rule filter "$chain" '-m comment --comment "Drop VXLAN encapped packets originating in workloads" -p 17 -m multiport --destination-ports 4789 --jump DROP'
      rule filter "$chain" '-m comment --comment "Drop IPinIP encapped packets originating in workloads" -p 4 --jump DROP'
    elif [ -n "$policy" ]; then
      rule filter "$chain" '-m comment --comment "Start of policies" --jump MARK --set-mark 0/0x20000'
      rule filter "$chain" "-m mark --mark 0/0x20000 --jump $policy"
      rule filter "$chain" '-m comment --comment "Return if policy accepted" -m mark --mark 0x10000/0x10000 --jump RETURN'
      rule filter "$chain" '-m comment --comment "Drop if no policies passed packet" -m mark --mark 0/0x20000 --jump DROP'
    fi
    for profile in "$@"; do
      if [ $direction = fw ]; then id=$(felix_id cali-pro- "$profile") word=egress; else id=$(felix_id cali-pri- "$profile") word=ingress; fi
      calico_profile "$id" "$profile" $word
      rule filter "$chain" "--jump $id"
      rule filter "$chain" '-m comment --comment "Return if profile accepted" -m mark --mark 0x10000/0x10000 --jump RETURN'
    done
    rule filter "$chain" '-m comment --comment "Drop if no profiles matched" --jump DROP'
  done
}

# calico_profile CHAIN PROFILE ingress|egress: a namespace's profile allows everything, a service account's says nothing.
calico_profile() {
  case " ${CALICO_PROFILES[*]:-} " in *" $1 "*) return ;; esac
  CALICO_PROFILES+=("$1")
  chain filter "$1"
  if [[ $2 = kns.* ]]; then
    rule filter "$1" "-m comment --comment \"Profile $2 $3\" --jump MARK --set-mark 0x10000/0x10000"
    rule filter "$1" "-m mark --mark 0x10000/0x10000 --jump RETURN"
  else
    rule filter "$1" "-m comment --comment \"Profile $2 $3\""
  fi
}

calico_end() {
  local device table
  for device in "${CALICO_PODS[@]:-}"; do
    [ -n "$device" ] || continue
    rule filter cali-from-wl-dispatch "--in-interface $device --goto cali-fw-$device"
    rule filter cali-to-wl-dispatch "--out-interface $device --goto cali-tw-$device"
  done
  rule filter cali-from-wl-dispatch '-m comment --comment "Unknown interface" --jump DROP'
  rule filter cali-to-wl-dispatch '-m comment --comment "Unknown interface" --jump DROP'
  for table in raw mangle nat filter; do
    echo "*$table"
    # Chains first: a rule may jump to one that is declared later.
    grep '^:' "$CALICO_RULES/$table"
    grep -v '^:' "$CALICO_RULES/$table"
    echo COMMIT
  done | on "$CALICO_NODE" $IPTABLES-restore --noflush
}

# calico_ipset NODE NAME TYPE MEMBER…: before calico_end, because rules cannot name a set that is not there.
calico_ipset() {
  local node=$1 name=$2 type=$3 member
  shift 3
  on "$node" ipset create "$name" "$type" family inet maxelem 1048576
  for member in "$@"; do on "$node" ipset add "$name" "$member"; done
}

# calico_ipip NODE TUNNEL-ADDRESS BLOCK=PEER…: tunl0, and the routes that BIRD learns from its peers.
calico_ipip() {
  local node=$1 address=$2 pair tries=0
  shift 2
  in_background "$node" python3 "$LAB/lib/ipip.py" tunl0 "$@"
  until on "$node" ip link show tunl0 >/dev/null 2>&1; do
    sleep 0.1
    [ $((tries += 1)) -lt 50 ] || die "tunl0 does not appear on $node"
  done
  # A real tunl0 has no IPv6 address.
  on "$node" sysctl -qw net.ipv6.conf.tunl0.disable_ipv6=1
  on "$node" ip link set tunl0 mtu 1480 multicast off up
  on "$node" ip addr add "$address/32" dev tunl0
  for pair in "$@"; do on "$node" ip route add "${pair%=*}" via "${pair#*=}" dev tunl0 proto bird onlink; done
}
# calico_block NODE BLOCK: a node's own block, so that an address without a pod does not leave by the default route.
calico_block() { on "$1" ip route add blackhole "$2" proto bird; }

# calico_log EPOCH.MILLISECONDS LEVEL PID "FILE LINE" TEXT: one line of a log of Calico's, UTC.
calico_log() { printf '%s [%s][%s] %s: %s\n' "$(date -u -d "@$1" '+%Y-%m-%d %H:%M:%S.%3N')" "$2" "$3" "$4" "$5"; }

# calico_node_log_start EPOCH NODE DEVICE ADDRESS/LEN PEER…: a healthy start with BGP between the nodes.
calico_node_log_start() {
  local s=$1 node=$2 device=$3 address=$4 peer
  shift 4
  calico_log "$s.050" INFO 9 "startup/startup.go 427" "Early log level set to info"
  calico_log "$s.050" INFO 9 "startup/utils.go 127" "Using NODENAME environment for node name $node"
  calico_log "$s.051" INFO 9 "startup/utils.go 139" "Determined node name: $node"
  calico_log "$s.051" INFO 9 "startup/startup.go 94" "Starting node $node with version v3.26.1"
  calico_log "$s.052" INFO 9 "startup/startup.go 432" "Checking datastore connection"
  calico_log "$s.066" INFO 9 "startup/startup.go 456" "Datastore connection verified"
  calico_log "$s.066" INFO 9 "startup/startup.go 104" "Datastore is ready"
  calico_log "$s.093" INFO 9 "startup/startup.go 485" "Initialize BGP data"
  calico_log "$s.095" INFO 9 "startup/autodetection_methods.go 103" "Using autodetected IPv4 address on interface $device: $address"
  calico_log "$s.095" INFO 9 "startup/startup.go 561" "Node IPv4 changed, will check for conflicts"
  calico_log "$s.099" INFO 9 "startup/startup.go 686" "No AS number configured on node resource, using global value"
  calico_log "$s.121" INFO 9 "startup/startup.go 218" "Using node name: $node"
  echo "Calico node started successfully"
  s=$((s + 2))
  for peer in "$@"; do
    echo "bird: Mesh_${peer//./_}: State changed to start"
    echo "bird: Mesh_${peer//./_}: State changed to feed"
    echo "bird: Mesh_${peer//./_}: State changed to up"
  done
  calico_log "$s.310" INFO 70 "felix/int_dataplane.go 1836" "Applying dataplane updates" | sed 's/$/ reason="config update"/'
  calico_log "$s.402" INFO 70 "felix/int_dataplane.go 1880" "Finished applying updates to dataplane." | sed 's/$/ msecToApply=91.7/'
  calico_log "$((s + 58)).664" INFO 71 "monitor-addresses/autodetection_methods.go 103" "Using autodetected IPv4 address on interface $device: $address"
  calico_log "$((s + 63)).041" INFO 70 "felix/summary.go 100" "Summarising 11 dataplane reconciliation loops over 1m3s: avg=4ms longest=18ms (resync-nat-v4)"
}
