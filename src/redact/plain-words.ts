/** Names that stay, because everybody has them or because they are words of the trade. */

/** What Kubernetes, the CNIs and the usual distributions call their own namespaces, services and workloads. */
const EVERYBODYS = `
default kube-system kube-public kube-node-lease kube-flannel calico-system calico-apiserver tigera-operator cilium local
kubernetes kube-dns coredns core-dns rke2-coredns metrics-server nodelocaldns node-local-dns localhost localdomain
default-ipv4-ippool default-ipv6-ippool kubeadm-config kube-proxy kubelet-config kube-flannel-cfg canal-config calico-config
`;

/** Components whose pods keep their name and get a number. */
const COMPONENTS = `
kube-apiserver kube-controller-manager kube-scheduler kube-proxy kube-flannel-ds kube-flannel etcd coredns
calico-node calico-kube-controllers calico-typha calico-apiserver tigera-operator canal csi-node-driver rke2-canal
cilium cilium-operator cilium-envoy metrics-server node-local-dns nodelocaldns kube-router weave-net kube-multus-ds
konnectivity-agent antrea-agent antrea-controller kube-ovn-cni ovn-central ovs-ovn local-path-provisioner svclb-traefik
`;

/**
 * Words that reports, tools and rules use themselves. As the name of a service or a namespace they tell nothing, and to replace them
 * would spoil every sentence.
 */
const TRADE = `
accept access address addresses agent all allow announced answer any api apps bridge bundle by bytes calico
canal capture captures case chain check cidr client clients close cluster cni code command comment config
configuration conntrack container control controller count daemon default delete deny destination device dns
docker drop dst dynamic echo egress endpoint endpoints error event events example external false fdb felix file
filter flannel flow for forward forwarding frame frames from gateway get global header host hosts http https
icmp id in ingress input interface interfaces internal internet ip ipip ipset iptables ipv4 ipv6 is kernel kube
kubectl kubelet kubernetes label lan length line link local log loss lost mac mangle mark masquerade master
match metrics missing mode monitor mtu name namespace nat neighbour neighbours net network networks node nodes
none not of off on open operator option out output overlay packet packets path peer ping plane pod pods policy
pool port ports prefix probe proto proxy range raw read ready reject reply request reset return role root route
router routes routing rule rules run running save scope security sent server servers service services set source
src state static status stop subnet support syn system systemd table tables tap target tcp test text time to
trace traffic true tunnel type udp unknown up user value version via vip vtep vxlan with write
`;

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ''));

const STAYING = words(EVERYBODYS);
const TRADE_WORDS = words(TRADE);
const BY_LENGTH = [...words(COMPONENTS)].sort((a, b) => b.length - a.length);

/** True for names of things other than nodes that are left as they are. */
export const isPlain = (name: string): boolean => STAYING.has(name) || TRADE_WORDS.has(name) || !/[a-z]/i.test(name);

/** True for words of the trade, which stand in texts in their own meaning too. */
export const isTradeWord = (name: string): boolean => TRADE_WORDS.has(name);

/** A node is replaced whatever its name, but for the few names that mean no node. */
export const isNoNode = (name: string): boolean =>
  STAYING.has(name) || !/[a-z]/i.test(name) || /^(?:unknown|none|all|any|node|nodes|default)$/.test(name);

/** The component that a pod belongs to by its name, or undefined. */
export const componentOf = (pod: string): string | undefined =>
  BY_LENGTH.find((component) => pod === component || pod.startsWith(`${component}-`));
