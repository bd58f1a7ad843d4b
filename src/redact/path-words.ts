/**
 * Words of file and folder names that tell nothing of a site: names of tools, their options, kinds of objects, suffixes, and what the
 * known collectors call their files. Any other word of a path may be a customer's name and is replaced.
 */
const WORDS = `
adapters addr address addresses addressgroups addrshow admin agent agentinfo aks all alpha analysis antctl
antrea antu any api apiserver apn apparmor appliedtogroups apps archive args arp artifacts attach auxfw auxwwwm
aws azure basic bgp bgpconfigurations bgppeers bin bird birdcl bmctl bond boot bottlerocket bpf br brctl bridge
bugtool bundle bundlegenerationerror bz bz2 cache calico calicoctl call canal cap capture captures certs cfg
check cidr cilium cli cloud cluster clusterinfo clusterinformations clusternetworkpolicies cmd cncf cni collect
collection collector collectors com command commands commit conf config configmap configmaps configs configure
connectivity conntrack container containerd containerinspect containers control controller controllers core
coredns coreos count cp crd crictl crio csv ct ctime ctl curl current daemon daemonsets data database date debug
def default describe dev diagnose diagnostics diags dig digits distro dmesg dns docker documentation doks ds
dump dumper ebpf ebtables eks enable endpoints endpointslices eni env environment errors etc etchosts
etcresolvconf eth ethtool event events exec execution exitcode expiration exporter extended external extras
failed family fdb features felix felixconfigurations fib file filter firewall firewalld flags flannel flanneld
flows forward gather gcp general geneve get github global gpg groups gz head healthchecker hhmmss hidden history
hns hnsendpoint hnsnetwork host hostname hostnamefqdn hostnames hostos hosts html hubble id if ifconfig
ifconfiga images in inet inet6 info ingress init insights inspect inspection instance interfaces internal io ip
ip6tables ipaddrshow ipam ipamd ipconfig ipconfigall iplinkshow ipneighbour ippools iproute iprule ipsec ipset
ipsets iptable iptables iptablesmangle iptablesnat iptablessave ipv ipvs ipvsadm iso issue journal journalctl
journald json kern kernel kind ko kube kubeadm kubeconfig kubectl kubelet kubeletcmd kubelite kubeobjects
kubernetes kubernetesresources lease leases legacy lib link links linux list listings lo local localwarn log
logdog logs longhorn lsmod lsof mac manager mangle manifest manifests maps markdown master masters md memberlist
messages metadata metrics microk minikube modinfo modules mtr multi multicard must name namespaced namespaces
nat nc neigh neighbor neighbour net netconf netns netstack netstat netstatistics network networking
networkmanager networkpolicies networkpolicy networks nf nft nftables nm no noarp node nodeadm nodediagnostic
nodeinfo nodes nodesdescribe note notes ns nslookup nstat nud obfuscate obfuscated observe offload openvswitch
operator os osrelease out output ovn ovnk ovs ovsports packet pager parts pcap pcapng ping pkg pki plane plnt
plugin plugins pod podcidr poddescribe podinspect podlogs podman podnetworkconnectivitychecks pods
podscontainerlogs policies policy pool pools port ports previous problem proc process processes procnetxfrmstat
proxy ps psaux public py qdisc rancher random range raw rc readme release report reports resolv resolve
resolvectl resolved resources rhel route routed routes rp ru rule ruleset run runtime save sbdb sbin scale scc
scheduler scontroller scoped script scripts scrubbed selector serial server service services session settings sh
sha short show showmacs skoop slices snap snmp sockstat sos sosreport sources spec specs sr ss ssanp ssitan
sstunlp ssuapn sswapn ssxapn startupscript stat state stats status statusfirewalld stderr stdout store strings
subnet sudo summary support supportbundle supportconfig svc sworker symptoms sys sysctl sysctla sysctls sysdump
syslog system systemctl systemd systeminfo systemlogs table tables tablesmangle tablesnat tablessave tailed tar
tbz tc tcpdump tcpmetrics template tgz ticket tigera time timedatectl timestamp top trace tracepath traceroute
trafficstatus trans transcript trie troubleshooting truncated ts tsv tunlp txt txz type typha ubuntu ufw uid
uname unit units uptime usr var varlogs version versions veth virtualmachine vlan vnet vnxl vs vxlan weave wget
whereabouts wicked wide worker workers workload xfrm xml xz yaml yamls yml zas zip zst
`;

export const PATH_WORDS: ReadonlySet<string> = new Set(WORDS.split(/\s+/).filter((word) => word !== ''));
