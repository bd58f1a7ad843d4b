import { bool, int, maybe, table, text, texts } from '../table.js';

/** What kubectl prints: objects of the cluster, as tables, YAML, JSON or `describe`. */

export const node = table('node', 'A Kubernetes node.', {
  name: text('Node name.'),
  status: maybe(text('Ready, NotReady, Ready,SchedulingDisabled, …')),
  roles: maybe(text('Roles column.')),
  internal_ip: maybe(text('First InternalIP.')),
  external_ip: maybe(text('First ExternalIP.')),
  hostname: maybe(text('Address of type Hostname, or the label.')),
  pod_cidrs: maybe(
    texts('spec.podCIDRs; empty when the whole object was seen and has none, absent when it was not shown.'),
  ),
  provider_id: maybe(text('spec.providerID.')),
  os_image: maybe(text('Operating system.')),
  kernel: maybe(text('Kernel version.')),
  runtime: maybe(text('Container runtime.')),
  kubelet: maybe(text('Kubelet version.')),
});

export const nodeAddress = table('node_address', 'An address that the cluster announces for a node.', {
  node: text('Node name.'),
  type: text(
    'InternalIP, ExternalIP, Hostname, InternalDNS, CiliumInternalIP, …; HostIP as its pods name it; Inventory.',
  ),
  address: text('Address or name.'),
});

export const nodeAnnotation = table('node_annotation', 'An annotation of a node that concerns its network.', {
  node: text('Node name.'),
  key: text('e.g. flannel.alpha.coreos.com/public-ip, projectcalico.org/IPv4Address.'),
  value: text('Value.'),
});

export const nodeCondition = table('node_condition', 'A condition or taint of a node.', {
  node: text('Node name.'),
  type: text('Ready, NetworkUnavailable, MemoryPressure, …; or taint.'),
  status: text('True, False, Unknown; the effect of a taint.'),
  reason: maybe(text('Reason.')),
  message: maybe(text('Message.')),
});

export const pod = table('pod', 'A pod.', {
  namespace: maybe(text('Namespace; absent when the table does not show it.')),
  name: text('Pod name.'),
  ip: maybe(text('Pod address.')),
  ips: maybe(texts('All pod addresses.')),
  node: maybe(text('Node it runs on.')),
  phase: maybe(text('STATUS column or phase.')),
  ready: maybe(text('READY column, e.g. 0/1.')),
  restarts: maybe(int('Restarts.')),
  host_network: maybe(bool('Uses the network of its node.')),
});

export const service = table('service', 'A service.', {
  namespace: maybe(text('Namespace.')),
  name: text('Service name.'),
  type: maybe(text('ClusterIP, NodePort, LoadBalancer, ExternalName.')),
  cluster_ip: maybe(text('Cluster address; None for headless.')),
  cluster_ips: maybe(texts('All cluster addresses.')),
  external_ips: maybe(texts('External and load-balancer addresses.')),
  external_traffic_policy: maybe(text('Cluster or Local.')),
  internal_traffic_policy: maybe(text('Cluster or Local.')),
  selector: maybe(text('Selector as key=value,…')),
});

export const servicePort = table('service_port', 'A port of a service.', {
  namespace: maybe(text('Namespace.')),
  service: text('Service name.'),
  name: maybe(text('Port name.')),
  protocol: text('TCP, UDP, SCTP.'),
  port: int('Service port.'),
  target_port: maybe(text('Target port, number or name.')),
  node_port: maybe(int('Node port.')),
});

export const endpoint = table('endpoint', 'An endpoint of a service.', {
  namespace: maybe(text('Namespace.')),
  service: text('Service name.'),
  address: text('Address.'),
  port: maybe(int('Port.')),
  protocol: maybe(text('TCP, UDP, SCTP.')),
  ready: bool('Receives traffic.'),
  node: maybe(text('Node.')),
  pod: maybe(text('Pod.')),
});

export const setting = table('setting', 'A setting of a cluster component or CNI that concerns the network.', {
  component: text(
    'kube-controller-manager, kube-apiserver, kube-proxy, kubelet, flannel, calico, canal, cni, kubeadm, k3s, cilium, …; also endpoints (key addresses = <none>, omitted = N not shown), daemonset and deployment (key ready = READY/DESIRED), network-policy (key podSelector), node (key podCIDR, of an unnamed node), list (key cut: the list of nodes, pods, services or endpoints is not whole, and why; key narrowed: its command asked for some of them only, such as namespace=shop).',
  ),
  object: maybe(text('Name of the object or file it is in.')),
  key: text('Option, e.g. cluster-cidr, service-cluster-ip-range, Network, Backend.Type, FLANNEL_SUBNET.'),
  value: text('Value. Never a secret.'),
});

export const k8sEvent = table('k8s_event', 'A Kubernetes event.', {
  namespace: maybe(text('Namespace.')),
  type: maybe(text('Normal or Warning.')),
  reason: text('Reason.'),
  object: text('kind/name.'),
  message: text('Message.'),
  last_seen: maybe(text('As printed.')),
  count: maybe(int('Repetitions.')),
  reporter: maybe(text('Who reported it: kubelet, default-scheduler, cidrAllocator, …')),
  node: maybe(text('Node of the reporter, when printed.')),
});
