import { birdcl } from './cni/birdcl.js';
import { calicoctlIpam } from './cni/calicoctl-ipam.js';
import { calicoctlNodeStatus } from './cni/calicoctl-node-status.js';
import { etcdLeases } from './cni/etcd-leases.js';
import { ippool } from './cni/ippool.js';
import { netConf } from './cni/net-conf.js';
import { subnetEnv } from './cni/subnet-env.js';
import { ethtool } from './host/ethtool.js';
import { hostname } from './host/hostname.js';
import { netstatS } from './host/netstat-s.js';
import { nstat } from './host/nstat.js';
import { procNetDev } from './host/proc-net-dev.js';
import { procNetSnmp } from './host/proc-net-snmp.js';
import { processArgs } from './host/process-args.js';
import { softnetStat } from './host/softnet-stat.js';
import { sysctl } from './host/sysctl.js';
import { uname } from './host/uname.js';
import { inventoryCsv } from './kubernetes/inventory-csv.js';
import { k8sEvents } from './kubernetes/k8s-events.js';
import { kubectlDescribe } from './kubernetes/kubectl-describe.js';
import { kubectlTable } from './kubernetes/kubectl-table.js';
import { kubernetesObject } from './kubernetes/kubernetes-object.js';
import { calicoLog } from './log/calico-log.js';
import { ciliumMonitor } from './log/cilium-monitor.js';
import { flannelLog } from './log/flannel-log.js';
import { hubble } from './log/hubble.js';
import { kernelLog } from './log/kernel-log.js';
import { kubeletLog } from './log/kubelet-log.js';
import { conntrack } from './netfilter/conntrack.js';
import { conntrackStats } from './netfilter/conntrack-stats.js';
import { conntrackXml } from './netfilter/conntrack-xml.js';
import { firewalld } from './netfilter/firewalld.js';
import { ipsetList } from './netfilter/ipset-list.js';
import { ipsetSave } from './netfilter/ipset-save.js';
import { ipsetXml } from './netfilter/ipset-xml.js';
import { iptablesList } from './netfilter/iptables-list.js';
import { iptablesSave } from './netfilter/iptables-save.js';
import { ipvsadm } from './netfilter/ipvsadm.js';
import { nftJson } from './netfilter/nft-json.js';
import { nftRuleset } from './netfilter/nft-ruleset.js';
import { ufw } from './netfilter/ufw.js';
import { arp } from './network/arp.js';
import { bridgeFdb } from './network/bridge-fdb.js';
import { ifconfig } from './network/ifconfig.js';
import { ipAddr } from './network/ip-addr.js';
import { ipJson } from './network/ip-json.js';
import { ipNeigh } from './network/ip-neigh.js';
import { ipRoute } from './network/ip-route.js';
import { ipRouteGet } from './network/ip-route-get.js';
import { ipRule } from './network/ip-rule.js';
import { routeN } from './network/route-n.js';
import { talosResource } from './network/talos-resource.js';
import { packetCsv } from './packet/packet-csv.js';
import { tcpdumpText } from './packet/tcpdump-text.js';
import type { Parser } from './parser.js';
import { curl } from './probe/curl.js';
import { dns } from './probe/dns.js';
import { nc } from './probe/nc.js';
import { ping } from './probe/ping.js';
import { traceroute } from './probe/traceroute.js';
import { weaveConnections } from './probe/weave-connections.js';
import { wget } from './probe/wget.js';

/** Every text format, in the order in which they are asked whether a line starts theirs: the strictest first. */
export const PARSERS: readonly Parser[] = [
  tcpdumpText,
  packetCsv,
  flannelLog,
  calicoLog,
  ciliumMonitor,
  hubble,
  kubeletLog,
  ipsetXml,
  conntrackXml,
  ipJson,
  nftJson,
  talosResource,
  kubernetesObject,
  iptablesSave,
  iptablesList,
  nftRuleset,
  ipsetSave,
  ipsetList,
  conntrack,
  conntrackStats,
  kernelLog,
  ipRouteGet,
  ipRule,
  ipAddr,
  ifconfig,
  bridgeFdb,
  ipNeigh,
  arp,
  ipRoute,
  routeN,
  calicoctlNodeStatus,
  birdcl,
  ippool,
  calicoctlIpam,
  weaveConnections,
  ufw,
  firewalld,
  ipvsadm,
  kubectlDescribe,
  netConf,
  etcdLeases,
  kubectlTable,
  k8sEvents,
  subnetEnv,
  processArgs,
  inventoryCsv,
  sysctl,
  nstat,
  netstatS,
  procNetSnmp,
  procNetDev,
  softnetStat,
  ethtool,
  ping,
  curl,
  wget,
  nc,
  traceroute,
  dns,
  uname,
  hostname,
];
