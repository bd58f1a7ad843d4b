# What goes into a bundle, and how it is packed.

# save PATH COMMAND…: a command's output as a file of the bundle (run it `on` a node).
save() {
  local file=$OUT/$1
  shift
  mkdir -p "$(dirname "$file")"
  "$@" >"$file"
}

# with_errors COMMAND…: collectors that keep both streams of a command keep its warnings and summaries too.
with_errors() { "$@" 2>&1; }

# The lab's network cards are halves of veth pairs, and the tunnel device of IPIP is a TUN device (lib/calico.sh).
# On a real node they are neither: this takes the difference out of `ip addr` and `ip link`. Pods' veths keep theirs.
as_hardware() {
  sed -E -e '/^[0-9]+: (en|eth|bond)/{N; s/@if[0-9]+:/:/; s/ link-netnsid [0-9]+//; s/qdisc noqueue/qdisc fq_codel/; s/(group default)( qlen [0-9]+)?/\1 qlen 1000/}' \
    -e '/^[0-9]+: tunl0/{N; s/tunl0:/tunl0@NONE:/; s/<POINTOPOINT,(MULTICAST,)?NOARP/<NOARP/; s/qdisc [a-z_]+/qdisc noqueue/; s/qlen [0-9]+/qlen 1000/; s#link/none *#link/ipip 0.0.0.0 brd 0.0.0.0#}'
}
ip_addr() { on "$1" ip addr | as_hardware; }
ip_link() { on "$1" ip "${@:2}" link | as_hardware; }

# network_sysctls NODE: what `sysctl -a` says about addresses, forwarding, bridges and connection tracking.
network_sysctls() {
  on "$1" sysctl -a 2>/dev/null | grep -E '^(kernel\.hostname|net\.(bridge\.bridge-nf|ipv4\.(conf|ip_forward|ip_local)|ipv6\.conf\.[^.]+\.(disable_ipv6|forwarding)|netfilter\.nf_conntrack_(max|buckets|count|log_invalid|tcp_be_liberal)))'
}

# calico_node_diags NODE PATH: what `calicoctl cluster diags` runs on a node, under the names that it gives.
calico_node_diags() {
  local node=$1 path=$2/nodes/$1
  # Both back ends are asked; the one that is not in use answers with nothing.
  save "$path/iptables-legacy-save.txt" on "$node" iptables-legacy-save -c
  save "$path/iptables-nft-save.txt" on "$node" iptables-nft-save -c
  save "$path/nft-ruleset.txt" with_errors on "$node" nft -n -a list ruleset
  save "$path/ip-route.txt" on "$node" ip route show table all
  save "$path/ip-route-v6.txt" on "$node" ip -6 route show table all
  save "$path/ip-rule.txt" on "$node" ip rule
  save "$path/ip-addr.txt" ip_addr "$node"
  save "$path/ip-link.txt" ip_link "$node"
  save "$path/ip-neigh.txt" on "$node" ip neigh
  save "$path/ipset-list.txt" on "$node" ipset list
  save "$path/conntrack-list.txt" with_errors on "$node" conntrack -LSC
}

# A transcript: what a person copied out of a terminal.
#   at FILE HOST DIRECTORY     from now on the prompt is HOST's, and the text goes to FILE
#   typed "COMMAND" [REAL…]    the prompt and the command; then the output of REAL, or of COMMAND run there
#   pasted "COMMAND" <TEXT     the same with text from elsewhere (kubectl)
#   gave_up "COMMAND" REAL…    REAL, run there, hung until the person pressed ^C; the build fails if it did not
at() { TRANSCRIPT=$OUT/$1 PROMPT_HOST=$2 PROMPT="root@$2:$3# "; }
typed() {
  local text=$1
  shift
  echo "$PROMPT$text" >>"$TRANSCRIPT"
  if [ $# -gt 0 ]; then "$@" >>"$TRANSCRIPT" 2>&1; else on "$PROMPT_HOST" bash -c "$text" >>"$TRANSCRIPT" 2>&1; fi
}
pasted() {
  echo "$PROMPT$1" >>"$TRANSCRIPT"
  cat >>"$TRANSCRIPT"
}
gave_up() {
  local text=$1 status=0
  shift
  echo "$PROMPT$text" >>"$TRANSCRIPT"
  on "$PROMPT_HOST" timeout 9 "$@" >>"$TRANSCRIPT" 2>&1 || status=$?
  [ $status = 124 ] || die "'$text' should hang, but ended with $status"
  echo "^C" >>"$TRANSCRIPT"
}

# must_work / must_fail NAME COMMAND…: the sample's claims, checked on the spot.
must_work() { local what=$1; shift; "$@" >/dev/null 2>&1 || die "$what: should work, ended with $?"; }
must_time_out() {
  local what=$1 status=0
  shift
  "$@" >/dev/null 2>&1 || status=$?
  [ $status = 28 ] || die "$what: curl should time out (28), ended with $status"
}

# check_bundle: nothing of this machine in it, and no packet that only a namespace could produce. (capture_stop has seen that no
# capture is empty.) A sample may say in WRONG_CHECKSUMS which files have them on purpose.
WRONG_CHECKSUMS=
check_bundle() {
  local file bad name
  name=$(cat /proc/sys/kernel/hostname)
  if grep -ralE "ptlab|/tmp/|$(uname -r)" "$OUT"; then die "the bundle speaks of the lab"; fi
  if grep -rIlw "$name" "$OUT"; then die "the bundle names this machine"; fi
  while read -r file; do
    bad=$(tshark -n -r "$file" -d udp.port==8472,vxlan -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
      -Y 'ip.checksum.status == 0 or tcp.checksum.status == 0 or udp.checksum.status == 0 or frame.len > 1600' 2>/dev/null | wc -l)
    case " $WRONG_CHECKSUMS " in *" ${file#"$OUT"/} "*) continue ;; esac
    [ "$bad" = 0 ] || die "$file: $bad frames with a wrong checksum or an impossible size"
  done < <(find "$OUT" -regex '.*\.pcap\(ng\)?')
}

# pack_as KIND: called by a sample's pack(). $OUT is the archive's root; every member has the same owner and time, in
# the same order, whoever builds it.
pack_as() {
  local kind=$1
  PACKED=$BUNDLES/$SAMPLE.$kind
  rm -f "$BUNDLES/$SAMPLE".{zip,tar,tar.gz,tar.bz2,tar.xz,tar.zst}
  find "$OUT" -type d -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
  find "$OUT" -exec touch -h -d "@$CLOCK" {} +
  case $kind in
    zip) (cd "$OUT" && find . -type f -printf '%P\n' | sort | zip -q -X -D "$PACKED" -@) ;;
    tar) pack_tar >"$PACKED" ;;
    tar.gz) pack_tar | gzip -9n >"$PACKED" ;;
    tar.bz2) pack_tar | bzip2 -9 >"$PACKED" ;;
    tar.xz) pack_tar | xz -9 >"$PACKED" ;;
    tar.zst) pack_tar | zstd -q -19 >"$PACKED" ;;
    *) die "no such archive: $kind" ;;
  esac
  [ "$(stat -c %s "$PACKED")" -lt 100000 ] || die "$PACKED is too big"
}
pack_tar() {
  (cd "$OUT" && tar --format=gnu --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$CLOCK" -c -- *)
}
