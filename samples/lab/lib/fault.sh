# A fault of the small cluster, in two variants. faults/NNN-CODE.sh says:
#
#   variant_a, variant_b   which cluster, what is collected (LAYOUT, COLLECT, LACKS, PACK), what an expert can then say (STATE, CONFIDENCE)
#   inject                 what breaks it
#   taps                   the captures
#   tries                  `complaint` for what fails, `control` for what works all the same
#   findings               `fault` with what is wrong, in words; `culprits`, and the symptoms
#   remedy                 `repair`: the commands after which each complaint must succeed
STATE=diagnosed CONFIDENCE=proven COLLECT="" LACKS=() PACK=tar.gz LAYOUT=folder LOGS_MARTIANS=

network() {
  "variant_$VARIANT"
  plan
  ! declare -F before >/dev/null || before
  small_cluster
  inject
}

traffic() {
  [ -z "$LOGS_MARTIANS" ] || kernel_log_start
  taps
  TRYING=fails
  : >"$RUN/complaining"
  touch "$RUN/captures"
  tries
  complaints_end
  [ ! -s "$RUN/captures" ] || capture_stop
  tap_merge
}
collect() { gather; }
pack() { pack_as $PACK; }

# complaint TEXT HOST COMMAND…: fails (all at once, in the background) while the fault is there, works once it is repaired.
# control TEXT HOST COMMAND…: works all the time.
complaint() {
  local text=$1 number
  shift
  if [ "$TRYING" = works ]; then must_work "after the remedy, $text" on "$@"; return; fi
  number=$(($(cat "$RUN/complaint-count" 2>/dev/null || echo 0) + 1))
  echo $number >"$RUN/complaint-count"
  row "$1" "$(printf '%s ' "${@:2}" | sed 's/ $//')" >"$RUN/complaint-$number"
  (complain "$number" "$text" "$@") &
  touch "$RUN/pids/$!"
  echo $! >>"$RUN/complaining"
  sleep 0.15
}
complain() {
  local number=$1 text=$2 status=0
  shift 2
  on "$@" >"$RUN/complaint-$number.out" 2>&1 || status=$?
  echo $status >"$RUN/complaint-$number.status"
  [ $status != 0 ] || die "$text: should fail"
}
complaints_end() {
  local pid
  [ -s "$RUN/complaining" ] || return 0
  while read -r pid; do
    wait "$pid" || die "a complaint has worked"
    rm "$RUN/pids/$pid"
  done <"$RUN/complaining"
}
control() { local text=$1; shift; [ "$TRYING" = works ] || must_work "$text" on "$@"; }

# everything_works: what a healthy cluster must do. quiet: none of it may look otherwise in any capture.
everything_works() {
  control "pod to pod" client curl -sfm 3 "http://$WEB/"
  control "pod to service" client curl -sfm 3 "http://$WEB_SERVICE/"
  control "DNS" client "${SMALL[@]}" ask "$DNS" web.default.svc.cluster.local
  control "DNS from the other pod" web "${SMALL[@]}" ask "$DNS" kubernetes.default.svc.cluster.local
  control "pod to the API server" client "${SMALL[@]}" keepalive "$API" 443 0.3
  control "pod to another node's kubelet" client "${SMALL[@]}" keepalive "${ADDRESS[$B]}" 10250 0.3
  control "node to service" "$A" curl -sfm 3 "http://$WEB_SERVICE/"
  control "node to node" "$CP" "${SMALL[@]}" keepalive "${ADDRESS[$B]}" 10250 0.3
  control "pod to outside" client curl -sfm 3 "http://$OUTSIDE/"
  control "ping a pod" client ping -nc 3 -i 0.3 "$WEB"
  control "ping a node" client ping -nc 2 -i 0.3 "${ADDRESS[$CP]}"
  control "ping outside" client ping -nc 2 -i 0.3 "$OUTSIDE"
}
quiet() {
  local file
  for file in "${TAP[@]}"; do
    case $file in *.txt) continue ;; esac
    absent "$file" "tcp.flags.reset == 1 or icmp.type == 11 or icmp.type == 5 or (icmp.type == 3 && icmp.code != 4)"
    # Linux cooked: a packet that is forwarded is there twice.
    absent "$file" "!sll && tcp.flags.syn == 1 && tcp.analysis.retransmission"
  done
}

