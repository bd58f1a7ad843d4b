# Captures with tcpdump, started before the traffic and proved not to be empty afterwards.

# The big buffer: without delay the kernel keeps one slot of the snap length per frame, and few fit into the usual 2 MB.
#
# capture HOST FILE TCPDUMP-OPTIONS…: FILE is a path in the bundle; a name ending in .txt takes tcpdump's text instead.
capture() {
  local host=$1 file=$OUT/$2 log tries=0
  log=$RUN/capture-$(steady_hex "$2" 8)
  shift 2
  mkdir -p "$(dirname "$file")"
  : >"$log"
  case $file in
    *.txt) exec_on "$host" tcpdump -Z root -B 32768 --immediate-mode -l -nn "$@" >"$log.out" 2>"$log" & ;;
    *) exec_on "$host" tcpdump -Z root -B 32768 --immediate-mode -U -nn -w "$file" "$@" >/dev/null 2>"$log" & ;;
  esac
  touch "$RUN/pids/$!"
  printf '%s\n' "$! $log $file" >>"$RUN/captures"
  # Traffic before this line appears would be missing from the file.
  until grep -q '^listening on\|, link-type' "$log"; do
    sleep 0.05
    [ $((tries += 1)) -lt 100 ] || die "tcpdump on $host does not start: $(cat "$log")"
  done
}

# capture_stop [FILE]: ends all captures of the sample, or that one, after a moment in which late packets may still arrive.
capture_stop() {
  local only=${1:-} pid log file
  sleep 0.7
  : >"$RUN/captures.left"
  while read -r pid log file; do
    if [ -n "$only" ] && [ "$file" != "$OUT/$only" ]; then
      echo "$pid $log $file" >>"$RUN/captures.left"
      continue
    fi
    kill -TERM "$pid"
    wait "$pid" || die "tcpdump for $file failed: $(cat "$log")"
    rm -f "$RUN/pids/$pid"
    grep -q '^0 packets dropped by kernel' "$log" || die "tcpdump for $file lost packets: $(cat "$log")"
    case $file in *.txt) cp "$log.out" "$file" ;; esac
    ! grep -q '^0 packets captured' "$log" || die "$file is empty"
  done <"$RUN/captures"
  mv "$RUN/captures.left" "$RUN/captures"
}

# count FILE FILTER: how many frames of a capture in the bundle match.
count() { tshark_fields "$OUT/$1" "$2" frame.number | wc -l; }

# tshark_fields FILE FILTER FIELD: with the port that flannel uses for VXLAN, which tshark does not know by itself.
tshark_fields() {
  tshark -n -r "$1" -d udp.port==8472,vxlan -o ip.defragment:FALSE -o tcp.desegment_tcp_streams:FALSE \
    -Y "$2" -T fields -E occurrence=f -e "$3" 2>/dev/null
}

# capture_merge FILE.pcapng NAME=FILE.pcap…: several captures of one node as one pcapng with named interfaces. The parts go.
capture_merge() {
  local file=$1 part parts=()
  shift
  for part in "$@"; do parts+=("${part%%=*}=$OUT/${part#*=}"); done
  python3 "$LAB/lib/pcapng.py" "$OUT/$file" "${parts[@]}"
  for part in "$@"; do rm "$OUT/${part#*=}"; done
}

# kernel_log_start, then LOG rules and traffic, then kernel_log PREFIX: the kernel's lines that begin with the rule's
# --log-prefix. All namespaces share one kernel log and one switch; what others wrote in the meantime stays out, and
# two builds take turns.
kernel_log_start() {
  exec {KERNEL_LOG_LOCK}>/run/ptlab-kernel-log.lock
  flock "$KERNEL_LOG_LOCK"
  cat /proc/sys/net/netfilter/nf_log_all_netns >"$RUN/nf_log_before"
  echo 1 >/proc/sys/net/netfilter/nf_log_all_netns
  cut -d' ' -f1 /proc/uptime >"$RUN/kernel_log_from"
}
kernel_log() {
  local found
  found=$(dmesg | awk -v from="$(cat "$RUN/kernel_log_from")" -v prefix="$1" '{ time = $0; gsub(/^\[ *|\].*/, "", time); text = substr($0, index($0, "] ") + 2) }
    time + 0.02 >= from && index(text, prefix) == 1')
  [ -n "$found" ] || die "no kernel log line begins with '$1'"
  echo "$found"
}

# Carriers of `[seconds since boot] text`: as `dmesg -T` prints it, and as syslog writes it (RFC 3164) on HOST.
dmesg_ctime() { awk -v boot="$(boot_time)" '{ print "[" strftime("%a %b %e %H:%M:%S %Y", boot + seconds($0)) "] " text($0) }'"$DMESG_PARTS"; }
dmesg_syslog() { awk -v boot="$(boot_time)" -v host="$1" '{ print strftime("%b %e %H:%M:%S", boot + seconds($0)) " " host " kernel: " text($0) }'"$DMESG_PARTS"; }
boot_time() { awk -v now="$(date +%s.%N)" '{ printf "%.6f", now - $1 }' /proc/uptime; }
DMESG_PARTS='
  function seconds(line) { gsub(/^\[ *|\].*/, "", line); return line + 0 }
  function text(line) { return substr(line, index(line, "] ") + 2) }'
