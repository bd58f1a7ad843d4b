import { big, bool, int, maybe, table, text, texts } from '../table.js';

/** iptables, nft, ipset, conntrack, host firewalls. */

export const ipset = table('ipset', 'An IP set.', {
  set: text('Name; for a set or map of nft with family and table: `ip kube-proxy service-ips`.'),
  type: text('hash:ip, hash:net, bitmap:port, list:set, …; `nft set TYPE` or `nft map KEY : VALUE`.'),
  family: maybe(text('inet or inet6.')),
  header: maybe(text('Header as printed.')),
  references: maybe(int('Rules and sets that refer to it.')),
  members: maybe(int('Number of entries that the kernel reported; for a save or a list without it, absent.')),
});

export const ipsetMember = table('ipset_member', 'An entry of an IP set.', {
  set: text('Set.'),
  member: text('The entry: address, prefix, address,proto:port, set name, …'),
  nomatch: bool('The entry is an exception.'),
  timeout: maybe(int('Seconds left.')),
  comment: maybe(text('Comment of the entry.')),
});

export const nfChain = table('nf_chain', 'An iptables chain.', {
  backend: text('legacy, nft or unknown.'),
  family: int('4 or 6.'),
  table: text(
    'raw, mangle, nat, filter, security; `unknown` for an excerpt that does not tell; family and name for a table of nft, e.g. `inet firewalld`.',
  ),
  chain: text('Chain name.'),
  policy: maybe(text('ACCEPT, DROP; absent for user chains.')),
  packets: maybe(big('Packets that met the policy.')),
  bytes: maybe(big('Bytes that met the policy.')),
  hook: maybe(text('nft base chains: prerouting, input, forward, output, postrouting, ingress.')),
  priority: maybe(
    int('nft base chains: priority on the hook; iptables filter is 0. Every base chain of a hook is passed.'),
  ),
  kind: maybe(text('nft base chains: filter, nat, route.')),
  printed: maybe(text('Its own text, where its line holds others, too: an object of JSON.')),
});

export const nfRule = table('nf_rule', 'An iptables rule.', {
  backend: text('legacy, nft or unknown.'),
  family: int('4 or 6.'),
  table: text('As in nf_chain.'),
  chain: text('Chain name; `unknown` for rows of a listing that lost their heading.'),
  position: int('1-based position in its chain, in the order of the dump.'),
  spec: text(
    'Matches and target in iptables-save grammar, without `-A CHAIN` and counters. What a listing hides or was not understood is the match `-m unread --text …` (`interfaces` for `iptables -L` without -v). Rules of nft start with `nft `.',
  ),
  target: maybe(text('Target or chain; absent for a rule that only counts. Verdicts of nft in upper case.')),
  goto: bool('-g instead of -j.'),
  comment: maybe(text('The --comment text; several are joined with `; `.')),
  packets: maybe(big('Packets matched; of a listing without -x, rounded to three or four digits.')),
  bytes: maybe(big('Bytes matched.')),
  printed: maybe(text('Its own text, where its line holds others, too: an object of JSON.')),
});

export const conntrack = table('conntrack', 'A connection-tracking entry.', {
  family: int('4 or 6.'),
  proto: text('tcp, udp, icmp, …'),
  state: maybe(text('TCP state: SYN_SENT, ESTABLISHED, …')),
  src: text('Original source.'),
  dst: text('Original destination.'),
  sport: maybe(int('Original source port.')),
  dport: maybe(int('Original destination port.')),
  reply_src: maybe(text('Source of replies; differs from dst under DNAT.')),
  reply_dst: maybe(text('Destination of replies; differs from src under SNAT.')),
  reply_sport: maybe(int('Source port of replies.')),
  reply_dport: maybe(int('Destination port of replies.')),
  icmp_type: maybe(int('ICMP type.')),
  icmp_id: maybe(int('ICMP identifier.')),
  timeout: maybe(int('Seconds left.')),
  status: maybe(texts('UNREPLIED, ASSURED, OFFLOAD, …')),
  mark: maybe(text('Connection mark.')),
  zone: maybe(int('Conntrack zone.')),
  packets: maybe(big('Packets in the original direction.')),
  reply_packets: maybe(big('Packets in the reply direction.')),
  age: maybe(int('Seconds since the entry was created (`delta-time`).')),
  event: maybe(text('NEW, UPDATE or DESTROY for a line of `conntrack -E`; absent for an entry of the table.')),
});

export const ipvs = table('ipvs', 'A virtual server of IPVS, or one of its real servers (`ipvsadm -Ln`).', {
  proto: text('TCP, UDP, SCTP, FWM.'),
  address: text('Virtual address; the mark for FWM.'),
  port: maybe(int('Virtual port.')),
  scheduler: maybe(text('rr, wrr, lc, sh, …')),
  flags: maybe(text('persistent 10800, …')),
  real_address: maybe(text('Real server; absent in the row of the virtual server itself.')),
  real_port: maybe(int('Port of the real server.')),
  forward: maybe(text('Masq, Route, Tunnel, Local.')),
  weight: maybe(int('Weight; 0 takes no new connections.')),
  active: maybe(int('Active connections.')),
  inactive: maybe(int('Inactive connections.')),
});

export const firewall = table('firewall', 'A host firewall: ufw or firewalld.', {
  tool: text('ufw or firewalld.'),
  key: text(
    'status, logging, default-incoming, default-outgoing, default-routed, rule; firewalld also zone (value: active, default, inactive), target, interfaces, sources, ports, services, masquerade, forward, forward-ports, direct-rule, …',
  ),
  value: text('Value as printed; one row per rule.'),
  zone: maybe(text('firewalld zone.')),
});
