import type { Cite, FindingDraft } from '../../core/finding.js';
import { overlaps, type Prefix, parsePrefix } from '../../core/prefix.js';
import type { Cluster } from '../../model/cluster.js';
import type { Placed } from '../../model/facts.js';
import { clusterCidrs } from '../../model/pod-networks.js';
import { restartAgent } from '../agent.js';
import { type Case, type Cause, type CauseDraft, found, quiet, ruledOut } from '../cause.js';
import { crosses } from '../flow-end.js';
import { subnetsOf } from '../free-network.js';
import { agentLog } from '../wanted.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * A node has no podCIDR, and its CNI needs one.
 *
 * Physics: flannel's Kubernetes mode and `host-local` with `usePodCidr` take the subnet from spec.podCIDR, which the
 * controller-manager fills in with --allocate-node-cidrs. Without it the agent waits, and no peer gets a route.
 *
 * Innocent: CNIs with address management of their own (Calico, Cilium): there no node has a podCIDR, or nobody asks; a log
 * from before the podCIDR came; node lists that do not show podCIDRs at all.
 *
 * Proven: the object without podCIDR and the agent's complaint. One of the two makes it likely. Ruled out: every node
 * has one by now.
 */
export const podCidrNotAssigned: Cause = {
  code: 'pod-cidr-not-assigned',
  diagnose(given) {
    const { cluster, facts } = given;
    const shown = facts.nodes.filter((n) => n.pod_cidrs !== undefined);
    const has = new Set(shown.filter((n) => n.pod_cidrs!.length > 0).map((n) => cluster.named(n.name)));
    const without = new Map<string, Placed>();
    for (const n of shown) if (!has.has(cluster.named(n.name))) without.set(cluster.named(n.name), n);
    const complaints = new Map<string, Placed>();
    let answered: { readonly node: string; readonly at: Placed } | undefined;
    for (const log of facts.logs) {
      if (log.code !== 'pod-cidr-not-assigned') continue;
      const node = log.value === undefined ? cluster.nodeOf(log) : cluster.named(log.value);
      if (node === undefined) continue;
      const later = facts.logs.some(
        (l) =>
          l.source === log.source && l.line > log.line && /^(own-subnet|subnet-file-written|running)$/.test(l.code),
      );
      if (has.has(node) || later) answered = { node, at: log };
      else complaints.set(node, log);
    }
    const needed = needsPodCidr(cluster) || has.size > 0;
    const nodes = new Set([...complaints.keys(), ...(needed && !ownAddressManagement(cluster) ? without.keys() : [])]);
    if (nodes.size > 0) return found([...nodes].map((n) => draft(given, n, without.get(n), complaints.get(n))));
    if (answered === undefined) return quiet;
    return ruledOut(`${answered.node} has its podCIDR by now`, { role: 'an earlier complaint', at: answered.at });
  },
};

const needsPodCidr = ({ facts }: Cluster): boolean =>
  facts.nodeAnnotations.some((a) => /flannel[^/]*\/kube-subnet-manager$/.test(a.key) && a.value === 'true') ||
  facts.settings.some(
    (s) => (/^kube-?subnet-?mgr$/i.test(s.key) && s.value === 'true') || /^usePodC(idr|IDR)$/.test(s.value),
  );

/** Calico's and Cilium's own address management do not ask for a podCIDR. */
const ownAddressManagement = (cluster: Cluster): boolean =>
  !needsPodCidr(cluster) &&
  (cluster.facts.pools.length > 0 ||
    cluster.facts.settings.some((s) => s.key === 'ipam.type' && s.value !== 'host-local') ||
    cluster.facts.pods.some((p) => /^(calico-node|cilium|aws-node|antrea-agent|kube-ovn-cni|weave-net)-/.test(p.name)));

function draft(given: Case, node: string, object: Placed | undefined, complaint: Placed | undefined): CauseDraft {
  const { cluster } = given;
  const explains = (s: FindingDraft): boolean =>
    SILENCE.has(s.code) && allFlows(s, (flow) => crosses(cluster, flow, node));
  const [cidr] = clusterCidrs(cluster);
  const free = freeSubnet(cluster, cidr?.prefix);
  const first: Cite =
    complaint !== undefined
      ? { role: `the CNI on ${node} waits for it`, at: complaint }
      : { role: 'the node object, without podCIDR', at: object! };
  return {
    code: 'pod-cidr-not-assigned',
    severity: 'critical',
    confidence: object !== undefined && complaint !== undefined ? 'proven' : 'likely',
    title: `${node} has no podCIDR`,
    summary: `${node} has no podCIDR${complaint === undefined ? '' : ', and its CNI says so'}${cidr === undefined ? '' : `; the controller-manager gives them out of ${cidr.text}`}, so its pods get no network and no other node a route to it.`,
    explanation:
      'The CNI takes the pod subnet of a node from its node object. While it is empty the agent writes no lease and no configuration, new pods wait, and the other nodes have no route, neighbour and FDB entry for this node.',
    subjects: subjects(node, cidr?.text),
    count: 1,
    evidence: evidence(
      first,
      ...(object === undefined ? [] : [{ role: 'the node object, without podCIDR', at: object }]),
      ...(cidr === undefined ? [] : [{ role: 'where podCIDRs come from', at: cidr.at }]),
      ...shownBy(given.symptoms.filter(explains), 1),
    ),
    remedy: [
      {
        command: `kubectl patch node ${node} -p '{"spec":{"podCIDR":"${free}","podCIDRs":["${free}"]}}' && ${restartAgent(cluster, node)}`,
        why: `${free} is used by no other node. First look whether the controller-manager runs with --allocate-node-cidrs=true and has room; then it fills podCIDR in by itself.`,
        verify: `kubectl get node ${node} -o jsonpath='{.spec.podCIDR}'; ip route    # on another node: a route to it`,
        rollback: `kubectl delete node ${node}    # a podCIDR is set once only; the kubelet registers the node again`,
      },
    ],
    wants: [agentLog(cluster, node)],
    explains,
  };
}

/** The first subnet of the cluster's network, as long as the other nodes' are, that no node has. */
function freeSubnet({ facts }: Cluster, network: Prefix | undefined): string {
  const used = facts.nodes
    .flatMap((n) => n.pod_cidrs ?? [])
    .map((text) => parsePrefix(text))
    .filter((p): p is Prefix => p !== undefined && p.family === network?.family);
  if (network === undefined) return 'FREE_SUBNET';
  const length = used[0]?.length ?? (network.family === 4 ? 24 : 64);
  return subnetsOf(network, length).find((text) => !used.some((p) => overlaps(p, parsePrefix(text)!))) ?? 'FREE_SUBNET';
}