# transcript: the complaints as the engineer copied them out of a terminal.
transcript() {
  local number host command status
  for number in $(seq "$(cat "$RUN/complaint-count")"); do
    IFS=$'\t' read -r host command <"$RUN/complaint-$number"
    status=$(cat "$RUN/complaint-$number.status")
    if [ -n "${POD_OF[$host]:-}" ]; then
      echo "root@$CP:~# kubectl exec $([ "${POD_OF[$host]#* }" = default ] || echo "-n ${POD_OF[$host]#* } ")$(pod_name "$host") -- $command"
      cat "$RUN/complaint-$number.out"
      echo "command terminated with exit code $status"
    else
      echo "root@$host:~# $command"
      cat "$RUN/complaint-$number.out"
    fi
  done
}

# tap HOST DEVICE FORMAT [TCPDUMP…]: a capture of it; FORMAT is pcap, nano, pcapng, snap, sll2 or txt. tapped HOST DEVICE: its file.
declare -A TAP
tap() {
  local host=$1 device=$2 format=$3 options=() file name=$1-$2
  shift 3
  case $LAYOUT in folder | dump) file=$host/$device ;; paste) file=$name ;; *) file=captures/$name ;; esac
  case $format in
    nano) options=(--time-stamp-precision=nano) ;;
    snap) options=(-s 96) ;;
    sll2) options=(-y LINUX_SLL2) ;;
  esac
  TAP[$host:$device]=$file.$(case $format in pcapng | txt) echo "$format" ;; *) echo pcap ;; esac)
  case $format in pcapng) file=$file.pcap ;; txt) file=$file.txt ;; *) file=$file.pcap ;; esac
  capture "$host" "$file" "${options[@]}" -i "$device" "$@"
}
tap_merge() {
  local key file
  for key in "${!TAP[@]}"; do
    file=${TAP[$key]}
    case $file in *.pcapng) capture_merge "$file" "${key#*:}=${file%ng}" ;; esac
  done
}
tapped() { echo "${TAP[$1:$2]}"; }

# everywhere FILTER [REGEX]: evidence of the last symptom, in every capture that has it; REGEX is for tcpdump's text.
everywhere() {
  local file found=
  while read -r file; do
    case $file in
      *.txt) grep -qE -- "${2:-^$}" "$OUT/$file" || continue; lines "$file" "$2" ;;
      *) [ "$(count "$file" "$1")" -gt 0 ] || continue; frames "$file" "$1" ;;
    esac
    found=1
  done < <(printf '%s\n' "${TAP[@]}" | sort)
  [ -n "$found" ] || die "no capture has $1"
}

