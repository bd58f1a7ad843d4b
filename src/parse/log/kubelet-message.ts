import { Vocabulary } from './message-rule.js';

/**
 * What kubelet, container runtimes, CNI plugins, kube-proxy, the controller manager, CoreDNS, Cilium and kubeadm say of the network.
 * Codes of component `cni`: bridge-address-differs (ifname, address: the wanted one, value: with its length), bridge-not-a-bridge
 * (ifname), bridge-failed, range-exhausted (value: range), no-address-ready, duplicate-allocation, address-not-in-range (address), subnet-file-missing
 * (value), calico-node-missing, calico-api-failed, api-unauthorized, datastore-not-ready, no-pools (value: node),
 * pod-cidr-not-assigned (value: node), cni-agent-down, plugin-missing (value: name), config-missing (value: folder), cni-version,
 * plugin-crashed, route-failed, sandbox-gone, sandbox-failed (no reason that is known).
 * kubelet: pod-cidr (value), node-not-found, node-lease-failed, node-status-failed. kube-proxy: proxy-mode (value), node-ip (address),
 * node-info-failed, cluster-cidr-missing (value: family), bridge-netfilter-missing, ipvs-fallback, iptables-restore-failed, sync-failed,
 * conntrack-max (value), sysctl-failed (value). kube-controller-manager: cidr-not-available (value: node), cidr-allocation-failed,
 * cidr-out-of-range (value: the node's; address2 unused), route-create-failed. Any: watch-failed (value: resource), flag (value).
 * coredns: dns-query-failed (value: name), dns-loop, dns-not-ready, api-unreachable. kubeadm: bridge-netfilter-missing,
 * ip-forward-disabled, firewalld-active, proxy-intercepts.
 * Source: containernetworking/plugins, containernetworking/cni, kubernetes/kubernetes pkg/kubelet, pkg/proxy, cmd/kube-proxy,
 * pkg/controller/nodeipam; projectcalico/calico cni-plugin; coredns/coredns; kubernetes/kubeadm preflight.
 */
