import { Vocabulary } from './message-rule.js';

/**
 * What Calico's programs say. Codes, with the columns they fill:
 * node-name (value), version (value), interface-chosen (ifname, address: the address that everything else uses), address-explicit,
 * address-changed (address: new), address-taken (address; value: the other node), address-not-found, address-not-on-host (address),
 * pool-created (value: prefix), no-backend, datastore-failed, datastore-ready, api-unauthorized, typha-failed, typha-connected (address),
 * mtu-too-small (value), tunnel-parent-missing (address), tunnel-device-failed, vxlan-device-clash, route-sync-failed, fdb-sync-failed,
 * forwarding-failed, rp-filter-refused, iptables-failed, interface-failed (ifname), no-pools (value: node), range-exhausted, ip-leak,
 * unknown-node, bgp-not-established (address), bgp-bird-down, bgp-count (value); BIRD: bgp-state (address, value: state),
 * bgp-error (address, value: text), bgp-unknown-peer (address), bgp-strange-next-hop (address; value: prefix), bgp-connecting (address;
 * address2: local), bgp-kernel-route-exists. Source: projectcalico/calico node/pkg/lifecycle, node/pkg/health, felix/dataplane/linux,
 * typha/pkg, kube-controllers/pkg of v3.22 to v3.32; BIRD 1.6 proto/bgp.
 */
