import { Vocabulary } from './message-rule.js';

const CIDR = '[\\da-fA-F.:]+/\\d+';

/**
 * What flanneld says. Codes, with the columns they fill:
 * interface-chosen (ifname, address), public-ip (address; value: interface, configured or annotation), backend (value), vxlan-config,
 * node-lease (value: prefix; **some** node's, not always this one's), network-changed (value: network),
 * own-subnet (value: prefix), subnet-file-written (value: path), forward-accept, masquerade-setup, running, node-name (value), net-conf,
 * annotations (value: node), flags, lease-attributes (address; value: backend), subnet-event (value: prefix, address);
 * failures: pod-cidr-not-assigned (value: node), network-mismatch (value: pod CIDR), pod-cidr-family, lease-failed, lease-revoked,
 * lease-renew-failed, lease-incompatible, subnets-exhausted, api-unreachable, config-missing, config-invalid, unknown-backend,
 * bridge-netfilter-missing, interface-not-found, no-default-route, no-interface-address, public-ip-differs, mtu-too-small,
 * neighbour-failed, fdb-failed, route-failed (value: prefix, address: next hop), route-replaced, route-recovered, other-backend (value),
 * device-recreated (ifname), device-lost, device-mac-changed (ifname), subnet-file-failed, iptables-failed, iptables-rules-missing,
 * etcd-unreachable, watch-failed. A network time-out in the same line gives a row of its own (network-error.ts).
 * Source: flannel-io/flannel main.go, pkg/ipmatch, pkg/backend, pkg/subnet, pkg/trafficmngr of v0.5 to v0.28.
 */
