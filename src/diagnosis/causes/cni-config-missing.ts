import { appendTo } from '../../core/append-to.js';
import type { Cite, FindingDraft } from '../../core/finding.js';
import type { Placed } from '../../model/facts.js';
import { agentIsDown, restartAgent } from '../agent.js';
import { type Case, type Cause, type CauseDraft, found } from '../cause.js';
import { crosses } from '../flow-end.js';
import { allFlows, evidence, SILENCE, shownBy, subjects } from '../witness.js';

/**
 * The CNI's configuration is absent or unreadable for it: a file, a config map, an etcd key.
 *
 * Physics: the agent starts, finds no network to work with and waits or exits; or the runtime finds no file in
 * /etc/cni/net.d and the node stays NotReady.
 *
 * Innocent: "cni config uninitialized" in a kubelet's log from the minutes before the CNI came (every node says so once: only
 * the node's own condition counts, or a pod of that node that still waits for its network while the kubelet's log ends with
 * the complaint); an agent whose log goes on to a running backend.
 *
 * Proven: the agent's own line without a later start, the node's condition that names it, or the waiting pod, together with
 * the runtime that names the empty folder or packets that fail. One alone is likely.
 */
export const cniConfigMissing: Cause = {
  code: 'cni-config-missing',
  diagnose(given) {
    const groups = new Map<string, Complaint[]>();
    for (const c of [...agents(given), ...conditions(given), ...waiting(given)]) appendTo(groups, c.node ?? '', c);
    // What the runtime lacks the agent writes, once it works: where it does not, and says nothing of a configuration, it is the fault.
    const own = [...groups.values()].filter(
      (group) => group.some((c) => c.by === 'agent') || !agentIsDown(given.cluster, group[0]!.node),
    );
    return found(own.map((group) => draft(given, group)));
  },
};

interface Complaint {
  readonly node: string | undefined;
  readonly by: 'agent' | 'condition' | 'pod';
  readonly what: string;
  readonly at: Placed;
}

const BY: Readonly<Record<Complaint['by'], string>> = {
  agent: 'the agent says so',
  condition: 'the node\u2019s condition',
  pod: 'a pod that waits for its network',
};

function agents({ facts, cluster }: Case): Complaint[] {
  return facts.logs.flatMap((log): Complaint[] => {
    if (!/^config-(missing|invalid)$/.test(log.code) || !/flannel|calico|canal/.test(log.component)) return [];
    const later = facts.logs.some(
      (l) =>
        l.source === log.source &&
        l.line > log.line &&
        /^(backend|running|own-subnet|subnet-file-written)$/.test(l.code),
    );
    return later ? [] : [{ node: cluster.nodeOf(log), by: 'agent', what: log.message.slice(0, 160), at: log }];
  });
}

const UNINITIALIZED = /cni (?:config uninitialized|plugin not initialized)|NetworkPluginNotReady/i;

function conditions({ facts, cluster }: Case): Complaint[] {
  return facts.nodeConditions.flatMap((c): Complaint[] =>
    c.type === 'Ready' && c.status !== 'True' && UNINITIALIZED.test(`${c.reason} ${c.message}`)
      ? [{ node: cluster.named(c.node), by: 'condition', what: 'cni config uninitialized', at: c }]
      : [],
  );
}

/** A kubelet asks the runtime every 5 s; several complaints in a row outlast a start. */
const LASTING = 3;

/**
 * Pods without an address, on a node whose kubelet complains of the missing configuration again and again up to the end of
 * its log. A pod waits for many other reasons: the log must say nothing else of the CNI later.
 */
function waiting({ facts, cluster }: Case): Complaint[] {
  const complaining = new Set<string>();
  for (const source of new Set(facts.logs.map((log) => log.source))) {
    const said = facts.logs.filter((log) => log.source === source && log.component === 'cni');
    const since = said.findLastIndex((log) => log.code !== 'config-missing') + 1;
    const node = said[0] === undefined ? undefined : cluster.nodeOf(said[0]);
    if (node !== undefined && said.length - since >= LASTING) complaining.add(node);
  }
  return facts.pods.flatMap((p): Complaint[] => {
    const node = p.node === undefined ? undefined : cluster.named(p.node);
    const waits = /^(ContainerCreating|Pending|Init:0\/\d+)$/.test(p.phase ?? '') && p.ip === undefined;
    if (node === undefined || !complaining.has(node) || !waits || p.host_network === true) return [];
    return [{ node, by: 'pod', what: 'the runtime finds none, says the kubelet', at: p }];
  });
}

function draft(given: Case, group: readonly Complaint[]): CauseDraft {
  const { cluster, facts } = given;
  const [first] = group as [Complaint];
  const { node } = first;
  const kinds = new Set(group.map((c) => c.by));
  const files = facts.logs.filter(
    (log) => log.code === 'config-missing' && log.component === 'cni' && cluster.nodeOf(log) === node,
  );
  const explains = (s: FindingDraft): boolean =>
    node !== undefined && SILENCE.has(s.code) && allFlows(s, (flow) => crosses(cluster, flow, node));
  const shown = given.symptoms.filter(explains);
  const where = node ?? 'a node';
  const etcd = /etcd|Key not found|coreos\.com/.test(first.what);
  const network = facts.settings.find((s) => s.key === 'cluster-cidr')?.value ?? 'POD_NETWORK';
  return {
    code: 'cni-config-missing',
    severity: 'critical',
    confidence:
      kinds.size > 1 ||
      (kinds.has('agent') && shown.length > 0) ||
      (kinds.has('condition') && files.length > 0) ||
      (kinds.has('pod') && files.some((log) => log.value !== undefined))
        ? 'proven'
        : 'likely',
    title: `The CNI on ${where} has no configuration`,
    summary: `The CNI on ${where} finds no usable configuration (${first.what}), so its pods get no network${node === undefined ? '' : ' and no other node a route to them'}.`,
    explanation:
      'Without it the agent does not know which network and backend to use, or the runtime has no plugin to call; the node stays NotReady and new pods wait.',
    subjects: subjects(node, ...files.map((log) => log.value).slice(0, 2)),
    count: group.length,
    evidence: evidence(
      { role: BY[first.by], at: first.at },
      ...group.slice(1, 4).map((c): Cite => ({ role: BY[c.by], at: c.at })),
      ...files.slice(-2).map((at): Cite => ({ role: 'the runtime finds no file', at })),
      ...shownBy(shown.slice(0, 3), 1),
    ),
    remedy: [
      etcd
        ? {
            command: `etcdctl put /coreos.com/network/config '{"Network":"${network}","Backend":{"Type":"vxlan"}}' && ${node === undefined ? 'systemctl restart flanneld' : restartAgent(cluster, node)}`,
            why: 'flannel reads its network from this key.',
            verify: 'cat /run/flannel/subnet.env',
            rollback: 'etcdctl del /coreos.com/network/config',
          }
        : {
            command: `kubectl get configmaps -A | grep -E 'flannel|canal|calico'; ls -l /etc/cni/net.d    # on ${where}; put back what is missing with the CNI's manifest (kubectl apply -f), then ${node === undefined ? 'restart the agent' : restartAgent(cluster, node)}`,
            why: 'The manifest makes the config map, and the agent writes the file in /etc/cni/net.d from it.',
            verify: `kubectl get node ${node ?? 'NODE'}    # Ready`,
            rollback: '# kubectl delete -f of the same manifest',
          },
    ],
    explains,
  };
}