export const calicoVocabulary = new Vocabulary('calico', [
  {
    code: 'address-taken',
    pattern: /Calico node '(?<value>[^']+)' is already using the IPv[46] address (?<address>[\da-fA-F.:]+\w)/,
  },
  { code: 'address-changed', pattern: /IPv[46] address has changed\..*updated=(?<address>[\da-fA-F.:]+)/ },
  {
    code: 'address-not-on-host',
    pattern: /Unable to (?:confirm IPv[46] address|find matching host interface for IP) (?<address>[\da-fA-F.:]+\w)/,
  },
  {
    code: 'address-not-found',
    pattern:
      /Couldn't autodetect an IPv[46] address|Unable to auto-detect an IPv[46] address|failed to autodetect an IPv[46] address|Autodetection of IPv[46] address failed/,
  },
  {
    code: 'interface-chosen',
    pattern: /Using autodetected IPv[46] address on interface (?<ifname>[^\s:]+): (?<address>[\da-fA-F.:]+)/,
  },
  {
    code: 'interface-chosen',
    pattern:
      /Using autodetected IPv[46] address (?<address>[\da-fA-F.:]+)(?:\/\d+)? on (?:matching )?interface (?<ifname>[^\s:]+)/,
  },
  {
    code: 'interface-chosen',
    pattern:
      /Using autodetected IPv[46] address (?<address>[\da-fA-F.:]*\w)(?:\/\d+)?, detected by connecting to (?<value>\S+)/,
  },
  {
    code: 'address-explicit',
    pattern: /Using IPv[46] address (?:from environment: IP6?=|configured in node: )(?<address>[\da-fA-F.:]+)/,
  },
  {
    code: 'pool-created',
    pattern:
      /(?:Created default IPv[46] pool \(|Ensure default IPv[46] pool is created\. IPIP mode: .*CIDR: )(?<value>[\da-fA-F.:]+\/\d+)/,
  },
  {
    code: 'pool-selected',
    pattern: /Selected default IP pool is '(?<value>[^']+)'|found v[46]=\S+ in the kubeadm config map/,
  },
  {
    code: 'node-name',
    pattern: /(?:Determined node name: |Using node name: |Using NODENAME environment for node name )(?<value>[\w.-]+)/,
  },
  { code: 'version', pattern: /Starting node \S+ with version (?<value>\S+)/ },
  { code: 'no-backend', pattern: /CALICO_NETWORKING_BACKEND is (?<value>\w+)|Calico is not managing networking/ },
  { code: 'api-unauthorized', pattern: /Connection to the datastore is unauthorized|connection is unauthorized/ },
  {
    code: 'datastore-failed',
    pattern:
      /Hit error connecting to datastore|Error getting cluster information|Failed to (?:initialize(?: Calico)? datastore|verify datastore|get config from datastore|\(?re\)?connect to datastore|reach apiserver)|Received bad status code from apiserver|Waiting for datastore to be initialized|Health check is not ready, retrying|error getting ClusterInformation/,
  },
  { code: 'datastore-ready', pattern: /^(?:Datastore connection verified|Calico datastore is initialized)/ },
  {
    code: 'typha-failed',
    pattern:
      /Didn't find any ready Typha instances|Unable to get Typha service endpoints|[Ff]ailed to connect to Typha/,
  },
  {
    code: 'typha-connected',
    pattern: /Successfully connected to Typha at (?<address>[\da-fA-F.]+)|Connected to Typha on attempt/,
  },
  {
    code: 'mtu-too-small',
    pattern: /Configured MTU is larger than detected host interface MTU|Failed to auto-detect host MTU/,
  },
  {
    code: 'tunnel-parent-missing',
    pattern: /unable to find parent interface with address (?<address>[\da-fA-F.:]+)/,
  },
  { code: 'tunnel-parent-missing', pattern: /Failed to find parent device/ },
  { code: 'vxlan-device-clash', pattern: /Failed to create VXLAN device\. Another device/ },
  {
    code: 'tunnel-device-failed',
    pattern:
      /Failed to (?:configure|get) (?:\w+ )?tunnel device|Failed to (?:add|create) (?:IPIP|VXLAN|wireguard) (?:tunnel )?device/i,
  },
  {
    code: 'fdb-sync-failed',
    pattern: /Failed to synchronize VXLAN FDB|Failed to (?:add|resync) (?:FDB|ARP|neighbor)/i,
  },
  {
    code: 'route-sync-failed',
    pattern:
      /Failed to synchronize routing table|Second attempt at updating routing table failed|Failed to (?:add|delete|update|list) (?:the )?routes?/,
  },
  { code: 'forwarding-failed', pattern: /Failed to set IPv[46] forwarding sysctl/ },
  { code: 'rp-filter-refused', pattern: /Kernel's RPF check is set to|could not determine default rp_filter setting/ },
  {
    code: 'iptables-failed',
    pattern:
      /Failed to (?:execute|program|parse) ip(?:6|\(6\))?(?:tables|set)|Failed to program iptables|iptables-(?:restore|save) (?:command )?failed|out-of-sync inserts|Failed to (?:list|update|create|delete) (?:IP ?sets?|ipset)/i,
  },
  { code: 'interface-failed', pattern: /Failed to configure interface, will retry.*?ifaceName="(?<ifname>[^"]+)"/ },
  { code: 'no-pools', pattern: /no configured Calico pools(?: for node (?<value>\S+))?/ },
  {
    code: 'range-exhausted',
    pattern:
      /Assigned 0 out of \d+ requested IPv[46] addresses|cannot allocate new block due to per host block limit|No more free affine blocks|No more free addresses/i,
  },
  { code: 'ip-leak', pattern: /Confirmed IP leak/ },
  { code: 'unknown-node', pattern: /Calico Node referenced in IPAM data does not exist/ },
  {
    code: 'bgp-not-established',
    pattern: /BIRDv?[46]? is not ready: BGP not established with (?<address>[\da-fA-F.:]+\w)/,
  },
  { code: 'bgp-bird-down', pattern: /BIRDv?[46]? is not ready: |unable to connect to BIRDv[46] socket/ },
  { code: 'felix-not-ready', pattern: /felix is not (?:ready|live): / },
  { code: 'bgp-count', pattern: /Number of node\(s\) with BGP peering established = (?<value>\d+)/ },
  {
    code: 'bgp-unknown-peer',
    component: 'bird',
    pattern: /Unexpected connect from unknown address (?<address>[\da-fA-F.:]+)/,
  },
  {
    code: 'bgp-strange-next-hop',
    component: 'bird',
    pattern: /KRT: Received route (?<value>\S+) with strange next-hop (?<address>\S+)/,
  },
  { code: 'bgp-kernel-route-exists', component: 'bird', pattern: /Netlink: File exists/ },
  { code: 'bgp-state', component: 'bird', pattern: /^(?:Mesh|Global|Node)_\w+: State changed to (?<value>\w+)/ },
  {
    code: 'bgp-error',
    component: 'bird',
    pattern:
      /^(?:Mesh|Global|Node)_\w+: (?<value>(?:Error|Received|Socket error|BGP Error): .*|Connection (?:closed|reset by peer|refused|timed out).*|Host is unreachable.*|No route to host.*|Hold timer expired.*|Invalid (?:NEXT_HOP|next hop).*)/,
  },
  {
    code: 'bgp-connecting',
    component: 'bird',
    pattern:
      /^(?:Mesh|Global|Node)_\w+: Connecting to (?<address>[\da-fA-F.:]+) from local address (?<address2>[\da-fA-F.:]+)/,
  },
]);

/** Frequent lines whose words look like a fault and are none. */
export const CALICO_ROUTINE =
  /^(?:Finished applying updates|Applying dataplane updates|Summarising \d+ dataplane|Queueing a resync|Connected to table master|Graceful restart)/;