export const flannelVocabulary = new Vocabulary('flannel', [
  { code: 'pod-cidr-not-assigned', pattern: /node "(?<value>[^"]+)" pod cidr not assigned/i },
  {
    code: 'network-mismatch',
    pattern: new RegExp(
      `subnet "[^"]+" specified in the flannel net config doesn't contain "(?<value>${CIDR})" (?:IPv6 )?PodCIDR of the "[^"]+" node`,
      'i',
    ),
  },
  {
    code: 'network-mismatch',
    pattern: /subnet "(?<value>[^"]+)" specified in the PodCIDR, but doesn't exist in the flannel net config/i,
  },
  {
    code: 'pod-cidr-family',
    pattern: /pod cidrs should be IPv4\/IPv6 only or dualstack|missing IPv[46] address on n\.Spec\.PodCIDRs/i,
  },
  { code: 'subnets-exhausted', pattern: /\bout of subnets\b|max retries reached trying to acquire a subnet/i },
  { code: 'lease-revoked', pattern: /Lease has been revoked/i },
  { code: 'lease-renew-failed', pattern: /Error renewing lease/i },
  {
    code: 'lease-incompatible',
    pattern:
      /Found lease .* for current IP \((?<address>[^)]+)\) but not compatible with current config|Found previously leased subnet \((?<value>[^)]+)\) that is not compatible/i,
  },
  { code: 'public-ip-differs', pattern: /your PublicIP differs from interface IP/i },
  { code: 'mtu-too-small', pattern: /MTU (?<value>\d+) of iface (?<ifname>\S+) is too small/i },
  { code: 'bridge-netfilter-missing', pattern: /Failed to check br_netfilter/i },
  { code: 'unknown-backend', pattern: /unknown backend type: ?(?<value>\S*)/i },
  {
    code: 'no-interface-address',
    pattern:
      /failed to find IPv[46] address for interface (?<ifname>\S+)|no IPv[46] address(?:es)? found for (?:given )?interface(?: (?<value>[\w.@-]+))?/i,
  },
  {
    code: 'no-default-route',
    pattern: /unable to find default (?:v6 )?route|found default (?:v6 )?route but could not determine interface/i,
  },
  { code: 'interface-not-found', pattern: /could not match pattern (?<value>\S+) to any/i },
  {
    code: 'interface-not-found',
    pattern:
      /(?:Could not find valid interface matching (?:ifcanreach: )?|error looking up (?:v6 )?interface |external interface )(?<ifname>[^\s:]+)/i,
  },
  {
    code: 'interface-not-found',
    pattern:
      /Failed to find (?:any valid interface|interface to use)|no interface with given IP(?:v6)? found|no such network interface/i,
  },
  {
    code: 'device-mac-changed',
    pattern: /(?<=(?<ifname>[\w.-]{1,15}))'s (?:v6 )?mac address wanted: (?<value>[\da-f:]+)/i,
  },
  {
    code: 'device-recreated',
    pattern: /"?(?<ifname>flannel[\w.-]*)"? (?:already exists with incompat[ai]ble|recreated successfully)/i,
  },
  { code: 'device-lost', pattern: /vxlan device missing|Interface (?<ifname>flannel[\w.-]*) deleted/i },
  {
    code: 'device-failed',
    pattern:
      /failed to (?:re)?create vxlan|failed to configure (?:vxlan device|interface)|failed to set (?:v6 )?interface \S+ to UP state/i,
  },
  {
    code: 'api-unreachable',
    pattern:
      /error retrieving pod spec for '(?<value>[^']+)'|timeout contacting kube-api|Timed out waiting for node controller sync|error waiting for nodeController to sync/i,
  },
  {
    code: 'etcd-unreachable',
    pattern:
      /etcd cluster is unavailable or misconfigured|All the given peers are not reachable|Failed to establish etcd watch channel|etcd watch channel for \S+ closed/i,
  },
  {
    code: 'config-missing',
    pattern:
      /failed to read net conf|Key not found \(\/\S*\)|flannel config not found|Couldn't f(?:etch|ind) network config|Failed to retrieve network config/i,
  },
  {
    code: 'config-invalid',
    pattern:
      /error parsing subnet config|please define a correct (?:IPv6)?Network parameter|error decoding (?:VXLAN|IPIP) backend config|SubnetM(?:in|ax) is not|env variables POD_NAME and POD_NAMESPACE must be set|network (?:must be able to accommodate|is too small)/i,
  },
  {
    code: 'route-failed',
    pattern: new RegExp(
      `(?:failed to (?:add|delete)(?: v6)? vxlanRoute \\(|Error (?:adding|deleting|recovering|creating)(?: v6)? route to (?:\\{[^}]*Dst: )?|failed to add ipv[46] route to \\()(?<value>${CIDR})(?:(?: ->| via|:|, |[^}]*Gw:)\\s*(?<address>[\\da-fA-F.:]*[\\da-fA-F]))?`,
      'i',
    ),
  },
  {
    code: 'route-failed',
    pattern:
      /Error (?:adding|deleting|recovering|creating|removing) (?:v6 )?route|Eff?or deleteing route|Failed to setup blackhole route|Unable to list routes/i,
  },
  {
    code: 'route-replaced',
    pattern: new RegExp(
      `Replacing existing route (?:to )?(?:\\{[^}]*Dst: )?(?<value>${CIDR})(?: (?:via |[^}]*Gw: )(?<address>[\\da-fA-F.:]+))?`,
      'i',
    ),
  },
  {
    code: 'route-recovered',
    pattern: new RegExp(`Route recovered (?<value>${CIDR}) : (?<address>[\\da-fA-F.:]+)`, 'i'),
  },
  { code: 'neighbour-failed', pattern: /(?:Add|Del)(?:V6)?(?:ARP|L3) failed/i },
  { code: 'fdb-failed', pattern: /(?:Add|Del)(?:V6)?FDB failed|(?:Add|Delete) L2 failed/i },
  { code: 'other-backend', pattern: /Ignoring non-[\w-]+ (?:\w*subnet|event)[^=]*: ?type(?:=|: )(?<value>\S+)/i },
  { code: 'subnet-file-failed', pattern: /failed to write subnet file/i },
  { code: 'iptables-rules-missing', pattern: /Some iptables rules are missing/i },
  {
    code: 'iptables-failed',
    pattern:
      /Failed to (?:setup|bootstrap|ensure|teardown) ip6?tables|Failed to setup (?:iptables-restore|masq)|Failed to set(?: ?up)? IP Masquerade|nftables: couldn't/i,
  },
  { code: 'network-unavailable-failed', pattern: /Unable to set (?:Node)?NetworkUnavailable/i },
  {
    code: 'watch-failed',
    pattern:
      /could not watch leases|(?:Subnet w|W)atch (?:of )?subnets?(?: leases)?(?: failed)?[: ]|error resetting etcd watch|error turning node "(?<value>[^"]+)" to lease/i,
  },
  {
    code: 'lease-failed',
    pattern:
      /failed to (?:acquire (?:lease|subnet)|register network)|Error (?:registering network|fetching backend)|Failed to create (?:SubnetManager|NetworkManager|backend)/i,
  },
  {
    code: 'interface-chosen',
    pattern: /Using interface with name (?<ifname>\S+) and (?:v6 )?address (?<address>[\da-fA-F.:]+)/,
  },
  { code: 'interface-chosen', pattern: /Using (?<address>[\da-fA-F.:]+) as external interface/ },
  {
    code: 'public-ip',
    pattern: /Defaulting external (?:v6 )?address to (?<value>interface) address \((?<address>[\da-fA-F.:]+)\)/,
  },
  { code: 'public-ip', pattern: /Using (?<address>[\da-fA-F.:]+) as external (?:address|endpoint)/ },
  { code: 'public-ip', pattern: /Overriding public ip(?:v6)? with '(?<address>[^']+)' from node (?<value>annotation)/ },
  { code: 'backend', pattern: /Found network config - Backend type: (?<value>\S+)/ },
  { code: 'backend', pattern: /Starting flannel with backend (?<value>[\w-]+)/ },
  { code: 'vxlan-config', pattern: /^(?:VXLAN|IPIP|HOST-GW|Wireguard) config: (?<value>.*)/i },
  {
    code: 'network-changed',
    pattern: new RegExp(
      `Current (?:ipv6 )?network or subnet \\((?<value>${CIDR}), ${CIDR}\\) is not equal to previous one`,
      'i',
    ),
  },
  { code: 'own-subnet', pattern: new RegExp(`(?:subnet )?lease acquired: (?<value>${CIDR})`, 'i') },
  {
    code: 'own-subnet',
    pattern: new RegExp(
      `(?:Allocated|Found) lease \\((?:ip: )?(?<value>${CIDR})(?: ipv6: [^)]*)?\\) (?:to current node|for current IP) \\((?<address>[^)]+)\\)`,
      'i',
    ),
  },
  { code: 'own-subnet', pattern: /Found previously leased subnet \((?<value>[^)]+)\), reusing/i },
  {
    code: 'node-lease',
    pattern: /Creating the node lease for IPv[46]\. This is the n\.Spec\.PodCIDRs: \[(?<value>[^\]]*)\]/,
  },
  {
    code: 'lease-attributes',
    pattern: /Received Subnet Event with VxLan: BackendType: (?<value>\S*), PublicIP: (?<address>[\d.]+)/,
  },
  { code: 'subnet-event', pattern: /^(?:Batch elem \[\d+\] is \{|(?:sm\.WatchLeases|handleInitialSubnetEvents)\b)/ },
  {
    code: 'subnet-event',
    pattern: new RegExp(
      `(?:Subnet(?:\\(s\\))? (?:added|removed)|(?:Adding|Removing)(?: v6)?(?: direct route to)?(?: v6)? ?subnet): (?:\\{|\\[)?(?<value>${CIDR})(?:(?:[ ,]+${CIDR})*\\]?(?: via| PublicIP(?:v6)?:) (?<address>[\\da-fA-F.:]+))?`,
      'i',
    ),
  },
  { code: 'subnet-file-written', pattern: /Wrote (?:flannel )?subnet file to (?<value>\S+)/i },
  { code: 'forward-accept', pattern: /Changing default FORWARD chain policy to ACCEPT/ },
  { code: 'masquerade-setup', pattern: /setting up masking rules/i },
  { code: 'node-name', pattern: /Created subnet manager: Kubernetes Subnet Manager - (?<value>\S+)/ },
  { code: 'node-name', pattern: /Flannel found PodCIDR assigned for node (?<value>\S+)/ },
  { code: 'running', pattern: /^Running backend\.|^flannel is ready/ },
  { code: 'annotations', pattern: /^List of node\((?<value>[^)]+)\) annotations: map\[/ },
  { code: 'net-conf', pattern: /^The flannel configuration is \{/ },
  { code: 'flags', pattern: /^CLI flags config: \{etcdEndpoints:/ },
]);

/** Lines of flanneld that say nothing, yet are its own. */
export const FLANNEL_ROUTINE =
  /^(?:Determining (?:IP address of default interface|interface to use)|Searching for interface using|Waiting 10m0s for node controller|starting kube subnet manager|Node controller s|Created subnet manager|Installing signal handlers|watching for (?:new subnet leases|L3 misses)|Waiting for all goroutines to exit|generated \d+ rules|bootstrap done|Stopping shutdownHandler|shutdownHandler sent cancel|Exiting cleanly|Picking (?:ipv6 )?subnet in range|Lease renewed|Waiting for \S+ to renew lease|no subnet found for key: FLANNEL|Couldn't fetch previous FLANNEL|(?:Adding|Deleting) iptables rule: |Starting flannel in|Cleaning-up|Start healthz server on|calling (?:Add|Del|Neigh)|(?:evts|leaseEvents) chan closed|manager\.WatchLease|registry: watching subnets|watchSubnets|Interface flannel\S* mac address set|starting vxlan device watcher|WatchLeases exited)/i;
