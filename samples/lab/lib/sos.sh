# sos report 4.x: names made of the commands, the tree under the report's own name, links at its root.

# sos_report NODE PATH RELEASE: the part about the network, and what tells the host. PATH ends in sosreport-HOST-…
sos_report() {
  local node=$1 top=$2 net=$2/sos_commands/networking firewall=$2/sos_commands/firewall_tables table link
  save "$top/version.txt" echo "sosreport: 4.6.1"
  save "$top/etc/hostname" on "$node" hostname
  save "$top/etc/redhat-release" echo "$3"
  save "$top/sos_commands/host/hostname" on "$node" hostname
  save "$top/sos_commands/date/date" date -d "@$CLOCK"
  save "$top/sos_commands/kernel/uname_-a" echo "Linux $node $K8S_KERNEL #1 SMP Fri Dec 1 09:18:45 UTC 2023 x86_64 x86_64 x86_64 GNU/Linux"
  save "$top/sos_commands/kernel/sysctl_-a" network_sysctls "$node"
  save "$net/ip_route_show_table_all" on "$node" ip route show table all
  save "$net/ip_-6_route_show_table_all" on "$node" ip -6 route show table all
  save "$net/ip_-4_rule_list" on "$node" ip -4 rule list
  save "$net/ip_-6_rule_list" on "$node" ip -6 rule list
  save "$net/ip_-o_addr" on "$node" ip -o addr
  save "$net/ip_-d_address" sos_hardware "$node" ip -d address
  save "$net/ip_-s_-d_link" sos_hardware "$node" ip -s -d link
  save "$net/ip_-s_-s_neigh_show" on "$node" ip -s -s neigh show
  save "$net/ip_neigh_show_nud_noarp" on "$node" ip neigh show nud noarp
  save "$net/bridge_-s_-s_-d_-t_fdb_show" on "$node" bridge -s -s -d -t fdb show
  save "$firewall/nft_-a_list_ruleset" with_errors on "$node" nft -a list ruleset
  for table in filter nat mangle raw; do save "$firewall/iptables_-t_${table}_-nvL" on "$node" "$IPTABLES" -t $table -nvL; done
  save "$top/sos_commands/conntrack/conntrack_-L_-o_extended" with_errors on "$node" conntrack -L -o extended
  save "$top/sos_commands/conntrack/conntrack_-S" on "$node" conntrack -S
  for link in ip_route=networking/ip_route_show_table_all ip_addr=networking/ip_-o_addr hostname=host/hostname date=date/date uname=kernel/uname_-a; do
    ln -s "sos_commands/${link#*=}" "$OUT/$top/${link%%=*}"
  done
}

# sos_hardware NODE COMMAND…: as_hardware for the output of `ip -d`, which also names the kind of a device.
sos_hardware() {
  on "$@" | as_hardware | sed -zE 's/(\n[0-9]+: (en|eth)[^\n]*\n[^\n]*) \n    veth /\1 /g'
}
