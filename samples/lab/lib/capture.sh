# Captures with tcpdump, started before the traffic and proved not to be empty afterwards.

# capture HOST FILE TCPDUMP-OPTIONS…: FILE is a path in the bundle; a name ending in .txt takes tcpdump's text instead.
capture() {
  local host=$1 file=$OUT/$2 log tries=0
  log=$RUN/capture-$(steady_hex "$2" 8)
  shift 2
  mkdir -p "$(dirname "$file")"
  case $file in
    *.txt) exec_on "$host" tcpdump -Z root --immediate-mode -l -nn "$@" >"$log.out" 2>"$log" & ;;
    *) exec_on "$host" tcpdump -Z root --immediate-mode -U -nn -w "$file" "$@" >/dev/null 2>"$log" & ;;
  esac
  touch "$RUN/pids/$!"
  printf '%s\n' "$! $log $file" >>"$RUN/captures"
  # Traffic before this line appears would be missing from the file.
  until grep -q '^listening on\|, link-type' "$log"; do
    sleep 0.05
    [ $((tries += 1)) -lt 100 ] || die "tcpdump on $host does not start: $(cat "$log")"
  done
}

# capture_stop: ends all captures of the sample after a moment in which late packets may still arrive.
capture_stop() {
  local pid log file
  sleep 0.7
  while read -r pid log file; do
    kill -TERM "$pid"
    wait "$pid" || die "tcpdump for $file failed: $(cat "$log")"
    rm -f "$RUN/pids/$pid"
    grep -q '^0 packets dropped by kernel' "$log" || die "tcpdump for $file lost packets: $(cat "$log")"
    case $file in *.txt) cp "$log.out" "$file" ;; esac
    ! grep -q '^0 packets captured' "$log" || die "$file is empty"
  done <"$RUN/captures"
  rm "$RUN/captures"
}

# count FILE FILTER: how many frames of a capture in the bundle match.
count() { tshark_fields "$OUT/$1" "$2" frame.number | wc -l; }

# tshark_fields FILE FILTER FIELD: with the port that flannel uses for VXLAN, which tshark does not know by itself.
tshark_fields() {
  tshark -n -r "$1" -d udp.port==8472,vxlan -o ip.defragment:FALSE -o tcp.desegment_tcp_streams:FALSE \
    -Y "$2" -T fields -E occurrence=f -e "$3" 2>/dev/null
}
