import { bool, int, maybe, table, text } from '../table.js';

/** What CNIs say of themselves: leases, pools, peers. */

export const lease = table('lease', 'A subnet lease: which node owns a pod subnet and where its tunnel ends.', {
  subnet: text('Pod subnet, canonical prefix.'),
  public_ip: maybe(text('Address that peers send tunnel packets to.')),
  backend: maybe(text('vxlan, host-gw, udp, wireguard, ipip, …')),
  vtep_mac: maybe(text('MAC of the peer\u2019s VXLAN device.')),
  vni: maybe(int('VNI.')),
  node: maybe(text('Owner, when named.')),
  action: text('added, removed, own (this node\u2019s lease).'),
  time: maybe(text('Time as printed.')),
});

export const ippool = table('ippool', 'A Calico IP pool.', {
  name: text('Pool name.'),
  cidr: text('Prefix, canonical.'),
  ipip_mode: maybe(text('Never, Always, CrossSubnet.')),
  vxlan_mode: maybe(text('Never, Always, CrossSubnet.')),
  nat_outgoing: maybe(bool('Whether pods are SNATed towards destinations outside all pools.')),
  disabled: maybe(bool('No new addresses from it.')),
  block_size: maybe(int('Prefix length of a block.')),
  node_selector: maybe(text('Selector.')),
});

export const ipamBlock = table('ipam_block', 'A block of pod addresses that belongs to one node (Calico IPAM).', {
  cidr: text('Prefix of the block, canonical.'),
  node: maybe(text('Node that the block belongs to; absent when it belongs to none.')),
  state: maybe(text('confirmed, pending, pendingDeletion (block affinities).')),
  free: maybe(int('Addresses not given out (IPAM blocks).')),
});

export const bgpPeer = table('bgp_peer', 'A BGP session as calicoctl or bird reports it.', {
  peer: text('Peer address.'),
  peer_type: maybe(text('node-to-node mesh, global, node specific, …')),
  state: text('up, start, down, …'),
  since: maybe(text('As printed.')),
  info: maybe(text('Established, Connect, Active Socket: …, Passive, …')),
});
