# SUSE's supportconfig: few files with many entries each, every entry under a heading.

# scc FILE COMMAND [REAL…]: an entry of $SCC/FILE; the output of REAL, or of COMMAND run on $SCC_NODE.
scc() {
  local file=$1 text=$2
  shift 2
  scc_entry "$file" "==[ Command ]======================================" "$text"
  if [ $# -gt 0 ]; then "$@"; else on "$SCC_NODE" bash -c "$text"; fi >>"$OUT/$SCC/$file" 2>&1
  echo >>"$OUT/$SCC/$file"
}
# scc_text FILE HEADING TITLE <TEXT: an entry made of a file.
scc_text() {
  scc_entry "$1" "$2" "$3"
  { cat; echo; } >>"$OUT/$SCC/$1"
}
scc_config() { scc_text "$1" "==[ Configuration File ]===========================" "$2"; }
scc_log() { scc_text "$1" "==[ Log File ]=====================================" "$2 - Last 200000 Lines"; }
scc_entry() {
  mkdir -p "$OUT/$SCC"
  printf '#%s#\n# %s\n' "$2" "$3" >>"$OUT/$SCC/$1"
}

# supportconfig NODE PATH: what says something about the network. PATH ends in scc_HOST_yymmdd_hhmm.
supportconfig() {
  SCC_NODE=$1 SCC=$2
  local save=$IPTABLES-save table address
  address=$(on "$1" ip -4 -o addr show "${UPLINK:-eth0}" | awk '{ sub("/.*", "", $4); print $4 }')
  scc basic-environment.txt /bin/date date -d "@$CLOCK"
  scc basic-environment.txt "/bin/uname -a" echo "Linux $1 $K8S_KERNEL #1 SMP Wed Mar 30 09:53:25 UTC 2022 (7a6bc0a) x86_64 x86_64 x86_64 GNU/Linux"
  scc_config basic-environment.txt /etc/os-release <<<"NAME=\"SLES\"
VERSION=\"15-SP3\"
VERSION_ID=\"15.3\"
PRETTY_NAME=\"$K8S_OS\""
  scc network.txt /bin/hostname hostname_of "$1"
  scc network.txt "/sbin/ip addr" ip_addr "$1"
  scc network.txt "/sbin/ip route"
  scc network.txt "/sbin/ip -6 route"
  scc network.txt "/sbin/ip -stats link" ip_link "$1" -stats
  scc network.txt "/sbin/ip -stats neighbor"
  scc network.txt "/sbin/ip rule show"
  for table in local main; do scc network.txt "/sbin/ip route show table $table"; done
  scc network.txt "/sbin/nstat -az" on "$1" nstat -azs
  for table in filter nat mangle raw; do
    scc network.txt "/usr/sbin/iptables -t $table -nvL" on "$1" "$IPTABLES" -t $table -nvL
    scc network.txt "/usr/sbin/iptables-save -t $table" on "$1" "$save" -t $table
  done
  scc network.txt "/usr/sbin/ipset list" on "$1" ipset list
  scc_config network.txt /etc/hosts <<<"127.0.0.1 localhost
$address $1"
  scc env.txt "/sbin/sysctl -a" network_sysctls "$1"
}
hostname_of() { on "$1" hostname; }
