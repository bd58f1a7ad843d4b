import type { Cluster } from '../cluster.js';
import type { Placed } from '../facts.js';

/** Pods of engines that turn policies into rules; flannel alone does not, and policies mean nothing there. */
const ENGINE = /^(?:rke2-)?(?:canal|calico-node|cilium|weave-net|kube-router|antrea-agent|kube-ovn-cni|romana-agent)-/;
/** Chains and devices that only such an engine makes. */
const CHAIN = /^(?:cali-FORWARD|KUBE-ROUTER-FORWARD|WEAVE-NPC|ANTREA-FORWARD|CILIUM_FORWARD)$/;
const DEVICE = /^cali[0-9a-f]{8,11}$/;

export interface Enforcer {
  readonly words: string;
  readonly at: Placed;
  /** False where programs in eBPF do it, which no dump of rules shows. */
  readonly makesRules: boolean;
}

/** What shows that network policies have an effect on a node; undefined when nothing does. */
export function enforcerOn(cluster: Cluster, node: string): Enforcer | undefined {
  const { facts } = cluster;
  const pod = facts.pods.find((p) => p.node !== undefined && cluster.named(p.node) === node && ENGINE.test(p.name));
  if (pod !== undefined) return { words: `pod ${pod.name}`, at: pod, makesRules: !pod.name.includes('cilium') };
  const device = facts.links.find((link) => cluster.nodeOf(link) === node && DEVICE.test(link.ifname));
  if (device !== undefined)
    return { words: `device ${device.ifname}, which Calico made,`, at: device, makesRules: true };
  const chain = facts.chains.find((c) => cluster.nodeOf(c) === node && CHAIN.test(c.chain));
  return chain === undefined ? undefined : { words: `chain ${chain.chain}`, at: chain, makesRules: true };
}
