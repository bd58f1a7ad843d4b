import { big, bool, int, maybe, table, text, texts } from '../table.js';

/** Interfaces, addresses, routes, neighbours: what iproute2, bridge, sysctl and ethtool print. */

export const link = table(
  'link',
  'A network interface of a node (`ip link`, `ip addr`, ifconfig). A tunnel device and a bridge port may give two rows, for their own line and for their settings; the second has all columns.',
  {
    ifname: text('Interface name without the @parent part.'),
    ifindex: maybe(int('Interface index, > 0.')),
    kind: maybe(
      text(
        'Device kind: vxlan, bridge, veth, ipip, tun, vlan, bond, dummy, wireguard, geneve, gre, …; absent when not printed.',
      ),
    ),
    mac: maybe(text('Link-layer address, lower case with colons.')),
    mtu: maybe(int('MTU in bytes.')),
    state: maybe(text('Operational state as printed: UP, DOWN, UNKNOWN, LOWERLAYERDOWN.')),
    flags: maybe(texts('Flags between < and >: UP, LOWER_UP, BROADCAST, NOARP, POINTOPOINT, …')),
    master: maybe(text('Bridge, bond or VRF that this interface belongs to.')),
    parent: maybe(text('The part after @: lower device of a vlan, peer of a veth (`if12` when in another namespace).')),
    vxlan_vni: maybe(int('VXLAN network identifier, 0..16777215.')),
    vxlan_local: maybe(text('VXLAN or tunnel local address.')),
    vxlan_remote: maybe(text('VXLAN default remote or tunnel peer address.')),
    vxlan_port: maybe(int('VXLAN destination port.')),
    vxlan_dev: maybe(text('Lower device that a VXLAN or tunnel is bound to.')),
    vxlan_learning: maybe(bool('Whether VXLAN learns MAC addresses; false with `nolearning`.')),
    port_state: maybe(text('State as a bridge port: forwarding, blocking, disabled, listening, learning.')),
    hairpin: maybe(bool('Whether the bridge sends a frame back out of this port, by which it came.')),
  },
);

export const interfaceAddress = table('interface_address', 'An IP address on an interface (`ip addr`).', {
  ifname: text('Interface.'),
  address: text('The address, canonical.'),
  prefix_length: int('Prefix length in bits; 32 or 128 for a host address.'),
  family: int('4 or 6.'),
  peer: maybe(text('Peer address of a point-to-point link.')),
  scope: maybe(text('global, link, host, site.')),
  flags: maybe(texts('secondary, deprecated, tentative, dynamic, …')),
  ifindex: maybe(int('Interface index, where the output shows no link beside it (`ip -o addr`).')),
});

export const route = table('route', 'A route; a multipath route has one row per next hop.', {
  family: int('4 or 6.'),
  table: text('Routing table: main, local, default or a number.'),
  type: text('unicast, local, broadcast, blackhole, unreachable, prohibit, throw, anycast, multicast.'),
  dst: text('Destination prefix, canonical; the default route is 0.0.0.0/0 or ::/0.'),
  via: maybe(text('Next hop address.')),
  dev: maybe(text('Output interface.')),
  src: maybe(text('Preferred source address.')),
  metric: maybe(int('Metric; the kernel default is 0 for IPv4, 1024 for IPv6.')),
  proto: maybe(text('Who installed it: kernel, static, bird, dhcp, …')),
  scope: maybe(text('global, link, host.')),
  onlink: bool('Next hop is taken as on link.'),
  mtu: maybe(int('Path MTU of the route in bytes.')),
  hop: int('Index of the next hop in a multipath route, from 0.'),
  weight: maybe(int('Weight of the next hop, from 1.')),
  flags: maybe(
    texts(
      'linkdown, dead, offload, …; encap (lightweight tunnel), tos=X and from=PREFIX (only for such packets), nhid, gateway-by-name, gateway-not-shown (there is a next hop, but the output does not tell its address).',
    ),
  ),
});

