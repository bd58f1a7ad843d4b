import type { node } from '../../core/event/kubernetes.js';
import type { Cite, FindingDraft } from '../../core/finding.js';
import { nestedPairs } from '../../core/nested-prefixes.js';
import { covers, overlaps, type Prefix, parsePrefix } from '../../core/prefix.js';
import { currentLeases } from '../../model/announced.js';
import type { Fact, Placed } from '../../model/facts.js';
import { isLive } from '../../model/interfaces.js';
import { usedSubnets, within } from '../../model/pod-networks.js';
import type { Scene } from '../../model/scene.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { flowEnd } from '../flow-end.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * Two nodes own the same or overlapping pod subnets.
 *
 * Physics: every other node has one route per subnet, so one of the two owners gets all packets, and which one changes
 * when an agent restarts. Both give the same addresses to their pods.
 *
 * Innocent: a subnet that moved (two lists of different times; one object list is one moment); podCIDRs that nobody uses; a
 * node that is gone and whose object or lease stayed; one node under two names. Dual stack compares each family with itself.
 *
 * Proven: one object list (or a collector's file per node), or both nodes' own leases, name the overlap, and packets to it get lost. Likely without packets;
 * possible when one of the nodes is not Ready.
 */
export const duplicatePodCidr: Cause = {
  code: 'duplicate-pod-cidr',
  diagnose: (given) => found(pairs(given).map((pair) => draft(given, pair))),
};

interface Owned {
  readonly node: string;
  readonly text: string;
  readonly prefix: Prefix;
  readonly at: Placed;
}

/** The list that a node is in: one output, or the folder in which a collector keeps a file for each node, named after it. */
function listOf(scene: Scene, { source, name }: Fact<typeof node>): string {
  const file = scene.file(source);
  const folder = file.replace(/[^/!]+$/, '');
  return file.slice(folder.length).replace(/\.(?:ya?ml|json)$/, '') === name ? `folder ${folder}` : `list ${source}`;
}

/** Overlaps within one node list, between own leases, and between one node's leases for others. */
function pairs({ cluster, scene }: Case): readonly (readonly [Owned, Owned])[] {
  const used = usedSubnets(cluster);
  const groups = new Map<string, Map<string, Owned>>();
  const add = (group: string, owned: Owned): void => {
    const known = groups.get(group) ?? new Map<string, Owned>();
    const key = `${owned.node} ${owned.text}`;
    if (!known.has(key)) groups.set(group, known.set(key, owned));
  };
  for (const node of cluster.facts.nodes)
    for (const text of node.pod_cidrs ?? []) {
      const prefix = parsePrefix(text);
      const name = cluster.named(node.name);
      if (prefix === undefined || !used.some((s) => s.node === name && s.what === 'podCIDR' && s.text === text))
        continue;
      add(listOf(scene, node), { node: name, text, prefix, at: node });
    }
  for (const lease of currentLeases(cluster)) {
    const holder = lease.own ? lease.node : (cluster.nodeWithAddress(lease.publicIp ?? '') ?? lease.node);
    const prefix = holder === undefined ? undefined : parsePrefix(lease.subnet);
    if (prefix === undefined || holder === undefined) continue;
    add(lease.own ? 'own' : `leases ${lease.at.source}`, { node: holder, text: lease.subnet, prefix, at: lease.at });
  }
  const found = new Map<string, readonly [Owned, Owned]>();
  for (const byName of groups.values()) {
    const group = [...byName.values()];
    for (const [i, j] of nestedPairs(group, (i, j) => group[i]!.node !== group[j]!.node)) {
      const [a, b] = [group[i]!, group[j]!];
      const key = [a.node, b.node].sort().join(' ');
      if (!found.has(key)) found.set(key, [a, b]);
    }
  }
  return [...found.values()];
}

function draft(given: Case, [a, b]: readonly [Owned, Owned]): CauseDraft {
  const { cluster } = given;
  const shared = covers(a.prefix, b.prefix) ? b : a;
  const explains = (s: FindingDraft): boolean =>
    (SILENCE.has(s.code) || s.code === 'vxlan-wrong-outer-dst' || s.code === 'connection-reset') &&
    allFlows(s, ({ src, dst }) =>
      [src, dst].some((end) => flowEnd(cluster, end).addresses.some((address) => within([shared.prefix], address))),
    );
  const shown = given.symptoms.filter(explains);
  const live = [a, b].every(({ node }) => isLive(cluster, node));
  const same = a.text === b.text;
  return {
    code: 'duplicate-pod-cidr',
    severity: shown.length > 0 ? 'critical' : live ? 'warning' : 'info',
    confidence: !live ? 'possible' : shown.length > 0 ? 'proven' : 'likely',
    title: same
      ? `${a.node} and ${b.node} both own ${a.text}`
      : `${a.text} of ${a.node} and ${b.text} of ${b.node} overlap`,
    summary: `${a.node} and ${b.node} ${same ? `both own the pod subnet ${a.text}` : `own overlapping pod subnets, ${a.text} and ${b.text}`}, so packets for pods of one of them go to the other.`,
    explanation:
      'Each other node has one route for these addresses, so only one of the two owners gets the packets, and their pods are given the same addresses in turn.',
    subjects: subjects(shared.text, a.text, b.text, a.node, b.node),
    count: 2,
    evidence: evidence(
      { role: `subnet of ${a.node}`, at: a.at },
      { role: `subnet of ${b.node}`, at: b.at },
      ...routesTo(given, shared.prefix),
      ...shownBy(shown.slice(0, 4), 2),
    ),
    remedy: [
      {
        command: `kubectl drain ${b.node} --ignore-daemonsets --delete-emptydir-data && kubectl delete node ${b.node}`,
        why: `A podCIDR cannot be changed in place: ${b.node} has to register anew to be given a free one. Its own labels and taints are lost: keep them first with kubectl get node ${b.node} -o yaml.`,
        verify: 'kubectl get nodes    # it is gone',
        rollback: `systemctl restart kubelet    # on ${b.node}: it registers again; then kubectl uncordon ${b.node}`,
      },
      {
        command: `rm -rf /var/lib/cni/networks /run/flannel/subnet.env && ip link delete cni0; systemctl restart kubelet    # on ${b.node}, after the one above`,
        why: `${b.node} registers with a free subnet, and its old state must go, or its pods get addresses of the old one again. If it is given the same subnet again, restart kube-controller-manager between the two steps.`,
        verify:
          "kubectl get nodes -o custom-columns='NAME:.metadata.name,CIDR:.spec.podCIDR'    # every subnet once; then try the connection again",
        rollback: 'none needed: the CNI makes both anew with the first pod',
      },
    ],
    explains,
  };
}

const routesTo = ({ facts }: Case, prefix: Prefix): Cite[] =>
  facts.routes
    .filter((r) => {
      const dst = parsePrefix(r.dst);
      return r.via !== undefined && dst !== undefined && dst.length > 8 && overlaps(dst, prefix);
    })
    .slice(0, 3)
    .map((at) => ({ role: 'where a node sends them', at }));
