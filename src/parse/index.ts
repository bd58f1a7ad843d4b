import { arp } from './arp.js';
import { birdcl } from './birdcl.js';
import { bridgeFdb } from './bridge-fdb.js';
import { calicoLog } from './calico-log.js';
import { calicoctlIpam } from './calicoctl-ipam.js';
import { calicoctlNodeStatus } from './calicoctl-node-status.js';
import { conntrack } from './conntrack.js';
import { conntrackStats } from './conntrack-stats.js';
import { conntrackXml } from './conntrack-xml.js';
import { curl } from './curl.js';
import { dns } from './dns.js';
import { ethtool } from './ethtool.js';
import { firewalld } from './firewalld.js';
import { flannelLog } from './flannel-log.js';
import { hostname } from './hostname.js';
import { ifconfig } from './ifconfig.js';
import { inventoryCsv } from './inventory-csv.js';
import { ipAddr } from './ip-addr.js';
import { ipJson } from './ip-json.js';
import { ipNeigh } from './ip-neigh.js';
import { ipRoute } from './ip-route.js';
import { ipRouteGet } from './ip-route-get.js';
import { ipRule } from './ip-rule.js';
import { ippool } from './ippool.js';
import { ipsetList } from './ipset-list.js';
import { ipsetSave } from './ipset-save.js';
import { ipsetXml } from './ipset-xml.js';
import { iptablesList } from './iptables-list.js';
import { iptablesSave } from './iptables-save.js';
import { ipvsadm } from './ipvsadm.js';
import { k8sEvents } from './k8s-events.js';
import { kernelLog } from './kernel-log.js';
import { kubectlDescribe } from './kubectl-describe.js';
import { kubectlTable } from './kubectl-table.js';
import { kubeletLog } from './kubelet-log.js';
import { kubernetesObject } from './kubernetes-object.js';
import { nc } from './nc.js';
import { netConf } from './net-conf.js';
import { netstatS } from './netstat-s.js';
import { nftRuleset } from './nft-ruleset.js';
import { nstat } from './nstat.js';
import { packetCsv } from './packet-csv.js';
import type { Parser } from './parser.js';
import { ping } from './ping.js';
import { procNetDev } from './proc-net-dev.js';
import { procNetSnmp } from './proc-net-snmp.js';
import { processArgs } from './process-args.js';
import { routeN } from './route-n.js';
import { softnetStat } from './softnet-stat.js';
import { subnetEnv } from './subnet-env.js';
import { sysctl } from './sysctl.js';
import { tcpdumpText } from './tcpdump-text.js';
import { traceroute } from './traceroute.js';
import { ufw } from './ufw.js';
import { uname } from './uname.js';
import { wget } from './wget.js';

/** Every text format, in the order in which they are asked whether a line starts theirs: the strictest first. */
export const PARSERS: readonly Parser[] = [
  tcpdumpText,
  packetCsv,
  flannelLog,
  calicoLog,
  kubeletLog,
  ipsetXml,
  conntrackXml,
  ipJson,
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
  ufw,
  firewalld,
  ipvsadm,
  kubectlDescribe,
  netConf,
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