export const kubeVocabulary = new Vocabulary('kubelet', [
  // CNI reasons; the innermost is the cause, so the most specific come first.
  {
    code: 'bridge-address-differs',
    component: 'cni',
    pattern:
      /(?<=(?<ifname>[\w.-]{1,15})"? )already has an IP address different from (?<value>(?<address>[\da-fA-F.:]+)\/\d+)/,
  },
  {
    code: 'bridge-not-a-bridge',
    component: 'cni',
    pattern: /(?<=(?<ifname>[\w.-]{1,15})"? )already exists but is not a bridge/,
  },
  {
    code: 'range-exhausted',
    component: 'cni',
    pattern: /no IP addresses available in (?:range set|network): ?(?<value>[\w.:, -]*[\w])/,
  },
  {
    code: 'range-exhausted',
    component: 'cni',
    pattern: /Assigned 0 out of \d+ requested IPv[46] addresses|postIpamFailure range is full|No more IPs available/,
  },
  {
    // amazon-vpc-cni-k8s pkg/ipamd: the words of EC2 for a subnet without a free address.
    code: 'range-exhausted',
    component: 'aws-node',
    pattern: /InsufficientFreeAddressesInSubnet|InsufficientCidrBlocks/,
  },
  {
    // The same from the plugin and the agent's store; also said for a moment while an interface is attached.
    code: 'no-address-ready',
    component: 'cni',
    pattern: /failed to assign an IP address to container|no available IP(?:\/Prefix)? addresses/,
  },
  { code: 'duplicate-allocation', component: 'cni', pattern: /duplicate allocation is not allowed/ },
  {
    code: 'address-not-in-range',
    component: 'cni',
    pattern: /requested IP address (?<address>[\da-fA-F.:]+\w) is not available in range set/,
  },
  { code: 'subnet-file-missing', component: 'cni', pattern: /(?<value>\/run\/flannel\/subnet\.env): no such file/ },
  { code: 'calico-node-missing', component: 'cni', pattern: /\/var\/lib\/calico\/nodename: no such file/ },
  { code: 'api-unauthorized', component: 'cni', pattern: /connection is unauthorized: Unauthorized/ },
  { code: 'calico-api-failed', component: 'cni', pattern: /error getting ClusterInformation/ },
  { code: 'datastore-not-ready', component: 'cni', pattern: /Calico is currently not ready to process requests/ },
  { code: 'no-pools', component: 'cni', pattern: /no configured Calico pools(?: for node (?<value>[\w.-]*\w))?/ },
  { code: 'pod-cidr-not-assigned', component: 'cni', pattern: /no podCidr for node (?<value>[\w.-]*\w)/i },
  {
    code: 'cni-agent-down',
    component: 'cni',
    pattern:
      /unable to connect to Cilium (?:daemon|agent)|failed to create cilium agent client|Is the agent running\?|dial unix \S*(?:cilium|antrea|multus|weave|kube-ovn|aws-node|ovn)\S*\.sock\w*: connect|Error received from AddNetwork gRPC call/i,
  },
  { code: 'plugin-missing', component: 'cni', pattern: /failed to find plugin "?(?<value>[\w.-]+)"? in path/ },
  { code: 'cni-version', component: 'cni', pattern: /incompatible CNI versions/ },
  {
    code: 'plugin-crashed',
    component: 'cni',
    pattern: /netplugin failed(?: with no error message)?: ?(?<value>[\w :]*)/,
  },
  {
    code: 'config-missing',
    component: 'cni',
    pattern: /no (?:valid )?network(?:s| config) found in (?<value>[\w./-]+\w)/i,
  },
  {
    code: 'config-missing',
    component: 'cni',
    pattern:
      /cni (?:config uninitialized|plugin not initialized)|reason:NetworkPluginNotReady|error getting CNI conf|No CNI configuration file in (?<value>[\w./-]+\w)/i,
  },
  {
    code: 'bridge-failed',
    component: 'cni',
    pattern: /failed to (?:create bridge|set bridge addr|connect "?\w*"? to bridge)|could not add "\w+":/,
  },
  {
    code: 'route-failed',
    component: 'cni',
    pattern:
      /failed to add (?:host )?route[^:]*: ?(?<value>network is unreachable|file exists|no route to host|invalid argument)/i,
  },
  { code: 'sandbox-gone', component: 'cni', pattern: /failed to Statfs "[^"]*": no such file|unknown FS magic on "/ },
  {
    code: 'sandbox-failed',
    component: 'cni',
    pattern:
      /failed to (?:set ?up|destroy) network for (?:pod|sandbox)|network(?:Plugin)?:? cni failed to (?:set up|teardown) pod "(?<value>[^"]+)"|Failed (?:to )?create pod sandbox|Failed to create sandbox for pod|RunPodSandbox .*failed/i,
  },
  // kubelet
  {
    code: 'pod-cidr',
    pattern:
      /(?:Setting Pod CIDR: [\da-fA-F.:/,]* ?-> |Updating Pod CIDR"? .*newPodCIDR="|Updating runtime config through cri with podcidr"? (?:CIDR="|))(?<value>[\da-fA-F.:]+\/\d+(?:,[\da-fA-F.:]+\/\d+)?)/i,
  },
  { code: 'node-lease-failed', pattern: /Failed to ensure (?:node )?lease exists/i },
  {
    code: 'node-status-failed',
    pattern: /Error updating node status, will retry|Unable to (?:update node status|register node)/,
  },
  { code: 'node-not-found', pattern: /(?:Error getting node|node "(?<value>[^"]+)" not found)/ },
  // kube-proxy
  {
    code: 'ipvs-fallback',
    component: 'kube-proxy',
    pattern: /Can't use ipvs proxier, trying iptables|can't use the IPVS proxier/i,
  },
  {
    code: 'proxy-mode',
    component: 'kube-proxy',
    pattern: /Using (?<value>iptables|ipvs|nftables|userspace) (?:Proxier|proxy)\b/i,
  },
  {
    code: 'node-ip',
    component: 'kube-proxy',
    pattern: /Successfully retrieved node IP(?:\(s\))?"?:?(?: NodeIPs=| IPs=)?[ ["]*(?<address>[\da-fA-F.:]+)/,
  },
  {
    code: 'node-info-failed',
    component: 'kube-proxy',
    pattern: /Failed to retrieve node info|can't determine this node's IP|Unable to determine .*node.* IP, assuming/i,
  },
  {
    code: 'cluster-cidr-missing',
    component: 'kube-proxy',
    pattern:
      /clusterCIDR not specified|(?:but no (?:IPv6 )?cluster CIDR|but no PodCIDR) (?:defined|specified|for)(?:.*ipFamily="(?<value>IPv\d)")?/i,
  },
  { code: 'pod-cidr-not-assigned', component: 'kube-proxy', pattern: /timeout waiting for PodCIDR allocation/ },
  {
    code: 'bridge-netfilter-missing',
    component: 'kube-proxy',
    pattern: /missing br-netfilter module or unset (?:sysctl )?br-nf-call-iptables/i,
  },
  {
    code: 'iptables-restore-failed',
    component: 'kube-proxy',
    pattern: /Failed to execute ip6?tables-restore|Failed to (?:ensure|execute) .*(?:chain|ip6?tables|nft|ipset)/i,
  },
  { code: 'sync-failed', component: 'kube-proxy', pattern: /Sync failed"?[; ]/ },
  {
    code: 'conntrack-max',
    component: 'kube-proxy',
    pattern:
      /(?:Setting nf_conntrack_max to |Set sysctl"? entry="net\/netfilter\/nf_conntrack_max" value=)(?<value>\d+)/,
  },
  {
    code: 'sysctl-failed',
    component: 'kube-proxy',
    pattern:
      /(?:can't set sysctl (?!net\/ipv4\/vs\/conn_reuse_mode, kernel)|\/sys is read-only: cannot modify )(?<value>[\w/.-]+)/,
  },
  // kube-controller-manager
  {
    code: 'cidr-out-of-range',
    component: 'kube-controller-manager',
    pattern:
      /cidr (?<value>[\da-fA-F.:]+\/\d+) is out the range of cluster cidr|CIDR (?<address2>\S+) is not (?:in|within) the cluster/i,
  },
  {
    code: 'cidr-allocation-failed',
    component: 'kube-controller-manager',
    pattern:
      /failed to allocate cidr|CIDR allocation failed; there are no remaining CIDRs|no remaining CIDRs left to allocate/i,
  },
  {
    code: 'cidr-not-available',
    component: 'kube-controller-manager',
    pattern: /Node (?<value>\S+) status is now: CIDRNotAvailable|reason="?CIDRNotAvailable/,
  },
  {
    code: 'route-create-failed',
    component: 'kube-controller-manager',
    pattern: /Could not create route \S+ (?<value>[\da-fA-F.:]+\/\d+)|FailedToCreateRoute/,
  },
  // CoreDNS
  { code: 'dns-query-failed', component: 'coredns', pattern: /^plugin\/errors: \d+ (?<value>\S+) / },
  { code: 'dns-loop', component: 'coredns', pattern: /^plugin\/loop: Loop / },
  {
    code: 'dns-not-ready',
    component: 'coredns',
    pattern: /^plugin\/ready: (?:Plugins not ready|Still waiting on): "?(?<value>[\w,]+)/,
  },
  {
    code: 'api-unreachable',
    component: 'coredns',
    pattern: /^plugin\/kubernetes: .*(?:Kubernetes API connection failure|Failed to (?:list|watch))/,
  },
  // Cilium
  {
    code: 'api-unreachable',
    component: 'cilium',
    pattern: /Unable to contact k8s api-server|Unable to initialize Kubernetes subsystem/,
  },
  {
    code: 'pod-cidr-not-assigned',
    component: 'cilium',
    pattern: /required IPv[46] (?:pod CIDR|PodCIDR) not (?:present|available)/,
  },
  // kube-router, pkg/utils/pod_cidr.go
  {
    code: 'pod-cidr-not-assigned',
    component: 'kube-router',
    pattern: /node\.Spec\.PodCIDR not set for node:? (?<value>[\w.-]*\w)/,
  },
  // kubeadm's preflight checks
  {
    code: 'bridge-netfilter-missing',
    component: 'kubeadm',
    pattern: /bridge-nf-call-ip6?tables (?:does not exist|contents are not set to 1)/,
  },
  {
    code: 'ip-forward-disabled',
    component: 'kubeadm',
    pattern: /(?:ip_forward|ipv6\/conf\/default\/forwarding) contents are not set to 1/,
  },
  { code: 'firewalld-active', component: 'kubeadm', pattern: /firewalld is active/ },
  { code: 'proxy-intercepts', component: 'kubeadm', pattern: /connection to "(?<value>[^"]+)" uses proxy/ },
  {
    code: 'watch-failed',
    component: 'kubernetes',
    pattern: /[Ff]ailed to (?:list|watch)(?: and watch)? \*?(?:v[\w.]*\.)?(?<value>[A-Z]\w+)/,
  },
  {
    code: 'flag',
    component: 'kubernetes',
    pattern:
      /^FLAG: --(?<value>(?:cluster-cidr|pod-cidr|service-cluster-ip-range|allocate-node-cidrs|node-cidr-mask-size(?:-ipv[46])?|configure-cloud-routes|proxy-mode|masquerade-all|hairpin-mode|network-plugin|cni-conf-dir|cni-bin-dir|node-ip|non-masquerade-cidr|cluster-dns|resolv-conf|bind-address|hostname-override|detect-local-mode|conntrack-max-per-core)=".+")/,
  },
]);

/** Frequent warnings that are none. */
export const KUBE_ROUTINE =
  /^"?(?:Unknown proxy mode|Neither --kubeconfig nor|Nameserver limits|Search Line limits|Failed to read file \/lib\/modules|IPVS scheduler not specified|ipset name truncated)/i;