# silent TO FROM [SERVICE]: nobody answers the SYNs.      unanswered_ping TO FROM
SYN='tcp.flags.syn == 1 && tcp.flags.ack == 0'
silent() {
  symptom unreplied-syn critical "$1" "$2"
  everywhere "$SYN && (ip.dst == $1${3:+ or ip.dst == $3}) && ip.src == $2" "$(pattern "$2")\.[0-9]+ > ($(pattern "$1")${3:+|$(pattern "$3")})\.[0-9]+: Flags \[S\]"
}
unanswered_ping() {
  symptom unreplied-icmp critical "$1" "$2"
  everywhere "icmp.type == 8 && ip.dst == $1 && ip.src == $2" "$(pattern "$2") > $(pattern "$1"): ICMP echo request"
}
# unanswered_dns TO FROM [SERVICE]
unanswered_dns() {
  symptom unreplied-udp critical "$1" "$2"
  everywhere "dns.flags.response == 0 && ip.src == $2 && (ip.dst == $1${3:+ or ip.dst == $3})" "$(pattern "$2")\.[0-9]+ > ($(pattern "$1")${3:+|$(pattern "$3")})\.53: [0-9]+"
}
# icmp_error TO FROM TYPE CODE: an ICMP error tells.
icmp_error() {
  symptom icmp-error warning "$1" "$2"
  everywhere "icmp.type == $3 && icmp.code == $4" "ICMP .*(unreachable|prohibited)"
}
# told_silent TO FROM-NODE: no packet of it is in the bundle, only the transcript. lost TO FROM: last seen in one capture, not in the next.
told_silent() {
  symptom unreplied-syn critical "$1"
  lines "$(transcript_file)" "^(curl: \(28\)|root@.*$(pattern "$1"))"
}
# lost TO FROM FILE…: seen in these captures, and not in the next one on its way.
lost() {
  local to=$1 from=$2 file
  shift 2
  symptom lost-between-captures critical "$to" "$from"
  for file in "$@"; do frames "$file" "$SYN && ip.dst == $to && ip.src == $from"; done
}
absent() { [ "$(count "$1" "$2")" = 0 ] || die "$1 has $2"; }
present() { [ "$(count "$1" "$2")" -gt 0 ] || die "$1 has not $2"; }

# fault TEXT [CODE]: the code is in the file's name.
fault() {
  local words
  case $LAYOUT in
    folder) words="folder per node with captures and command output, folder of kubectl output" ;;
    paste) words="flat paste: a transcript per node, captures beside them" ;;
    rancher) words="Rancher v2 log collector, with captures" ;;
    sos) words="sos reports, with captures and kubectl output" ;;
    supportconfig) words="SUSE supportconfig folders, with captures and kubectl output" ;;
    calico) words="calicoctl cluster diags, with captures" ;;
    dump) words="kubectl cluster-info dump, with a folder per node" ;;
  esac
  describe "$1" "$words" "${2-$(sed -E 's/^[0-9]+-(.*)-[a-z]$/\1/' <<<"$SAMPLE")}"
}
a() { [ "$VARIANT" = a ]; }

truth() {
  findings
  EXPECTED=$(jq --arg state "$STATE" --arg confidence "$CONFIDENCE" '
    {bundle, shows, layout, cause, state: $state, confidence: (if $confidence == "" then null else $confidence end)} + . | del(.facts)' <<<"$EXPECTED")
  prove
}
culprits() { EXPECTED=$(jq --args '.causeSubjects = $ARGS.positional' "$@" <<<"$EXPECTED"); }
# to_collect WORD…: what the command for the missing input must contain.
to_collect() { EXPECTED=$(jq --args '.collect = $ARGS.positional' "$@" <<<"$EXPECTED"); }

# prove: the remedy is applied, and what failed works. Healthy samples have none.
prove() {
  declare -F remedy >/dev/null || return 0
  EXPECTED=$(jq '.remedy = []' <<<"$EXPECTED")
  remedy
  TRYING=works
  tries
}
# repair NODE COMMAND: one command of the remedy, as its administrator types it.
# repair_as COMMAND NODE COMMAND…: one that the lab has no API server for, with what it comes to on a node.
repair() {
  EXPECTED=$(jq --arg node "$1" --arg command "$2" '.remedy += [{on: $node, command: $command}]' <<<"$EXPECTED")
  # What is plain `iptables` on that node.
  mkdir -p "$RUN/bin"
  printf '#!/bin/sh\nexec %s "$@"\n' "$IPTABLES" >"$RUN/bin/iptables"
  chmod 755 "$RUN/bin/iptables"
  on "$1" env PATH="$RUN/bin:$PATH" bash -c "$2" >/dev/null || die "the remedy fails on $1: $2"
}
repair_as() {
  EXPECTED=$(jq --arg command "$1" '.remedy += [{on: null, command: $command}]' <<<"$EXPECTED")
  shift
  on "$@" >/dev/null || die "what the remedy comes to fails: $*"
}
