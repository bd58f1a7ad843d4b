# What goes into a bundle, and how it is packed.

# save PATH COMMAND…: a command's output as a file of the bundle (run it `on` a node).
save() {
  local file=$OUT/$1
  shift
  mkdir -p "$(dirname "$file")"
  "$@" >"$file"
}

# The lab's network cards are halves of veth pairs, and the tunnel device of IPIP is a TUN device (lib/calico.sh).
# On a real node they are neither: this takes the difference out of `ip addr` and `ip link`. Pods' veths keep theirs.
as_hardware() {
  sed -E -e '/^[0-9]+: (en|eth)/{N; s/@if[0-9]+:/:/; s/ link-netnsid [0-9]+//; s/qdisc noqueue/qdisc fq_codel/; s/(group default)( qlen [0-9]+)?/\1 qlen 1000/}' \
    -e '/^[0-9]+: tunl0/{N; s/tunl0:/tunl0@NONE:/; s/<POINTOPOINT,MULTICAST,NOARP/<NOARP/; s/qdisc [a-z_]+/qdisc noqueue/; s/qlen [0-9]+/qlen 1000/; s#link/none *#link/ipip 0.0.0.0 brd 0.0.0.0#}'
}
ip_addr() { on "$1" ip addr | as_hardware; }
ip_link() { on "$1" ip link | as_hardware; }

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

# check_bundle: nothing of this machine in it, and no packet that only a namespace could produce.
check_bundle() {
  local file bad name
  name=$(cat /proc/sys/kernel/hostname)
  grep -rIlE "ptlab|/tmp/|/run/ptlab|$(uname -r)" "$OUT" && die "the bundle speaks of the lab"
  grep -rIlwE "$name" "$OUT" && die "the bundle names this machine"
  while read -r file; do
    [ "$(tshark_fields "$file" frame frame.number | wc -l)" -gt 0 ] || die "$file is empty"
    bad=$(tshark -n -r "$file" -d udp.port==8472,vxlan -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
      -Y 'ip.checksum.status == 0 or tcp.checksum.status == 0 or udp.checksum.status == 0 or frame.len > 1600' 2>/dev/null | wc -l)
    [ "$bad" = 0 ] || die "$file: $bad frames with a wrong checksum or an impossible size"
  done < <(find "$OUT" -regex '.*\.pcap\(ng\)?')
}

# pack_as KIND [TOP]: called by a sample's pack(). Same owner, order and time for every member, whoever builds it.
pack_as() {
  local kind=$1 top=${2:-} stage=$RUN/stage
  PACKED=$BUNDLES/$SAMPLE.$kind
  rm -f "$BUNDLES/$SAMPLE".{zip,tar,tar.gz,tar.xz,tar.zst}
  mkdir -p "$stage"
  cp -a "$OUT" "$stage/${top:-content}"
  find "$stage" -type d -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
  find "$stage" -exec touch -h -d "@$CLOCK" {} +
  local from=$stage what=$top
  [ -n "$top" ] || { from=$stage/content; what=.; }
  local tar=(tar --format=gnu --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$CLOCK" -C "$from" -c "$what")
  case $kind in
    zip) (cd "$from" && find "$what" -type f -printf '%P\n' | sed "s#^#${top:+$top/}#" | sort | zip -q -X -D "$PACKED" -@) ;;
    tar) "${tar[@]}" >"$PACKED" ;;
    tar.gz) "${tar[@]}" | gzip -9n >"$PACKED" ;;
    tar.xz) "${tar[@]}" | xz -9 >"$PACKED" ;;
    tar.zst) "${tar[@]}" | zstd -q -19 >"$PACKED" ;;
    *) die "no such archive: $kind" ;;
  esac
  # From here on paths are those inside the archive.
  [ -z "$top" ] || OUT=$stage
  [ "$(stat -c %s "$PACKED")" -lt 100000 ] || die "$PACKED is too big"
}
