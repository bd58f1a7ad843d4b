import type { Cluster } from '../cluster.js';
import type { Placed } from '../facts.js';

/** Pods of engines that turn policies into rules; flannel alone does not, and policies mean nothing there. */
const ENGINE = /^(?:rke2-)?(?:canal|calico-node|cilium|weave-net|kube-router|antrea-agent|kube-ovn-cni|romana-agent)-/;
/** Chains and devices that only such an engine makes. */
const CHAIN = /^(?:cali-FORWARD|KUBE-ROUTER-FORWARD|WEAVE-NPC|ANTREA-FORWARD|CILIUM_FORWARD)$/;
const DEVICE = /^cali[0-9a-f]{8,11}$/;

/** What shows that network policies have an effect on a node; undefined when nothing does. */
export function enforcerOn(
  cluster: Cluster,
  node: string,
): { readonly words: string; readonly at: Placed } | undefined {
  const { facts } = cluster;
  const pod = facts.pods.find((p) => p.node !== undefined && cluster.named(p.node) === node && ENGINE.test(p.name));
  if (pod !== undefined) return { words: `pod ${pod.name}`, at: pod };
  const device = facts.links.find((link) => cluster.nodeOf(link) === node && DEVICE.test(link.ifname));
  if (device !== undefined) return { words: `device ${device.ifname}, which Calico made,`, at: device };
  const chain = facts.chains.find((c) => cluster.nodeOf(c) === node && CHAIN.test(c.chain));
  return chain === undefined ? undefined : { words: `chain ${chain.chain}`, at: chain };
}