export const rule = table('rule', 'A policy-routing rule (`ip rule`).', {
  family: int('4 or 6.'),
  priority: int('Lower is looked at first.'),
  not: bool('The selector is negated.'),
  from: maybe(text('Source prefix; absent for `all`.')),
  to: maybe(text('Destination prefix; absent for `all`.')),
  iif: maybe(text('Input interface.')),
  oif: maybe(text('Output interface.')),
  fwmark: maybe(text('Mark, as 0xVALUE or 0xVALUE/0xMASK.')),
  action: text('lookup, blackhole, unreachable, prohibit, goto, nop.'),
  table: maybe(text('Table to look up.')),
  suppress_prefixlength: maybe(int('Routes with a prefix this long or shorter are ignored.')),
  spec: text('The whole rule after its priority.'),
});

export const neighbour = table('neighbour', 'A neighbour entry (ARP or ND cache, `ip neigh`, `arp -n`).', {
  address: text('IP address.'),
  dev: text('Interface.'),
  mac: maybe(text('Link-layer address; absent when unresolved.')),
  state: text(
    'PERMANENT, REACHABLE, STALE, DELAY, PROBE, FAILED, INCOMPLETE, NOARP; `proxy` for proxy entries; COMPLETE where `arp` does not tell how fresh it is.',
  ),
  flags: maybe(texts('router, extern_learn, proxy, …')),
});

export const fdb = table('fdb', 'A forwarding database entry (`bridge fdb`).', {
  mac: text('Destination MAC address.'),
  dev: maybe(text('Interface; absent where `bridge fdb show dev X` left it out and the command is not known.')),
  dst: maybe(text('Remote VTEP address.')),
  vni: maybe(int('VNI, when not the device default.')),
  port: maybe(int('UDP port, when not the device default.')),
  via: maybe(text('Output device of the VTEP.')),
  vlan: maybe(int('VLAN id.')),
  master: maybe(text('Bridge.')),
  flags: maybe(texts('self, permanent, static, extern_learn, offload, …')),
});

export const routeGet = table('route_get', 'What the kernel answered to `ip route get`.', {
  dst: text('Destination that was asked for.'),
  from: maybe(text('Source given in the question.')),
  iif: maybe(text('Input interface given in the question.')),
  mark: maybe(text('Packet mark given in the question, as 0xVALUE.')),
  via: maybe(text('Next hop.')),
  dev: maybe(text('Output interface.')),
  src: maybe(text('Source address that would be used.')),
  type: maybe(text('local, broadcast, unreachable, …; absent for unicast.')),
  error: maybe(text('The kernel\u2019s refusal: Network is unreachable, No route to host, Invalid cross-device link.')),
});

export const sysctl = table('sysctl', 'A kernel setting (`sysctl -a`, files of /proc/sys).', {
  key: text('Dotted name; an interface name with dots keeps them.'),
  value: text('Value as printed, runs of white space as one blank; empty when absent.'),
  absent: maybe(bool('The kernel was asked and has no such setting: its module is not loaded.')),
});

export const counter = table('counter', 'A counter of the kernel or a driver.', {
  origin: text(
    'nstat, netstat (`netstat -s`), snmp (/proc/net/snmp, netstat and snmp6), ip-link (`ip -s link`, ifconfig, /proc/net/dev), ethtool, conntrack, softnet.',
  ),
  name: text(
    'Counter name: as nstat prints it (TcpRetransSegs, TcpExtIPReversePathFilter) for protocol counters of any origin; rx_dropped, insert_failed, …',
  ),
  value: big('Value since boot, or since the last reading for nstat without -a.'),
  ifname: maybe(text('Interface; absent for host-wide counters.')),
  cpu: maybe(int('CPU of per-CPU counters.')),
});

export const offload = table('offload', 'An offload feature of an interface (`ethtool -k`).', {
  ifname: text('Interface.'),
  feature: text('e.g. tx-checksumming, tx-udp_tnl-segmentation.'),
  on: bool('Enabled.'),
  fixed: bool('Cannot be changed.'),
});
